package io.github.cones4j.diffusion.pipeline;

import io.github.cones4j.diffusion.clip.ClipTextModel;
import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.ClipTextConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tokenizer and text encoder, compiled for one text at a time; remembers what it has encoded. */
public final class PromptEncoder implements AutoCloseable {
    private final ClipTokenizer tokenizer;
    private final Executable executable;
    private final int width;
    private final Map<String, float[]> known = new HashMap<>();

    /**
     * Compiles the encoder.
     *
     * @param clipSkip layers left out at the end, 0 usually
     * @throws IllegalArgumentException listing every key that the weights lack or have in another shape, or if the
     *     tokenizer has more tokens than the encoder
     */
    public PromptEncoder(Device device, ClipTokenizer tokenizer, ClipTextConfig config, Weights weights, int clipSkip) {
        if (tokenizer.vocabularySize() > config.vocabSize()) {
            throw new IllegalArgumentException("the tokenizer has " + tokenizer.vocabularySize()
                    + " tokens, the text encoder only " + config.vocabSize() + ": they do not belong together");
        }
        this.tokenizer = tokenizer;
        this.width = config.hiddenSize();
        Params params = Params.root();
        ClipTextModel model = new ClipTextModel(params, config);
        weights.check("text encoder", params.specs(), Set.of());
        ClipTextModel.Encoding encoding = model.apply(Tensor.indices("ids", 1, tokenizer.maxLength()));
        executable = device.compile(Program.of(model.clipSkip(encoding, clipSkip)), weights);
    }

    /** The tokenizer. */
    public ClipTokenizer tokenizer() {
        return tokenizer;
    }

    /** Encodes texts: [texts, length of a text in tokens, width]. */
    public HostTensor encode(List<String> texts) {
        int length = tokenizer.maxLength();
        float[] all = new float[texts.size() * length * width];
        for (int i = 0; i < texts.size(); i++) {
            float[] one = known.computeIfAbsent(texts.get(i), this::encode);
            System.arraycopy(one, 0, all, i * one.length, one.length);
        }
        return HostTensor.of(all, texts.size(), length, width);
    }

    private float[] encode(String text) {
        int[] ids = tokenizer.tokenize(text).ids();
        return executable
                .run(Map.of("ids", HostTensor.of(ids, 1, ids.length)))
                .get("out")
                .toFloats();
    }

    @Override
    public void close() {
        executable.close();
    }
}
