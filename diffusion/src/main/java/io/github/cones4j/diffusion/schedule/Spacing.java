package io.github.cones4j.diffusion.schedule;

import java.util.Arrays;

/** Timesteps and sigmas of a plan, number for number as numpy computes them in diffusers. */
final class Spacing {
    /** The exponent of Karras et al. 2022. */
    private static final double RHO = 7;

    private Spacing() {}

    /** n descending whole timesteps. */
    static double[] whole(SchedulerConfig config, int n) {
        int all = config.numTrainTimesteps();
        return switch (config.timestepSpacing()) {
            case LINSPACE -> rounded(descending(linspace(0, all - 1, n)));
            case LEADING -> leading(all / n, n, config.stepsOffset());
            case TRAILING -> trailing(all, all, n);
        };
    }

    /** n descending timesteps, in float32; {@code linspace} ones are not whole. */
    static double[] fractional(SchedulerConfig config, int n) {
        int all = config.numTrainTimesteps();
        return switch (config.timestepSpacing()) {
            case LINSPACE -> float32(descending(linspace(0, all - 1, n)));
            case LEADING -> leading(all / n, n, config.stepsOffset());
            case TRAILING -> trailing(all, all, n);
        };
    }

    /**
     * The first n of n + 1 descending whole timesteps.
     *
     * @param last one more than the highest that may be taken
     */
    static double[] withoutLast(SchedulerConfig config, int last, int n) {
        return switch (config.timestepSpacing()) {
            case LINSPACE -> firstOf(n, rounded(descending(linspace(0, last - 1, n + 1))));
            case LEADING -> firstOf(n, leading(last / (n + 1), n + 1, config.stepsOffset()));
            case TRAILING -> trailing(last, config.numTrainTimesteps(), n);
        };
    }

    /** n sigmas from the highest to the lowest, evenly in sigma^(1/7). */
    static double[] karras(double highest, double lowest, int n) {
        double from = StrictMath.pow(highest, 1 / RHO);
        double to = StrictMath.pow(lowest, 1 / RHO);
        double[] sigmas = linspace(0, 1, n);
        for (int i = 0; i < n; i++) {
            sigmas[i] = StrictMath.pow(from + sigmas[i] * (to - from), RHO);
        }
        return sigmas;
    }

    /** n sigmas from the highest to the lowest, evenly in ln sigma. */
    static double[] exponential(double highest, double lowest, int n) {
        double[] sigmas = linspace(StrictMath.log(highest), StrictMath.log(lowest), n);
        for (int i = 0; i < n; i++) {
            sigmas[i] = StrictMath.exp(sigmas[i]);
        }
        return sigmas;
    }

    /** The sigma at a timestep that need not be whole; beyond the ends that of the end. */
    static double sigmaAt(double t, float[] sigmas) {
        int low = (int) t;
        if (low >= sigmas.length - 1) {
            return sigmas[sigmas.length - 1];
        }
        double slope = (double) sigmas[low + 1] - sigmas[low];
        return slope * (t - low) + sigmas[low];
    }

    /** The timestep of a sigma, which need not be whole: ln sigma is taken as linear between two timesteps. */
    static double timestepOf(double sigma, float[] sigmas) {
        double log = StrictMath.log(Math.max(sigma, 1e-10));
        int low = 0;
        while (low < sigmas.length - 2 && log(sigmas[low + 1]) <= log) {
            low++;
        }
        float below = log(sigmas[low]);
        float above = log(sigmas[low + 1]);
        double w = Math.clamp((below - log) / (below - above), 0, 1);
        return (1 - w) * low + w * (low + 1);
    }

    private static float log(float sigma) {
        return (float) StrictMath.log(sigma);
    }

    /** numpy's linspace. */
    private static double[] linspace(double from, double to, int n) {
        double[] x = new double[n];
        double step = n > 1 ? (to - from) / (n - 1) : 0;
        for (int i = 0; i < n; i++) {
            x[i] = i * step + from;
        }
        if (n > 1) {
            x[n - 1] = to;
        }
        return x;
    }

    private static double[] leading(int ratio, int n, int offset) {
        double[] t = new double[n];
        for (int i = 0; i < n; i++) {
            t[i] = (double) (n - 1 - i) * ratio + offset;
        }
        return t;
    }

    /** From {@code last} - 1 down in steps of {@code all} / n, as numpy's arange counts and adds up. */
    private static double[] trailing(int last, int all, int n) {
        double ratio = (double) all / n;
        double step = (last - ratio) - last;
        double[] t = new double[(int) Math.ceil(last / ratio)];
        for (int i = 0; i < t.length; i++) {
            t[i] = Math.rint(last + i * step) - 1;
        }
        return t;
    }

    private static double[] firstOf(int n, double[] x) {
        return Arrays.copyOf(x, n);
    }

    private static double[] descending(double[] x) {
        double[] reversed = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            reversed[i] = x[x.length - 1 - i];
        }
        return reversed;
    }

    static double[] rounded(double[] x) {
        double[] rounded = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            rounded[i] = Math.rint(x[i]);
        }
        return rounded;
    }

    static double[] float32(double[] x) {
        double[] narrow = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            narrow[i] = (float) x[i];
        }
        return narrow;
    }
}
