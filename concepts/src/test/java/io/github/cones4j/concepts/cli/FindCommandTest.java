package io.github.cones4j.concepts.cli;

import static io.github.cones4j.concepts.cli.CommandRun.reference;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.concepts.find.FindSettings;
import io.github.cones4j.concepts.find.LearnedMask;
import io.github.cones4j.concepts.find.Selection;
import io.github.cones4j.concepts.find.Statistic;
import io.github.cones4j.concepts.find.StepSize;
import io.github.cones4j.concepts.mask.Concept;
import io.github.cones4j.concepts.mask.ConceptFile;
import io.github.cones4j.diffusion.pipeline.Png;
import io.github.cones4j.diffusion.pipeline.Recipe;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

final class FindCommandTest {
    @TempDir
    private Path folder;

    private Path photos = Path.of("");

    @BeforeEach
    void drawPhotos() throws IOException {
        photos = Files.createDirectories(folder.resolve("dog"));
        for (int i = 0; i < 3; i++) {
            BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = image.createGraphics();
            graphics.setColor(new Color(250 - 60 * i, 40, 90 * i));
            graphics.fillOval(5, 5, 20 + 5 * i, 20);
            graphics.dispose();
            Png.write(photos.resolve(i + ".png"), image, Map.of());
        }
    }

    private CommandRun find(Object... more) {
        List<Object> args = new ArrayList<>(List.of("find", photos, "--model", reference("pipelines/micro-sd15")));
        args.addAll(List.of("--class-prompt", "a photo of a dog", "--size", 16, "--steps", 2, "--class-count", 2));
        args.addAll(List.of(more));
        return CommandRun.of(args.toArray());
    }

    private CommandRun findDog(Object... more) {
        List<Object> args = new ArrayList<>(List.of("--subject-prompt", "a photo of sks dog"));
        args.addAll(List.of(more));
        return find(args.toArray());
    }

    @Test
    void find_writesAConceptThatGenerateUses() {
        Path file = folder.resolve("out/dog" + ConceptFile.SUFFIX);

        CommandRun run = findDog("--out", file, "--batch", 2, "--class-batch", 2, "--seed", 3);

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("563 of 5632 weights in 32 layers", "loss on fixed noise: ", "use it: ");
        Concept concept = ConceptFile.read(file);
        assertThat(concept.names()).isEqualTo("dog");
        assertThat(concept.mask().size()).isEqualTo(563);
        assertThat(concept.origins().getFirst().seed()).isEqualTo(3);
        assertThat(concept.origins().getFirst().relativeStep()).hasValue(0.03);

        Path with = folder.resolve("with.png");
        CommandRun generate = CommandRun.of(
                "generate",
                "a photo of sks dog",
                "--model",
                reference("pipelines/micro-sd15"),
                "--width",
                16,
                "--height",
                16,
                "--steps",
                2,
                "--concept",
                file,
                "--out",
                with);

        assertThat(generate.code()).isZero();
        assertThat(generate.err()).doesNotContain("Note");
        JsonNode recipe = Json.MAPPER.readTree(Png.texts(with).get(Recipe.KEYWORD));
        assertThat(recipe.get("concepts").get(0).stringValue()).isEqualTo("dog" + ConceptFile.SUFFIX);
        assertThat(recipe.get("unconditional_branch").stringValue()).isEqualTo("original weights");
    }

    @Test
    void find_twice_givesTheSameBytes() throws IOException {
        Path one = folder.resolve("one" + ConceptFile.SUFFIX);
        Path two = folder.resolve("two" + ConceptFile.SUFFIX);

        findDog("--out", one, "--subject", "dog", "--threads", 1);
        findDog("--out", two, "--subject", "dog", "--threads", 2);

        assertThat(two).hasSameBinaryContentAs(one);
    }

    @Test
    void generate_withAConceptOfAnotherModelOrWithoutItsWord_notesIt() {
        Path file = folder.resolve("dog" + ConceptFile.SUFFIX);
        findDog("--out", file, "--prior", 0, "--class-batch", 0);

        CommandRun run = CommandRun.of(
                "generate",
                "a cat",
                "--model",
                reference("pipelines/micro-sd21"),
                "--width",
                16,
                "--height",
                16,
                "--steps",
                1,
                "--concept",
                file,
                "--out",
                folder);

        assertThat(run.code()).isZero();
        assertThat(run.err())
                .contains("Note: dog was found in other weights than those of micro-sd21")
                .contains("Note: the prompt does not hold sks, the word for dog");
    }

    @Test
    void classImagesAndCaptionsFromFiles_areUsed() throws IOException {
        Files.writeString(photos.resolve("1.txt"), "a drawing of sks dog\n");

        CommandRun run = findDog(
                "--class-images", photos.resolve("0.png"), "--json", "--out", folder.resolve("x"), "--tau", "1e-6");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("3 photos, 1 class images").doesNotContain("Making");
        JsonNode result = run.json().getFirst();
        assertThat(result.get("tau").doubleValue()).isEqualTo(1e-6);
        assertThat(result.get("searched").intValue()).isEqualTo(5632);
        assertThat(result.get("lossUnmasked").doubleValue()).isPositive();
    }

    @Test
    void promptsWithTheWordInTheWrongPlace_exitWithTwo() throws IOException {
        CommandRun missing = find("--subject-prompt", "a photo of a dog");
        assertThat(missing.code()).isEqualTo(2);
        assertThat(missing.err()).contains("\"a photo of a dog\" should hold the subject's word, sks (--token");

        CommandRun inClass = find("--subject-prompt", "a photo of dog", "--token", "dog");
        assertThat(inClass.code()).isEqualTo(2);
        assertThat(inClass.err()).contains("--class-prompt: the prompt \"a photo of a dog\" should not hold");

        Path caption = Files.writeString(photos.resolve("2.txt"), "a photo of a dog");
        CommandRun own = findDog();
        assertThat(own.code()).isEqualTo(2);
        assertThat(own.err()).contains("2.png: the prompt").doesNotContain(caption.toString());
    }

    @Test
    void aFolderWithoutPictures_saysWhichAreRead() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        Files.writeString(empty.resolve("dog.heic"), "");

        CommandRun run = CommandRun.of(
                "find", empty, "--subject-prompt", "sks dog", "--class-prompt", "dog", "--model", "nowhere");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("not read: ", "dog.heic", "no picture in this folder", "png");
    }

    private static FindSettings settings(String... args) {
        return CommandLine.populateCommand(new SearchOptions(), args).settings();
    }

    @Test
    void options_becomeSettings() {
        assertThat(settings()).isEqualTo(FindSettings.usual());
        assertThat(settings("--statistic", "sign")).isEqualTo(FindSettings.usual(Statistic.SIGN));
        assertThat(settings(
                        "--steps=7",
                        "--batch=2",
                        "--class-batch=3",
                        "--prior=0.5",
                        "--statistic=learned",
                        "--rho=2",
                        "--calibration=5",
                        "--limit=0.4",
                        "--share=0.2",
                        "--per-layer",
                        "--ramp=0.3",
                        "--sparsity=1.5",
                        "--seed=18446744073709551615"))
                .isEqualTo(new FindSettings(
                        0.5,
                        2,
                        3,
                        7,
                        Statistic.LEARNED,
                        new StepSize.Rho(2),
                        5,
                        0.4,
                        new Selection.Share(0.2, Selection.Scope.PER_LAYER),
                        0.3,
                        new LearnedMask.Settings(0.9, 0.999, 1.5),
                        -1));
        assertThat(settings("--relative-step=0.02").stepSize()).isEqualTo(new StepSize.Relative(0.02));
        assertThat(settings("--by-t").selection()).isEqualTo(new Selection.ShareOfT(0.1, Selection.Scope.OVERALL));
        assertThat(settings("--tau=1e-7").selection()).isEqualTo(new Selection.Tau(1e-7));
        assertThat(settings("--p=0.01").selection())
                .isEqualTo(new Selection.Significance(0.01, Selection.Correction.BENJAMINI_HOCHBERG));
        assertThat(settings("--p=0.01", "--uncorrected").selection())
                .isEqualTo(new Selection.Significance(0.01, Selection.Correction.NONE));
    }

    @Test
    void options_thatExcludeEachOtherOrAreUnknown_areRefused() {
        assertThatThrownBy(() -> settings("--tau=1", "--p=0.1")).hasMessageContaining("mutually exclusive");
        assertThatThrownBy(() -> settings("--rho=1", "--relative-step=0.1")).hasMessageContaining("mutually exclusive");
        assertThatThrownBy(() -> settings("--statistic=median"))
                .hasMessage("--statistic: expected mean, sign, masked or learned, found 'median'");
    }
}
