package io.github.cones4j.diffusion.parity;

import io.github.cones4j.diffusion.schedule.NoiseSchedule;
import io.github.cones4j.diffusion.schedule.Plan;
import io.github.cones4j.diffusion.schedule.Sampler;
import io.github.cones4j.diffusion.schedule.Scheduler;
import io.github.cones4j.diffusion.schedule.SchedulerConfig;
import io.github.cones4j.engine.exec.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Samplers with a closed formula in the place of a model, and the noise schedule of training. */
final class SchedulerCase {
    private SchedulerCase() {}

    static void run(Subject subject, CaseFile file, Comparisons to) {
        Map<String, SamplerSettings> all =
                SamplerSettings.all(file.settings().at("sched").root());
        all.forEach((name, settings) -> settings.config()
                .ifPresentOrElse(
                        config -> trajectory(name, config, settings.steps(), file, to), () -> to.leaveOut(name)));
        for (String key : file.startingWith("timesteps.").keySet()) {
            plan(key, all, file, to);
        }
    }

    private static void trajectory(String name, SchedulerConfig config, int steps, CaseFile file, Comparisons to) {
        double tolerance = to.tolerances().outputs();
        HostTensor first = file.get(name + ".init_noise");
        int size = Math.toIntExact(first.size());
        NoiseQueue noise = new NoiseQueue(file.tensors().find(name + ".noise"), size);
        Plan plan = Scheduler.of(config).plan(steps);
        List<float[]> inputs = new ArrayList<>();
        List<float[]> samples = new ArrayList<>();
        float[] x = plan.start(first.toFloats());
        for (Sampler sampler = plan.sampler(1); !sampler.done(); ) {
            float[] input = sampler.input(x);
            x = sampler.step(model(input, sampler.timestep()), x, noise);
            inputs.add(input);
            samples.add(x);
        }
        compare(name, plan, file, to);
        HostTensor expected = file.get(name + ".scaled_in");
        to.add(name + ".scaled_in", stacked(inputs, expected), expected, tolerance);
        to.add(name + ".prev", stacked(samples, expected), file.get(name + ".prev"), tolerance);
    }

    /** The stand-in for a model: smooth in x and t. */
    private static float[] model(float[] x, double t) {
        float[] out = new float[x.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) (0.8 * Math.tanh(x[i]) + 0.1 * Math.sin(3 * x[i] + t / 100));
        }
        return out;
    }

    /** Timesteps and sigmas of a plan; {@code key} is {@code timesteps.STEPS.NAME}. */
    private static void plan(String key, Map<String, SamplerSettings> all, CaseFile file, Comparisons to) {
        String[] parts = key.split("\\.", 3);
        SamplerSettings settings = all.get("epsilon." + parts[2]);
        Optional<SchedulerConfig> config = settings == null ? Optional.empty() : settings.config();
        if (config.isEmpty()) {
            to.leaveOut(key);
            return;
        }
        Plan plan = Scheduler.of(config.get()).plan(Integer.parseInt(parts[1]));
        double tolerance = to.tolerances().outputs();
        to.add(key, vector(plan.timesteps()), file.get(key), tolerance);
        String sigmas = "sigmas." + parts[1] + "." + parts[2];
        if (file.has(sigmas)) {
            to.add(sigmas, vector(plan.sigmas()), file.get(sigmas), tolerance);
        }
    }

    private static void compare(String name, Plan plan, CaseFile file, Comparisons to) {
        double tolerance = to.tolerances().outputs();
        to.add(name + ".timesteps", vector(plan.timesteps()), file.get(name + ".timesteps"), tolerance);
        if (file.has(name + ".sigmas")) {
            to.add(name + ".sigmas", vector(plan.sigmas()), file.get(name + ".sigmas"), tolerance);
        }
    }

    private static HostTensor vector(double... values) {
        return HostTensor.of(values, values.length);
    }

    /** Pieces one after the other under the shape of the reference, or as one row if there are more or fewer. */
    static HostTensor stacked(List<float[]> pieces, HostTensor reference) {
        int size = pieces.getFirst().length;
        float[] all = new float[pieces.size() * size];
        for (int i = 0; i < pieces.size(); i++) {
            System.arraycopy(pieces.get(i), 0, all, i * size, size);
        }
        return all.length == reference.size()
                ? HostTensor.of(all, reference.shape().dims())
                : HostTensor.of(all, pieces.size(), size);
    }

    static void runAddNoise(Subject subject, CaseFile file, Comparisons to) {
        SamplerSettings settings =
                SamplerSettings.all(file.settings().at("sched").root()).get("epsilon.ddpm");
        if (settings == null) {
            throw new IllegalArgumentException(file.path() + ": case.json has no settings epsilon.ddpm");
        }
        NoiseSchedule schedule = NoiseSchedule.of(settings.config().orElseThrow());
        HostTensor z = file.get("z");
        float[] x0 = z.toFloats();
        float[] noise = file.get("noise").toFloats();
        int[] t = file.get("t").toInts();
        double tolerance = to.tolerances().outputs();
        int[] dims = z.shape().dims();
        float[] betas = schedule.betas();
        float[] alphas = schedule.alphasCumprod();
        to.add("betas", HostTensor.of(betas, betas.length), file.get("betas"), tolerance);
        to.add("alphas_cumprod", HostTensor.of(alphas, alphas.length), file.get("alphas_cumprod"), tolerance);
        to.add(
                "ddpm_add_noise",
                HostTensor.of(schedule.addNoise(x0, noise, t), dims),
                file.get("ddpm_add_noise"),
                tolerance);
        to.add(
                "ddpm_velocity",
                HostTensor.of(schedule.velocity(x0, noise, t), dims),
                file.get("ddpm_velocity"),
                tolerance);
    }
}
