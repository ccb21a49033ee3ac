package io.github.cones4j.diffusion.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * DPM-Solver++ multistep (Lu et al. 2022, arXiv:2211.01095; third order as in arXiv:2206.00927): x_0 as a polynomial in lambda =
 * ln(alpha / sigma) through the last calls, the linear part of the equation solved exactly.
 *
 * <p>With h the step in lambda and k = h, or 2 h for the stochastic equation: x' = linear x + gain m_0 + slope m_0' + curve m_0'', with
 * gain = alpha (1 - e^-k), slope = alpha (1 - (1 - e^-k) / k), curve = alpha (1/2 - (e^-k - 1 + k) / k^2), and the derivatives of x_0
 * (in units of h) from divided differences.
 */
final class DpmSolver implements Solver {
    /** Plans shorter than this end with steps of lower order. */
    private static final int SHORT = 15;

    private final Plan plan;
    private final Limit limit;
    private final int batch;
    private final List<float[]> originals = new ArrayList<>(); // the newest first

    DpmSolver(Plan plan, Limit limit, int batch) {
        this.plan = plan;
        this.limit = limit;
        this.batch = batch;
    }

    @Override
    public float[] step(int call, float[] output, float[] sample, Supplier<float[]> noise) {
        SchedulerConfig config = plan.config();
        NoiseLevel here = plan.level(call);
        NoiseLevel next = plan.level(call + 1);
        if (plan.repeats(call)) {
            originals.clear();
        }
        originals.addFirst(limit.apply(here.original(config.predictionType(), sample, output), batch));
        if (originals.size() > config.solverOrder()) {
            originals.removeLast();
        }
        double h = next.lambda() - here.lambda();
        double k = config.stochastic() ? 2 * h : h;
        double linear = next.sigma() / here.sigma() * (config.stochastic() ? StrictMath.exp(-h) : 1);
        double gain = -next.alpha() * StrictMath.expm1(-k);
        double slope = next.alpha() * (1 + StrictMath.expm1(-k) / k);
        double curve = next.alpha() * (0.5 - (StrictMath.expm1(-k) + k) / (k * k));
        float[] m0 = originals.getFirst();
        float[] x = switch (order(call, h)) {
            case 1 -> Mix.of(linear, sample, gain, m0);
            case 2 -> {
                double first = (config.heunSolver() ? slope : gain / 2) * h / back(call, 1);
                yield Mix.of(linear, sample, gain + first, m0, -first, originals.get(1));
            }
            default -> {
                double r0 = back(call, 1) / h;
                double r1 = back(call, 2) / h;
                double second = (slope * r0 + curve) / (r0 + r1);
                double newer = (slope + second) / r0; // weight of m0 - m1
                double older = -second / r1; // weight of m1 - m2
                float[] differences = Mix.of(originals, gain + newer, older - newer, -older);
                yield Mix.of(linear, sample, 1, differences);
            }
        };
        return config.stochastic() ? Mix.of(1, x, next.sigma() * Math.sqrt(-StrictMath.expm1(-2 * h)), noise.get()) : x;
    }

    private int order(int call, double h) {
        SchedulerConfig config = plan.config();
        boolean shortPlan = config.lowerOrderFinal() && plan.end() < SHORT;
        boolean last = call == plan.end() - 1 && (config.eulerAtFinal() || shortPlan || config.finalSigmaZero());
        boolean lastButOne = call == plan.end() - 2 && shortPlan;
        int order = Math.min(originals.size(), last ? 1 : lastButOne ? 2 : 3);
        return h == 0 ? 1 : order;
    }

    /** The step in lambda that ended {@code calls} - 1 calls before this one. */
    private double back(int call, int calls) {
        return plan.level(call - calls + 1).lambda() - plan.level(call - calls).lambda();
    }
}
