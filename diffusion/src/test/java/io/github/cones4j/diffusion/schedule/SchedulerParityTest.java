package io.github.cones4j.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.diffusion.Reference;
import io.github.cones4j.engine.exec.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Against diffusers 0.40.0: {@code reference/cases/schedulers}, made by {@code reference/run_case.py}; the
 * model is 0.8 tanh(x) + 0.1 sin(3 x + t / 100).
 */
class SchedulerParityTest {
    private static final Weights STORED = Reference.open("cases/schedulers/sched.safetensors");
    private static final JsonNode CASES = cases();

    static Stream<String> trajectories() {
        return CASES.propertyNames().stream();
    }

    static Stream<String> storedTimesteps() {
        return STORED.keys().stream().filter(name -> name.startsWith("timesteps."));
    }

    @ParameterizedTest
    @MethodSource("trajectories")
    void tenSteps_followTheStoredTrajectory(String name) {
        JsonNode stored = CASES.path(name);
        Plan plan = Scheduler.of(config(stored)).plan(stored.path("steps").asInt());
        assertThat(plan.calls()).isEqualTo(stored.path("calls").asInt());
        assertThat(plan.initialSigma())
                .isEqualTo(stored.path("init_noise_sigma").asDouble());
        assertTimesteps(name, plan.timesteps(), STORED.get(name + ".timesteps").toDoubles());

        float[] inputs = STORED.get(name + ".scaled_in").toFloats();
        float[] outputs = STORED.get(name + ".model_out").toFloats();
        float[] expected = STORED.get(name + ".prev").toFloats();
        float[] noise = STORED.keys().contains(name + ".noise")
                ? STORED.get(name + ".noise").toFloats()
                : new float[0];
        float[] x = plan.start(STORED.get(name + ".init_noise").toFloats());
        int size = x.length;
        int[] draws = {0};
        Sampler sampler = plan.sampler(1);
        double worst = 0;
        for (int call = 0; !sampler.done(); call++) {
            float[] input = sampler.input(x);
            float[] output = model(input, sampler.timestep());
            x = sampler.step(output, x, () -> slice(noise, draws[0]++, size));
            worst = Math.max(worst, relativeError(input, slice(inputs, call, size)));
            worst = Math.max(worst, relativeError(output, slice(outputs, call, size)));
            worst = Math.max(worst, relativeError(x, slice(expected, call, size)));
        }
        assertThat(draws[0])
                .as("draws of noise")
                .isEqualTo(stored.path("noises").asInt());
        // both sides round to float32 in each of ten steps: 4.4e-7 at most was measured
        assertThat(worst).as(name).isLessThan(1e-6);
    }

    @ParameterizedTest
    @MethodSource("storedTimesteps")
    void plansOfOneToAThousandSteps_haveTheStoredTimestepsAndSigmas(String name) {
        String[] parts = name.split("\\.", -1);
        int steps = Integer.parseInt(parts[1]);
        Plan plan = Scheduler.of(config(CASES.path("epsilon." + parts[2]))).plan(steps);

        assertTimesteps(name, plan.timesteps(), STORED.get(name).toDoubles());
        String sigmas = name.replace("timesteps.", "sigmas.");
        if (STORED.keys().contains(sigmas)) {
            double[] expected = STORED.get(sigmas).toDoubles();
            assertThat(plan.sigmas()).hasSameSizeAs(expected);
            for (int i = 0; i < expected.length; i++) {
                // one unit in the last place: two of PyTorch's 249 stored square roots are not the nearest float32
                assertThat(plan.sigmas()[i]).as(sigmas).isCloseTo(expected[i], within(1.2e-7 * expected[i]));
            }
        }
    }

    @Test
    void trainingNoise_isTheStoredOneBitForBit() {
        Weights stored = Reference.open("cases/schedulers/sched_add_noise.safetensors");
        NoiseSchedule schedule = NoiseSchedule.of(SchedulerConfig.stableDiffusion(SamplerKind.DDPM));
        float[] z = stored.get("z").toFloats();
        float[] noise = stored.get("noise").toFloats();

        assertThat(schedule.betas()).containsExactly(stored.get("betas").toFloats());
        assertThat(schedule.alphasCumprod())
                .containsExactly(stored.get("alphas_cumprod").toFloats());
        assertThat(schedule.addNoise(z, noise, 0, 500, 999))
                .containsExactly(stored.get("ddpm_add_noise").toFloats());
        assertThat(schedule.velocity(z, noise, 0, 500, 999))
                .containsExactly(stored.get("ddpm_velocity").toFloats());
    }

    /**
     * Exactly, but for those of Karras sigmas: t is interpolated in ln sigma between two float32 logarithms about 0.004 apart, and the
     * last bit of numpy's, 2.4e-7, is its own.
     */
    private static void assertTimesteps(String name, double[] actual, double[] expected) {
        if (name.contains("euler_karras") || name.contains("lms_karras")) {
            assertThat(actual).hasSameSizeAs(expected);
            for (int i = 0; i < actual.length; i++) {
                assertThat(actual[i]).as(name).isCloseTo(expected[i], within(2e-4));
            }
        } else {
            assertThat(actual).as(name).containsExactly(expected);
        }
    }

    static float[] model(float[] x, double t) {
        float[] y = new float[x.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = (float) (0.8 * Math.tanh(x[i]) + 0.1 * Math.sin(3.0 * x[i] + t / 100));
        }
        return y;
    }

    static double relativeError(float[] actual, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            double d = (double) actual[i] - expected[i];
            difference += d * d;
            norm += (double) expected[i] * expected[i];
        }
        return Math.sqrt(difference / norm);
    }

    private static float[] slice(float[] all, int index, int size) {
        return Arrays.copyOfRange(all, index * size, (index + 1) * size);
    }

    private static SchedulerConfig config(JsonNode stored) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (JsonNode part : new JsonNode[] {stored.path("config"), stored.path("step_kwargs")}) {
            part.properties().forEach(entry -> fields.put(entry.getKey(), value(entry.getValue())));
        }
        return SchedulerConfig.of(SamplerKind.of(stored.path("cls").asString()), fields);
    }

    private static Object value(JsonNode node) {
        return Objects.requireNonNull(new JsonMapper().treeToValue(node, Object.class));
    }

    private static JsonNode cases() {
        try {
            return new JsonMapper()
                    .readTree(Files.readAllBytes(Reference.path("cases/schedulers/case.json")))
                    .path("sched");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
