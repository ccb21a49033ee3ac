package io.github.cones4j.diffusion.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.diffusion.Reference;
import io.github.cones4j.diffusion.noise.NoiseGenerator;
import io.github.cones4j.diffusion.schedule.SamplerKind;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.reference.ReferenceDevice;
import io.github.cones4j.weights.model.ModelSource;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StableDiffusionTest {
    private static final String TO_V = "mid_block.attentions.0.transformer_blocks.0.attn2.to_v.weight";

    private final ReferenceDevice device = new ReferenceDevice();
    private final StableDiffusion model =
            new StableDiffusion(device, ModelSource.open(Reference.path("pipelines/micro-sd15"), null));
    private final Request request = model.request("a photo of a cat", 7)
            .withSize(32, 32)
            .withSteps(2)
            .withScheduler(model.scheduler().with(SamplerKind.DDIM));

    @AfterEach
    void closing_leavesNothingOpenOnTheDevice() {
        model.close();
        device.close(); // throws if an executable is open
    }

    private int[] pixels(Request asked) {
        return pixels(model.generate(asked, StepListener.none()).getFirst());
    }

    private static int[] pixels(Generated made) {
        BufferedImage image = made.image();
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @Test
    void request_hasTheModelsOwnSettings() {
        Request own = model.request("a cat", 1);

        assertThat(own.width()).isEqualTo(64);
        assertThat(own.height()).isEqualTo(64);
        assertThat(own.scheduler().kind()).isEqualTo(SamplerKind.PNDM);
        assertThat(own.noise()).isEqualTo(NoiseGenerator.Kind.TORCH_CPU);
    }

    @Test
    void aSeed_givesTheSamePictureAloneAndInABatch() {
        int[] alone = pixels(request);
        List<Generated> batch = model.generate(
                request.withShots(List.of(new Shot("a dog", 3), new Shot("a photo of a cat", 7)))
                        .withBatch(2),
                StepListener.none());

        assertThat(batch).hasSize(2);
        assertThat(pixels(batch.get(1))).isEqualTo(alone);
        assertThat(pixels(batch.get(0))).isNotEqualTo(alone);
    }

    @Test
    void anotherSeedPromptOrNoise_givesAnotherPicture() {
        int[] first = pixels(request);

        assertThat(pixels(request.withShots(List.of(new Shot("a photo of a cat", 8)))))
                .isNotEqualTo(first);
        assertThat(pixels(request.withShots(List.of(new Shot("a photo of a dog", 7)))))
                .isNotEqualTo(first);
        assertThat(pixels(request.withNoise(NoiseGenerator.Kind.PHILOX))).isNotEqualTo(first);
        assertThat(pixels(request.withClipSkip(1))).isNotEqualTo(first);
    }

    @Test
    void negativePrompt_countsOnlyWithGuidance() {
        Request without = request.withGuidance(1);

        assertThat(pixels(request.withNegativePrompt("blurry"))).isNotEqualTo(pixels(request));
        assertThat(pixels(without.withNegativePrompt("blurry"))).isEqualTo(pixels(without));
    }

    @Test
    void branches_withEqualWeights_giveWhatOneModelGives() {
        Weights copy = model.unet().overlay("copy", Map.of());

        Generated apart = model.generate(request, new Branches(copy, model.unet()), StepListener.none())
                .getFirst();

        assertThat(pixels(apart)).isEqualTo(pixels(request));
    }

    @Test
    void weightsShutInOneBranch_givesAnotherPictureThanInBoth() {
        HostTensor zeros = HostTensor.zeros(model.unet().get(TO_V).shape());
        Weights shut = model.unet().overlay("shut", Map.of(TO_V, zeros));

        Generated one = model.generate(request, new Branches(shut, model.unet()), StepListener.none())
                .getFirst();
        Generated both = model.generate(request, Branches.both(shut), StepListener.none())
                .getFirst();

        assertThat(pixels(one)).isNotEqualTo(pixels(both)).isNotEqualTo(pixels(request));
        assertThat(one.recipe().entries()).containsEntry("unconditional_branch", "original weights");
        assertThat(both.recipe().entries()).containsEntry("unconditional_branch", "same weights");
    }

    @Test
    void textEncoderWithAnotherWord_changesOnlyPromptsThatHoldIt() {
        String table = "text_model.embeddings.token_embedding.weight";
        int word = model.tokenizer().encode("cat")[0];
        HostTensor original = model.textEncoder().get(table);
        float[] changed = original.toFloats();
        int width = original.shape().dim(1);
        Arrays.fill(changed, word * width, (word + 1) * width, 0.1f);
        Weights text = model.textEncoder()
                .overlay(
                        "new word",
                        Map.of(table, HostTensor.of(changed, original.shape().dims())));
        Request dog = request.withShots(List.of(new Shot("a dog", 7)));
        Branches branches = Branches.both(model.unet());

        assertThat(pixels(model.generate(request, branches, text, StepListener.none())
                        .getFirst()))
                .isNotEqualTo(pixels(request));
        assertThat(pixels(
                        model.generate(dog, branches, text, StepListener.none()).getFirst()))
                .isEqualTo(pixels(dog));
    }

    @Test
    void imageToImage_takesItsShareOfTheSteps() {
        BufferedImage picture = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        List<Step> steps = new ArrayList<>();

        List<Generated> made = model.generate(request.withSteps(4).from(picture, 0.5), steps::add);

        assertThat(steps).hasSize(2).allMatch(step -> step.of() == 2);
        assertThat(made.getFirst().image().getWidth()).isEqualTo(32);
        assertThat(made.getFirst().recipe().entries())
                .containsEntry("strength", 0.5)
                .hasEntrySatisfying(
                        "start_picture", digest -> assertThat(digest.toString()).matches("sha256:[0-9a-f]{64}"));
    }

    @Test
    void steps_areCountedOverAllBatches() {
        List<Integer> numbers = new ArrayList<>();
        List<Shot> three = List.of(new Shot("a", 1), new Shot("b", 2), new Shot("c", 3));

        List<Generated> made =
                model.generate(request.withShots(three).withBatch(2), step -> numbers.add(step.number()));

        assertThat(made).hasSize(3);
        assertThat(numbers).containsExactly(1, 2, 3, 4);
    }

    @Test
    void listenerThatThrows_endsTheRun_andTheModelStaysUsable() {
        assertThatThrownBy(() -> model.generate(request, step -> {
                    throw new CancellationException("enough");
                }))
                .isInstanceOf(CancellationException.class)
                .hasMessage("enough");

        assertThat(pixels(request)).hasSize(32 * 32);
    }

    @Test
    void picturesNeedNotBeSquare() {
        BufferedImage image = model.generate(request.withSize(48, 24), StepListener.none())
                .getFirst()
                .image();

        assertThat(image.getWidth()).isEqualTo(48);
        assertThat(image.getHeight()).isEqualTo(24);
    }

    @Test
    void sizeThatIsNoMultipleOfTheFactor_isRefused() {
        assertThatThrownBy(() -> pixels(request.withSize(36, 32)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("36x32")
                .hasMessageContaining("multiples of 8");
    }

    @Test
    void file_holdsPictureAndRecipe(@TempDir Path folder) throws IOException {
        Generated made = model.generate(request, StepListener.none()).getFirst();
        Path file = folder.resolve("cat.png");

        made.write(file);

        assertThat(Png.texts(file)).containsEntry("cones4j", made.recipe().toJson());
        assertThat(ImageIO.read(file.toFile()).getRGB(5, 6))
                .isEqualTo(made.image().getRGB(5, 6));
    }

    @Test
    void recipe_saysEverything() {
        Recipe recipe = model.generate(request, StepListener.none()).getFirst().recipe();

        assertThat(recipe.with("concept", "dog").toJson())
                .startsWith("{\"prompt\":\"a photo of a cat\"")
                .contains("\"seed\":7", "\"noise\":\"torch-cpu\"", "\"steps\":2", "\"guidance\":7.5", "\"width\":32")
                .contains("\"sampler\":\"ddim\"", "\"model\":\"micro-sd15\"", "\"concept\":\"dog\"");
    }
}
