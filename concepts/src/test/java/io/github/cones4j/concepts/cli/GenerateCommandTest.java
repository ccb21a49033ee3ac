package io.github.cones4j.concepts.cli;

import static io.github.cones4j.concepts.cli.CommandRun.reference;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.diffusion.pipeline.Photos;
import io.github.cones4j.diffusion.pipeline.Png;
import io.github.cones4j.diffusion.pipeline.Recipe;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** On the micro pipeline, whose pictures mean nothing. */
final class GenerateCommandTest {
    @TempDir
    private Path folder;

    private static CommandRun generate(Object... more) {
        List<Object> args = new ArrayList<>(List.of("generate", "a photo of a dog", "--steps", 2));
        args.addAll(List.of("--model", reference("pipelines/micro-sd15"), "--height", 16));
        args.addAll(List.of(more));
        if (!args.contains("--width")) {
            args.addAll(List.of("--width", 24));
        }
        return CommandRun.of(args.toArray());
    }

    private static int[] pixels(Path file) {
        BufferedImage image = Photos.read(file);
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @Test
    void picture_hasTheSizeAndHoldsItsRecipe() {
        Path file = folder.resolve("new/dog.png");

        CommandRun run = generate("--out", file, "--seed", 7, "--sampler", "euler", "--negative", "blurry");

        assertThat(run.code()).isZero();
        assertThat(run.err()).containsOnlyOnce("UNet: memory ").contains("MiB: activations");
        assertThat(run.out().strip()).isEqualTo(file.toString());
        BufferedImage image = Photos.read(file);
        assertThat(List.of(image.getWidth(), image.getHeight())).containsExactly(24, 16);
        JsonNode recipe = Json.MAPPER.readTree(Png.texts(file).get(Recipe.KEYWORD));
        assertThat(recipe.get("prompt").stringValue()).isEqualTo("a photo of a dog");
        assertThat(recipe.get("negative_prompt").stringValue()).isEqualTo("blurry");
        assertThat(recipe.get("seed").intValue()).isEqualTo(7);
        assertThat(recipe.get("steps").intValue()).isEqualTo(2);
        assertThat(recipe.get("sampler").stringValue()).isEqualTo("euler");
    }

    @Test
    void severalPictures_haveTheirSeedsInTheirNamesAndAreThoseOfTheSeedsAlone() {
        Path alone = folder.resolve("alone.png");
        assertThat(generate("--out", alone, "--seed", 4).code()).isZero();

        CommandRun run = generate("--out", folder, "--seed", 3, "--count", 3, "--batch", 2, "--json");

        assertThat(run.json().stream().map(line -> line.get("file").stringValue()))
                .containsExactly(
                        folder.resolve("cones-3.png").toString(),
                        folder.resolve("cones-4.png").toString(),
                        folder.resolve("cones-5.png").toString());
        assertThat(pixels(folder.resolve("cones-4.png")))
                .isEqualTo(pixels(alone))
                .isNotEqualTo(pixels(folder.resolve("cones-3.png")));
        assertThat(generate("--out", folder.resolve("a.png"), "--count", 2).code())
                .isZero();
        assertThat(folder.resolve("a-0.png")).exists();
        assertThat(folder.resolve("a-1.png")).exists();
    }

    @Test
    void initImage_changesThePictureWithTheStrength() {
        Path start = folder.resolve("start.png");
        Path again = folder.resolve("again.png");
        generate("--out", start, "--seed", 1);

        CommandRun run = generate("--out", again, "--init-image", start, "--strength", 0.5);

        assertThat(run.code()).isZero();
        assertThat(pixels(again)).isNotEqualTo(pixels(start));
        assertThat(Png.texts(again).get(Recipe.KEYWORD)).contains("\"strength\":0.5");
    }

    @Test
    void badValues_exitWithTwoAndOneLine() {
        assertError(generate("--sampler", "magic"), "sampler: found 'magic'");
        assertError(generate("--width", 25), "multiples of");
        assertError(generate("--strength", 0.5), "--init-image");
        assertError(generate("--unconditional", "none", "--concept", "x"), "x");
        assertError(generate("--count", 0), "--count: expected at least 1");
        assertError(generate("--init-image", folder.resolve("no.png")), "no such file");
    }

    private static void assertError(CommandRun run, String part) {
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines())
                .as(run.err())
                .anySatisfy(
                        line -> assertThat(line).startsWith("cones generate: ").contains(part));
        assertThat(run.out()).isEmpty();
    }

    @Test
    void aTextFileAsInitImage_saysWhichFormatsAreRead() throws IOException {
        Path file = Files.writeString(folder.resolve("start.txt"), "hello");

        assertError(generate("--init-image", file), "convert it to PNG or JPEG");
    }
}
