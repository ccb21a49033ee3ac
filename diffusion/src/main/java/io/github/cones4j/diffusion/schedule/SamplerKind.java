package io.github.cones4j.diffusion.schedule;

import java.util.Arrays;

/** The samplers there are. */
public enum SamplerKind {
    /** Ancestral sampling of the Markov chain (Ho et al. 2020, arXiv:2006.11239). */
    DDPM("ddpm", "DDPMScheduler"),
    /** The implicit model (Song et al. 2020, arXiv:2010.02502); {@code eta} adds noise again. */
    DDIM("ddim", "DDIMScheduler"),
    /** Pseudo linear multistep of order 4 (Liu et al. 2022, arXiv:2202.09778). */
    PNDM("pndm", "PNDMScheduler"),
    /** Euler's method on the probability-flow equation in sigma (Karras et al. 2022, arXiv:2206.00364, algorithm 2). */
    EULER("euler", "EulerDiscreteScheduler"),
    /** Euler steps to a lower level, and noise up again. */
    EULER_ANCESTRAL("euler-a", "EulerAncestralDiscreteScheduler"),
    /** Heun's second-order method: two model calls a step (Karras et al. 2022, algorithm 2). */
    HEUN("heun", "HeunDiscreteScheduler"),
    /** DPM-Solver++ multistep, deterministic or stochastic (Lu et al. 2022, arXiv:2211.01095). */
    DPM_SOLVER("dpm++", "DPMSolverMultistepScheduler"),
    /** Linear multistep (Adams-Bashforth with uneven steps) of order 4. */
    LMS("lms", "LMSDiscreteScheduler"),
    /** Predictor and corrector of one form (Zhao et al. 2023, arXiv:2302.04867). */
    UNIPC("unipc", "UniPCMultistepScheduler");

    private final String label;
    private final String className;

    SamplerKind(String label, String className) {
        this.label = label;
        this.className = className;
    }

    /** The name on the command line and in a picture's recipe. */
    public String label() {
        return label;
    }

    /** The name of the class in diffusers. */
    public String className() {
        return className;
    }

    /**
     * The kind of this label or diffusers class name.
     *
     * @throws IllegalArgumentException if there is none, naming those there are
     */
    public static SamplerKind of(String name) {
        for (SamplerKind kind : values()) {
            if (kind.label.equals(name) || kind.className.equals(name)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("sampler: found '" + name + "', expected one of "
                + Arrays.stream(values())
                        .map(kind -> kind.label + " (" + kind.className + ")")
                        .toList());
    }
}
