package io.github.cones4j.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.diffusion.noise.TorchCpuGenerator;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Samplers on a world that is solved: x_0 is normal with mean 0.3 and deviation 0.5, so the best model is linear, and the exact
 * solution of the probability-flow equation takes the sample at level (alpha, sigma) from mean alpha 0.3 and deviation sqrt(0.25
 * alpha^2 + sigma^2) to that of the next.
 */
class SamplerTest {
    private static final double MEAN = 0.3;
    private static final double DEVIATION = 0.5;

    record Setting(SchedulerConfig config, double error, double gain) {
        @Override
        public String toString() {
            return config.toString();
        }
    }

    /** Deterministic samplers, their error after 50 steps and what twice the steps gain: as measured, with some room. */
    static Stream<Setting> deterministic() {
        SchedulerConfig pndm = SchedulerConfig.stableDiffusion(SamplerKind.PNDM);
        SchedulerConfig euler =
                SchedulerConfig.stableDiffusion(SamplerKind.EULER).with("final_sigmas_type", "sigma_min");
        SchedulerConfig dpm = karras(SamplerKind.DPM_SOLVER);
        SchedulerConfig unipc = karras(SamplerKind.UNIPC);
        return Stream.of(
                new Setting(SchedulerConfig.stableDiffusion(SamplerKind.DDIM), 0.06, 1.8),
                new Setting(pndm, 0.004, 8),
                new Setting(pndm.with("skip_prk_steps", false), 0.004, 8),
                new Setting(euler, 0.06, 1.8),
                new Setting(karras(SamplerKind.EULER), 0.045, 1.8),
                new Setting(euler.with("use_exponential_sigmas", true), 0.04, 1.8),
                new Setting(
                        karras(SamplerKind.HEUN),
                        0.004,
                        0), // the last step, to sigma 0, is Euler's however many there are
                new Setting(karras(SamplerKind.LMS), 4e-4, 8),
                new Setting(dpm.with("solver_order", 1), 0.045, 1.8),
                new Setting(dpm, 0.003, 3.5),
                new Setting(dpm.with("solver_type", "heun"), 0.004, 3.5),
                new Setting(dpm.with("solver_order", 3), 6e-4, 3.4),
                new Setting(unipc.with("solver_order", 1), 0.006, 3.5),
                new Setting(unipc, 5e-4, 7),
                new Setting(unipc.with("solver_order", 3), 6e-5, 12),
                new Setting(unipc.with("solver_type", "bh1"), 8e-4, 7),
                new Setting(unipc.with("predict_x0", false), 2e-4, 7),
                new Setting(unipc.with("predict_x0", false).with("solver_order", 3), 6e-6, 8));
    }

    private static SchedulerConfig karras(SamplerKind kind) {
        return SchedulerConfig.stableDiffusion(kind)
                .with("use_karras_sigmas", true)
                .with("final_sigmas_type", "sigma_min");
    }

    @ParameterizedTest
    @MethodSource("deterministic")
    void deterministicSamplers_approachTheExactSolution_asFastAsTheirOrderSays(Setting setting) {
        double error = error(setting.config(), 50);

        assertThat(error).isLessThan(setting.error());
        assertThat(error / error(setting.config(), 100)).isGreaterThan(setting.gain());
    }

    @ParameterizedTest
    @MethodSource("deterministic")
    void predictionTypes_leadToTheSameSample(Setting setting) {
        SchedulerConfig config = setting.config();
        if (config.kind() == SamplerKind.PNDM) {
            return; // combines the outputs before it turns them into noise, so its velocity steps are others
        }
        double expected = error(config, 50);

        // the same steps up to float32 rounding of outputs that are up to 14 times the sample
        assertThat(error(config.with("prediction_type", "v_prediction"), 50)).isCloseTo(expected, within(5e-6));
        assertThat(error(config.with("prediction_type", "sample"), 50)).isCloseTo(expected, within(5e-6));
    }

    static Stream<SchedulerConfig> stochastic() {
        return Stream.of(
                SchedulerConfig.stableDiffusion(SamplerKind.DDPM),
                SchedulerConfig.stableDiffusion(SamplerKind.DDPM).with("variance_type", "fixed_large"),
                SchedulerConfig.stableDiffusion(SamplerKind.DDIM).with("eta", 1.0),
                SchedulerConfig.stableDiffusion(SamplerKind.EULER_ANCESTRAL),
                SchedulerConfig.stableDiffusion(SamplerKind.DPM_SOLVER).with("algorithm_type", "sde-dpmsolver++"),
                SchedulerConfig.stableDiffusion(SamplerKind.DPM_SOLVER)
                        .with("algorithm_type", "sde-dpmsolver++")
                        .with("solver_type", "heun"));
    }

    @ParameterizedTest
    @MethodSource("stochastic")
    void stochasticSamplers_giveTheDistributionOfTheData(SchedulerConfig config) {
        Plan plan = Scheduler.of(config).plan(250);
        float[] x = run(plan, plan.start(new TorchCpuGenerator(1).randn(20_000)), 2);

        double mean = 0;
        double square = 0;
        for (float value : x) {
            mean += value / x.length;
            square += (double) value * value / x.length;
        }
        // 4 standard errors of 20,000 samples are 0.014 and 0.010; the rest is what 250 steps leave
        assertThat(mean).isCloseTo(MEAN, within(0.02));
        assertThat(Math.sqrt(square - mean * mean)).isCloseTo(DEVIATION, within(0.02));
    }

    @ParameterizedTest
    @EnumSource
    void anyNumberOfSteps_givesAFiniteSample(SamplerKind kind) {
        for (int steps : new int[] {1, 2, 3, 4, 7, 14, 15, 999, 1000}) {
            for (String spacing : new String[] {"leading", "trailing", "linspace"}) {
                SchedulerConfig config = SchedulerConfig.stableDiffusion(kind).with("timestep_spacing", spacing);
                Plan plan = Scheduler.of(config).plan(steps);
                float[] x = run(plan, plan.start(new TorchCpuGenerator(3).randn(16)), 4);
                for (float value : x) {
                    assertThat(value).as(kind + " " + spacing + " " + steps).isFinite();
                }
            }
        }
    }

    private static double error(SchedulerConfig config, int steps) {
        Plan plan = Scheduler.of(config).plan(steps);
        float[] z = {-2, -1, -0.25f, 0, 0.5f, 1, 2.5f};
        NoiseLevel first = plan.level(0);
        float[] x = new float[z.length];
        for (int i = 0; i < z.length; i++) {
            x[i] = (float) (first.alpha() * MEAN + deviation(first) * z[i]);
        }
        x = run(plan, x, 1);
        double worst = 0;
        NoiseLevel last = end(plan);
        for (int i = 0; i < z.length; i++) {
            worst = Math.max(worst, Math.abs(x[i] - (last.alpha() * MEAN + deviation(last) * z[i])));
        }
        return worst;
    }

    private static NoiseLevel end(Plan plan) {
        return switch (plan.config().kind()) {
            case DDPM -> new NoiseLevel(1, 0);
            case DDIM, PNDM -> NoiseLevel.ofAlphaCumprod(DdimSolver.finalAlphaBar(plan.config(), plan.noise()));
            case EULER, EULER_ANCESTRAL, HEUN, DPM_SOLVER, LMS, UNIPC -> plan.level(plan.end());
        };
    }

    private static float[] run(Plan plan, float[] x, long seed) {
        TorchCpuGenerator generator = new TorchCpuGenerator(seed);
        int size = x.length;
        for (Sampler sampler = plan.sampler(1); !sampler.done(); ) {
            float[] output = new float[size];
            NoiseLevel level = ofUnitVariance(plan.level(plan.from() + sampler.call()));
            float[] input = sampler.input(x);
            for (int i = 0; i < size; i++) {
                output[i] = (float) best(plan.config().predictionType(), level, input[i]);
            }
            x = sampler.step(output, x, () -> generator.randn(size));
        }
        return x;
    }

    private static NoiseLevel ofUnitVariance(NoiseLevel level) {
        double scale = Math.hypot(level.alpha(), level.sigma());
        return new NoiseLevel(level.alpha() / scale, level.sigma() / scale);
    }

    /** The expected x_0 given x, as this type of model says it. */
    private static double best(PredictionType type, NoiseLevel level, double x) {
        double variance = deviation(level) * deviation(level);
        double x0 = MEAN + level.alpha() * DEVIATION * DEVIATION / variance * (x - level.alpha() * MEAN);
        double eps = (x - level.alpha() * x0) / level.sigma();
        return switch (type) {
            case EPSILON -> eps;
            case V_PREDICTION -> level.alpha() * eps - level.sigma() * x0;
            case SAMPLE -> x0;
        };
    }

    @Test
    void zeroTerminalSnr_leavesNoSignalAtTheLastTimestep_andTheFirstAsItWas() {
        SchedulerConfig plain = SchedulerConfig.stableDiffusion(SamplerKind.DDIM);
        SchedulerConfig config = plain.with("rescale_betas_zero_snr", true)
                .with("prediction_type", "v_prediction")
                .with("timestep_spacing", "trailing");
        NoiseSchedule rescaled = NoiseSchedule.of(config);

        assertThat(rescaled.alphaCumprod(999)).isZero();
        assertThat(rescaled.alphaCumprod(0)).isCloseTo(NoiseSchedule.of(plain).alphaCumprod(0), within(1e-6f));
        assertThat(rescaled.snr(999)).isZero();
        for (SamplerKind kind : new SamplerKind[] {
            SamplerKind.DDPM,
            SamplerKind.DDIM,
            SamplerKind.EULER,
            SamplerKind.EULER_ANCESTRAL,
            SamplerKind.DPM_SOLVER,
            SamplerKind.UNIPC
        }) {
            Plan plan = Scheduler.of(config.with(kind)).plan(20);
            assertThat(plan.timesteps()[0]).isEqualTo(999);
            for (float value : run(plan, plan.start(new TorchCpuGenerator(5).randn(16)), 6)) {
                assertThat(value).as(kind.label()).isBetween(-5f, 5f);
            }
        }
    }

    @Test
    void strength_takesTheLastStepsOfThePlan() {
        for (SamplerKind kind : SamplerKind.values()) {
            Scheduler scheduler = Scheduler.of(SchedulerConfig.stableDiffusion(kind));
            Plan whole = scheduler.plan(50);
            Plan part = scheduler.plan(50, 0.6);
            double[] expected = Arrays.copyOfRange(whole.timesteps(), whole.calls() - part.calls(), whole.calls());
            if (kind == SamplerKind.PNDM) {
                assertThat(part.calls()).isEqualTo(31);
                assertThat(part.timesteps()).startsWith(581, 561, 561, 541).endsWith(1);
                continue;
            }
            assertThat(part.calls()).isEqualTo(kind == SamplerKind.HEUN ? 59 : 30);
            assertThat(part.timesteps()).containsExactly(expected);
        }
    }

    @Test
    void strength_ofAGivenSample_leadsBackToItsKind() {
        for (SamplerKind kind : SamplerKind.values()) {
            Plan plan = Scheduler.of(SchedulerConfig.stableDiffusion(kind)).plan(50, 0.4);
            float[] x0 = new float[4000];
            Arrays.fill(x0, (float) MEAN);
            float[] x = run(plan, plan.start(x0, new TorchCpuGenerator(7).randn(4000)), 8);

            double mean = 0;
            for (float value : x) {
                mean += value / 4000;
            }
            // a standard error of 4000 samples is 0.008
            assertThat(mean).as(kind.label()).isCloseTo(MEAN, within(0.04));
        }
    }

    @Test
    void start_addsNoiseInTheSamplersOwnScale() {
        float[] x0 = {1, -1};
        float[] noise = {0.5f, 2};
        Plan ddim =
                Scheduler.of(SchedulerConfig.stableDiffusion(SamplerKind.DDIM)).plan(10, 0.5);
        Plan euler =
                Scheduler.of(SchedulerConfig.stableDiffusion(SamplerKind.EULER)).plan(10, 0.5);
        int t = (int) ddim.timesteps()[0];

        assertThat(ddim.start(x0, noise)).containsExactly(ddim.noise().addNoise(x0, noise, t, t), within(1e-7f));
        double sigma = euler.sigmas()[0];
        assertThat(euler.start(x0, noise)).containsExactly((float) (1 + 0.5 * sigma), (float) (-1 + 2 * sigma));
    }

    @Test
    void clipSample_boundsWhatTheSamplerBelieves() {
        SchedulerConfig config = SchedulerConfig.stableDiffusion(SamplerKind.DDIM)
                .with("clip_sample", true)
                .with("clip_sample_range", 0.25)
                .with("prediction_type", "sample")
                .with("set_alpha_to_one", true);
        Plan plan = Scheduler.of(config).plan(1);

        float[] end = plan.sampler(1).step(new float[] {3, 0.1f, -3}, new float[3], () -> new float[3]);

        assertThat(end).containsExactly(0.25f, 0.1f, -0.25f);
    }

    @Test
    void thresholding_scalesEachSampleByItsOwnQuantile() {
        SchedulerConfig config = SchedulerConfig.stableDiffusion(SamplerKind.DDIM)
                .with("thresholding", true)
                .with("dynamic_thresholding_ratio", 0.5)
                .with("sample_max_value", 10)
                .with("prediction_type", "sample")
                .with("set_alpha_to_one", true);
        Plan plan = Scheduler.of(config).plan(1);

        float[] end = plan.sampler(2).step(new float[] {1, -2, 8, 0.5f, 0.1f, 0.2f}, new float[6], () -> new float[6]);

        // medians 2 and 0.2; the second is below 1 and leaves its sample as it is
        assertThat(end).containsExactly(0.5f, -1, 1, 0.5f, 0.1f, 0.2f);
    }

    @Test
    void plan_outOfRange_namesTheRange() {
        Scheduler scheduler = Scheduler.of(SchedulerConfig.stableDiffusion(SamplerKind.EULER));
        assertThatThrownBy(() -> scheduler.plan(0))
                .hasMessageContaining("steps: expected 1..1000")
                .hasMessageContaining("found 0");
        assertThatThrownBy(() -> scheduler.plan(1001)).hasMessageContaining("found 1001");
        assertThatThrownBy(() -> scheduler.plan(10, 0))
                .hasMessageContaining("strength: expected above 0, at most 1, found 0.0");
        Scheduler rungeKutta = Scheduler.of(SchedulerConfig.of(SamplerKind.PNDM, Map.of()));
        assertThatThrownBy(() -> rungeKutta.plan(3)).hasMessageContaining("at least 4, found 3");
    }

    @Test
    void sampler_usedWrongly_saysSo() {
        Plan plan =
                Scheduler.of(SchedulerConfig.stableDiffusion(SamplerKind.DDIM)).plan(1);
        Sampler sampler = plan.sampler(1);
        assertThatThrownBy(() -> sampler.step(new float[3], new float[4], () -> new float[4]))
                .hasMessage("model output of 3 elements does not fit a sample of 4");
        sampler.step(new float[4], new float[4], () -> new float[4]);
        assertThat(sampler.done()).isTrue();
        assertThatThrownBy(sampler::timestep).hasMessage("all 1 calls of the plan are done");
    }

    @Test
    void training_targetsFollowThePredictionType() {
        NoiseSchedule noise = NoiseSchedule.of(SchedulerConfig.stableDiffusion(SamplerKind.DDPM));
        float[] x0 = {1, 2};
        float[] eps = {3, 4};

        assertThat(noise.target(PredictionType.EPSILON, x0, eps, 10, 20)).containsExactly(eps);
        assertThat(noise.target(PredictionType.SAMPLE, x0, eps, 10, 20)).containsExactly(x0);
        assertThat(noise.target(PredictionType.V_PREDICTION, x0, eps, 10, 20))
                .containsExactly(noise.velocity(x0, eps, 10, 20));
        assertThatThrownBy(() -> noise.addNoise(x0, eps, 1, 2, 3)).hasMessageContaining("3 timesteps");
    }

    private static double deviation(NoiseLevel level) {
        return Math.hypot(level.alpha() * DEVIATION, level.sigma());
    }
}
