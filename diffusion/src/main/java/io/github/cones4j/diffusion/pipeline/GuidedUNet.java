package io.github.cones4j.diffusion.pipeline;

import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.UNetConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A UNet compiled for classifier-free guidance: u + scale * (c - u), c the prediction for the prompt and u that for the
 * negative prompt (Ho and Salimans 2022, arXiv:2207.12598). One run of twice the batch where both have the same weights,
 * else one run each; without guidance the prompt's alone.
 */
public final class GuidedUNet implements AutoCloseable {
    private static final String SAMPLE = "sample";
    private static final String TIMESTEP = "timestep";
    private static final String TEXT = "encoder_hidden_states";

    private final Shape shape;
    private final boolean guided;
    private final boolean together;
    private final List<Executable> executables = new ArrayList<>(); // conditional first

    /**
     * Compiles for one batch and size.
     *
     * @param guided whether the negative prompt is used at all
     * @param latents shape of the latents, [b, c, h, w]
     * @param text shape of the encoded prompts, [b, t, d]
     * @throws IllegalArgumentException listing every key that the weights lack or have in another shape
     */
    public GuidedUNet(Device device, UNetConfig config, Branches branches, boolean guided, Shape latents, Shape text) {
        this.shape = latents;
        this.guided = guided;
        this.together = guided && branches.same();
        Program program = program(config, branches.conditional(), together ? 2 : 1, latents, text);
        try {
            executables.add(device.compile(program, branches.conditional()));
            if (guided && !together) {
                executables.add(device.compile(program, branches.unconditional()));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** What each compiled program of such a UNet would hold in memory: one, or one for each branch. */
    static List<MemoryPlan> plans(
            Device device, UNetConfig config, Branches branches, boolean guided, Shape latents, Shape text) {
        boolean together = guided && branches.same();
        Program program = program(config, branches.conditional(), together ? 2 : 1, latents, text);
        MemoryPlan plan = device.plan(program, branches.conditional());
        return guided && !together ? List.of(plan, device.plan(program, branches.unconditional())) : List.of(plan);
    }

    private static Program program(UNetConfig config, Weights weights, int times, Shape latents, Shape text) {
        Params params = Params.root();
        UNet2DConditionModel model = new UNet2DConditionModel(params, config);
        weights.check("UNet", params.specs(), Set.of());
        int batch = times * latents.dim(0);
        return Program.of(model.apply(
                Tensor.input(SAMPLE, latents.with(0, batch).dims()),
                Tensor.input(TIMESTEP, batch),
                Tensor.input(TEXT, text.with(0, batch).dims())));
    }

    /**
     * One prediction.
     *
     * @param latents [b, c, h, w]
     * @param timestep 0..999, 999 is pure noise
     * @param prompt the encoded prompts, [b, t, d]
     * @param negative the encoded negative prompts, [b, t, d]; not looked at without guidance
     * @param scale of the guidance
     * @return [b, c, h, w]
     */
    public float[] predict(float[] latents, double timestep, HostTensor prompt, HostTensor negative, double scale) {
        if (!guided) {
            return run(executables.getFirst(), latents, timestep, prompt);
        }
        float[] conditional;
        float[] unconditional;
        if (together) {
            float[] both = run(executables.getFirst(), concat(latents, latents), timestep, concat(negative, prompt));
            unconditional = Arrays.copyOf(both, latents.length);
            conditional = Arrays.copyOfRange(both, latents.length, both.length);
        } else {
            conditional = run(executables.getFirst(), latents, timestep, prompt);
            unconditional = run(executables.getLast(), latents, timestep, negative);
        }
        float factor = (float) scale;
        for (int i = 0; i < conditional.length; i++) {
            conditional[i] = unconditional[i] + factor * (conditional[i] - unconditional[i]);
        }
        return conditional;
    }

    private float[] run(Executable executable, float[] latents, double timestep, HostTensor text) {
        int batch = text.shape().dim(0);
        float[] timesteps = new float[batch];
        Arrays.fill(timesteps, (float) timestep);
        return executable
                .run(Map.of(
                        SAMPLE,
                        HostTensor.of(latents, shape.with(0, batch).dims()),
                        TIMESTEP,
                        HostTensor.of(timesteps, batch),
                        TEXT,
                        text))
                .get("out")
                .toFloats();
    }

    private static HostTensor concat(HostTensor a, HostTensor b) {
        float[] both = concat(a.toFloats(), b.toFloats());
        return HostTensor.of(
                both, a.shape().with(0, a.shape().dim(0) + b.shape().dim(0)).dims());
    }

    private static float[] concat(float[] a, float... b) {
        float[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    /** What it holds in memory, one plan for each run. */
    public List<MemoryPlan> memory() {
        return executables.stream().map(Executable::memory).toList();
    }

    @Override
    public void close() {
        executables.forEach(Executable::close);
    }
}
