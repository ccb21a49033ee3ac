package io.github.cones4j.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchedulerConfigTest {
    /** As published with Stable Diffusion 1.5. */
    private static final String PUBLISHED = """
            {
              "_class_name": "PNDMScheduler",
              "_diffusers_version": "0.6.0",
              "beta_end": 0.012,
              "beta_schedule": "scaled_linear",
              "beta_start": 0.00085,
              "num_train_timesteps": 1000,
              "set_alpha_to_one": false,
              "skip_prk_steps": true,
              "steps_offset": 1,
              "trained_betas": null,
              "clip_sample": false
            }
            """;

    @Test
    void publishedFile_isRead_withTheSamplersDefaults() {
        SchedulerConfig config = SchedulerConfig.parse("scheduler_config.json", PUBLISHED);

        assertThat(config.kind()).isEqualTo(SamplerKind.PNDM);
        assertThat(config.betaSchedule()).isEqualTo(BetaSchedule.SCALED_LINEAR);
        assertThat(config.betaEnd()).isEqualTo(0.012);
        assertThat(config.stepsOffset()).isEqualTo(1);
        assertThat(config.skipPrkSteps()).isTrue();
        assertThat(config.trainedBetas()).isEmpty();
        assertThat(config.timestepSpacing()).isEqualTo(TimestepSpacing.LEADING);
        assertThat(config.predictionType()).isEqualTo(PredictionType.EPSILON);
    }

    @Test
    void anotherSampler_keepsGivenFields_andTakesItsOwnDefaults() {
        SchedulerConfig euler = SchedulerConfig.parse("f", PUBLISHED).with(SamplerKind.EULER);

        assertThat(euler.betaStart()).isEqualTo(0.00085);
        assertThat(euler.timestepSpacing()).isEqualTo(TimestepSpacing.LINSPACE);
    }

    @Test
    void dpmSolverFile_withMinusInfinityAndSwitchedOffNovelties_isRead() {
        SchedulerConfig config = SchedulerConfig.parse("f", """
                {"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "algorithm_type": "sde-dpmsolver++",
                 "use_flow_sigmas": false, "flow_shift": 1.0, "use_something_new": false, "variance_type": null}
                """);

        assertThat(config.lambdaMinClipped()).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(config.stochastic()).isTrue();
    }

    @Test
    void lambdaMinClipped_leavesOutTheNoisiestTimesteps() {
        SchedulerConfig cosine = SchedulerConfig.of(
                SamplerKind.DPM_SOLVER,
                Map.of(
                        "beta_schedule",
                        "squaredcos_cap_v2",
                        "lambda_min_clipped",
                        -5.1,
                        "timestep_spacing",
                        "trailing"));

        Plan plan = Scheduler.of(cosine).plan(10);

        // ln(alpha / sigma) of the cosine schedule falls below -5.1 at timestep 996
        assertThat(plan.timesteps()[0]).isEqualTo(995);
    }

    @Test
    void trainedBetas_takeThePlaceOfTheFormula() {
        SchedulerConfig config = SchedulerConfig.of(
                SamplerKind.DDPM, Map.of("num_train_timesteps", 3, "trained_betas", List.of(0.1, 0.2, 0.5)));

        assertThat(NoiseSchedule.of(config).betas()).containsExactly(0.1f, 0.2f, 0.5f);
        assertThat(NoiseSchedule.of(config).alphaCumprod(2)).isCloseTo(0.36f, within(1e-7f));
        assertThatThrownBy(() -> config.with("trained_betas", List.of(0.1)))
                .hasMessageContaining("a list of 3 numbers, found [0.1]");
        assertThatThrownBy(() -> config.with("trained_betas", List.of(0.1, "x", 0.2)))
                .hasMessageContaining("trained_betas[1]");
    }

    @Test
    void betas_ofTheOtherFormulas_followThem() {
        NoiseSchedule linear = NoiseSchedule.of(SchedulerConfig.of(SamplerKind.DDPM, Map.of()));
        NoiseSchedule cosine =
                NoiseSchedule.of(SchedulerConfig.of(SamplerKind.DDPM, Map.of("beta_schedule", "squaredcos_cap_v2")));

        assertThat(linear.betas()).startsWith(1e-4f).endsWith(0.02f);
        assertThat(linear.betas()[500]).isCloseTo((float) (1e-4 + 0.0199 * 500 / 999), within(1e-8f));
        assertThat(cosine.betas()).endsWith(0.999f);
        double middle = Math.cos((0.5 + 0.008) / 1.008 * Math.PI / 2) / Math.cos(0.008 / 1.008 * Math.PI / 2);
        assertThat(cosine.alphaCumprod(499)).isCloseTo((float) (middle * middle), within(1e-5f));
    }

    @Test
    void wrongFields_areNamedWithWhatIsExpected() {
        assertThatThrownBy(() -> parse("\"beta_start\": \"x\""))
                .hasMessage("f: beta_start (DDIMScheduler): expected a number from 0.0 to 1.0, found x");
        assertThatThrownBy(() -> parse("\"beta_schedule\": \"cubic\""))
                .hasMessageContaining(
                        "beta_schedule (DDIMScheduler): expected one of [linear, scaled_linear, squaredcos_cap_v2], found cubic");
        assertThatThrownBy(() -> parse("\"clip_sample\": 1"))
                .hasMessageContaining("clip_sample (DDIMScheduler): expected true or false, found 1");
        assertThatThrownBy(() -> parse("\"num_train_timesteps\": 0"))
                .hasMessageContaining("a whole number from 1 to 1000000, found 0");
        assertThatThrownBy(() -> parse("\"use_flow_sigmas\": true"))
                .hasMessageContaining("use_flow_sigmas (DDIMScheduler): expected false, found true");
        assertThatThrownBy(() -> parse("\"novelty\": 3")).hasMessage("f: unknown field novelty = 3");
        assertThatThrownBy(() -> parse("\"use_karras_sigmas\": true, \"use_exponential_sigmas\": true"))
                .hasMessageContaining("choose one");
        assertThatThrownBy(() -> SchedulerConfig.parse("f", "{\"_class_name\": \"DEISMultistepScheduler\"}"))
                .hasMessageContaining("found 'DEISMultistepScheduler', expected one of [ddpm (DDPMScheduler), ");
        assertThatThrownBy(() -> SchedulerConfig.parse("f", "{}")).hasMessage("f: has no _class_name");
        assertThatThrownBy(() -> SchedulerConfig.parse("f", "[1]")).hasMessageContaining("expected a JSON object");
        assertThatThrownBy(() -> SchedulerConfig.read(Path.of("nowhere.json")))
                .hasMessage("nowhere.json: no such file");
    }

    @Test
    void whatASamplerDoesNotHave_isRefused() {
        SchedulerConfig euler = SchedulerConfig.stableDiffusion(SamplerKind.EULER);
        assertThatThrownBy(() -> euler.with("rescale_betas_zero_snr", true).with(SamplerKind.LMS))
                .hasMessageContaining("rescale_betas_zero_snr is true, which lms does not have; choose ddim");
        assertThatThrownBy(() -> euler.with("prediction_type", "sample").with(SamplerKind.PNDM))
                .hasMessageContaining("prediction_type is sample, which pndm does not have");
        assertThatThrownBy(() -> euler.with(SamplerKind.DPM_SOLVER)
                        .with("algorithm_type", "sde-dpmsolver++")
                        .with("solver_order", 3))
                .hasMessageContaining("solver_order (DPMSolverMultistepScheduler): expected 1 or 2");
    }

    @Test
    void write_thenRead_givesTheSameFields(@TempDir Path folder) {
        Path file = folder.resolve("scheduler_config.json");
        SchedulerConfig config =
                SchedulerConfig.stableDiffusion(SamplerKind.DPM_SOLVER).with("use_karras_sigmas", true);
        config.write(file);

        assertThat(SchedulerConfig.read(file)).hasToString(config.toString());
    }

    private static SchedulerConfig parse(String field) {
        return SchedulerConfig.parse("f", "{\"_class_name\": \"DDIMScheduler\", " + field + "}");
    }
}
