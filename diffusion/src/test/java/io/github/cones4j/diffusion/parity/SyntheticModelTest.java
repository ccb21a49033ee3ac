package io.github.cones4j.diffusion.parity;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.diffusion.Reference;
import io.github.cones4j.diffusion.pipeline.StableDiffusion;
import io.github.cones4j.diffusion.pipeline.StepListener;
import io.github.cones4j.diffusion.schedule.SamplerKind;
import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.config.ClipTextConfig;
import io.github.cones4j.weights.model.ModelSource;
import io.github.cones4j.weights.model.Published;
import io.github.cones4j.weights.synthetic.SyntheticWeights;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyntheticModelTest {
    private static final String KEY = "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight";

    @TempDir
    private Path folder;

    /** The shape of a small pipeline with CLIP's whole vocabulary. */
    private static Published small() {
        ModelSource source = ModelSource.open(Reference.path("pipelines/micro-sd15"), null);
        ClipTextConfig text = source.textConfig();
        return new Published(
                "small",
                source.unetConfig(),
                source.vaeConfig(),
                new ClipTextConfig(
                        49408,
                        text.hiddenSize(),
                        text.intermediateSize(),
                        text.numHiddenLayers(),
                        text.numAttentionHeads(),
                        text.maxPositionEmbeddings(),
                        text.hiddenAct(),
                        text.layerNormEps(),
                        text.projectionDim(),
                        text.projected(),
                        text.bosTokenId(),
                        text.eosTokenId(),
                        text.padTokenId()),
                source.schedulerConfig(),
                "<|endoftext|>");
    }

    @Test
    void folder_isAModelThatMakesPictures() throws IOException {
        SyntheticModel.write(folder, small(), "salt/");
        ModelSource source = ModelSource.open(folder, null);

        assertThat(source.unetConfig()).isEqualTo(small().unet());
        try (Weights unet = source.unet()) {
            assertThat(unet.get(KEY).toFloats())
                    .isEqualTo(
                            SyntheticWeights.tensor("salt/", KEY, unet.get(KEY).shape())
                                    .toFloats());
        }
        try (CpuDevice device = new CpuDevice(1);
                StableDiffusion model = new StableDiffusion(device, source)) {
            assertThat(model.generate(
                            model.request("a cat", 1)
                                    .withSize(16, 16)
                                    .withSteps(1)
                                    .withScheduler(model.scheduler().with(SamplerKind.DDIM)),
                            StepListener.none()))
                    .hasSize(1);
        }
    }
}
