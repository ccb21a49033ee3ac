package io.github.cones4j.diffusion.schedule;

import java.util.function.Supplier;

/** The arithmetic of one sampler, with what it remembers of earlier calls. */
sealed interface Solver
        permits DdpmSolver,
                DdimSolver,
                PndmSolver,
                EulerSolver,
                EulerAncestralSolver,
                HeunSolver,
                DpmSolver,
                LmsSolver,
                UniPcSolver {

    /**
     * The sample after a call.
     *
     * @param call its number in the whole plan
     */
    float[] step(int call, float[] output, float[] sample, Supplier<float[]> noise);
}
