package io.github.cones4j.concepts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cones4j.concepts.edit.ConceptEdit;
import io.github.cones4j.concepts.edit.ConceptEdit.Unconditional;
import io.github.cones4j.concepts.find.ConceptSearch;
import io.github.cones4j.concepts.find.Example;
import io.github.cones4j.concepts.find.FindSettings;
import io.github.cones4j.concepts.find.PerWeight;
import io.github.cones4j.concepts.find.Search;
import io.github.cones4j.concepts.find.StepSize;
import io.github.cones4j.concepts.mask.NeuronMask;
import io.github.cones4j.diffusion.clip.ReservedWord;
import io.github.cones4j.diffusion.pipeline.Branches;
import io.github.cones4j.diffusion.pipeline.Pixels;
import io.github.cones4j.diffusion.pipeline.Request;
import io.github.cones4j.diffusion.pipeline.StableDiffusion;
import io.github.cones4j.diffusion.toyland.EmbeddedModel;
import io.github.cones4j.diffusion.toyland.world.Renderer;
import io.github.cones4j.diffusion.toyland.world.Subject;
import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Devices;
import io.github.cones4j.engine.exec.FoundDevice;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The whole way in small, by the embedded model: what a device of TornadoVM finds and draws is what the CPU finds and draws. */
final class FindShutGenerateTest {
    /**
     * Relative, of the attributions: what gradients have beside PyTorch, for an attribution is the mean of gradients times weights. That
     * these weights followed the gradients of the steps before adds 3 % of their error. Measured: 2e-6.
     */
    private static final double OF_ATTRIBUTIONS = 1e-4;

    /**
     * Of the neurons in both sets. One is in one set only if its attribution lies closer to the threshold than the error, which is a
     * small part of the spread of all attributions. Measured: all 18,022 are in both.
     */
    private static final double OVERLAP = 0.999;

    /** Of 255, in every value of the picture: an error far below a level may still tip its rounding. Measured: in one of 12,288. */
    private static final long LEVELS = 1;

    /** Of 255, on average, by which shutting the neurons changes the picture at least. Measured: 25. */
    private static final double EFFECT = 10;

    private static final String WORD = "sks";
    private static final long SEED = 7;
    private static final Subject SUBJECT = Subject.ALL.getFirst();

    /** Three steps that move a weight by some 3 % each. */
    private static final FindSettings SETTINGS = FindSettings.usual()
            .withBatches(0, 2, 0)
            .withSteps(3)
            .withStepSize(new StepSize.Rho(500))
            .withSeed(SEED);

    @Test
    void attributionsNeuronsAndThePictureWithThemShut_areThoseOfTheCpu() {
        try (Device device = firstOfTornado();
                Device cpu = new CpuDevice(2);
                StableDiffusion there = model(device);
                StableDiffusion here = model(cpu);
                ConceptSearch searchThere = search(device, there);
                ConceptSearch searchHere = search(cpu, here)) {
            List<Example> photos = photos(searchHere);
            Search.Result found = searchThere.find(photos, List.of(), (_, _) -> true);
            Search.Result right = searchHere.find(photos, List.of(), (_, _) -> true);

            assertThat(error(found.attribution().mean(), right.attribution().mean()))
                    .isLessThan(OF_ATTRIBUTIONS);
            NeuronMask neurons = found.selected().mask();
            assertThat((double) neurons.overlap(right.selected().mask()))
                    .isGreaterThan(OVERLAP * right.selected().mask().size());

            float[] drawn = draw(there, shut(neurons, there));
            float[] expected = draw(here, shut(neurons, here));
            float[] unshut = draw(here, Branches.both(here.unet()));

            assertThat(levels(drawn, expected).getMax()).isLessThanOrEqualTo(LEVELS);
            assertThat(levels(drawn, unshut).getAverage()).isGreaterThan(EFFECT);
        }
    }

    private static Device firstOfTornado() {
        Devices devices = Devices.find();
        FoundDevice found = devices.all().stream()
                .filter(device -> !device.kind().equals("cpu"))
                .findFirst()
                .orElseThrow();
        assumeTrue(found.usable(), () -> "left out: " + found.obstacle());
        return devices.open(found);
    }

    private static StableDiffusion model(Device device) {
        return new StableDiffusion(device, EmbeddedModel.open(), List.of(new ReservedWord(WORD, SEED)));
    }

    private static ConceptSearch search(Device device, StableDiffusion model) {
        List<String> searched = Search.crossAttention(model.unet().keys());
        return new ConceptSearch(device, model, Renderer.SIZE, searched, SETTINGS, OptionalInt.empty());
    }

    /** Two photos, encoded once for both devices: compiling the encoder takes a device long. */
    private static List<Example> photos(ConceptSearch search) {
        return SUBJECT.photos().stream()
                .limit(2)
                .map(photo -> search.example(Renderer.image(photo.spec()), worded(photo.caption())))
                .toList();
    }

    private static String worded(String caption) {
        return caption.replace(Subject.PLACEHOLDER, WORD);
    }

    /** In both branches of the guidance, which are then one program. */
    private static Branches shut(NeuronMask neurons, StableDiffusion model) {
        return new ConceptEdit(List.of(neurons), 0, Unconditional.SHUT).branches(model.unet());
    }

    private static float[] draw(StableDiffusion model, Branches branches) {
        String prompt = worded(SUBJECT.evaluationPrompts().getFirst());
        Request request = model.request(prompt, SEED).withSteps(4).withGuidance(3);
        return Pixels.of(model.generate(request, branches, _ -> {}).getFirst().image());
    }

    /** By how many levels of 255 each value of two pictures differs. */
    private static LongSummaryStatistics levels(float[] one, float[] other) {
        return IntStream.range(0, one.length)
                .mapToLong(i -> Math.round(127.5 * Math.abs(one[i] - other[i])))
                .summaryStatistics();
    }

    /** ||found - right|| / ||right||, over all layers. */
    private static double error(PerWeight found, PerWeight right) {
        double difference = 0;
        double norm = 0;
        for (int layer = 0; layer < right.layers().size(); layer++) {
            for (int i = 0; i < right.values(layer).length; i++) {
                double value = right.values(layer)[i];
                difference += Math.pow(found.values(layer)[i] - value, 2);
                norm += value * value;
            }
        }
        return Math.sqrt(difference / norm);
    }
}
