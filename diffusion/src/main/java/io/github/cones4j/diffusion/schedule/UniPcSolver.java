package io.github.cones4j.diffusion.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * UniPC multistep (Zhao et al. 2023, arXiv:2302.04867, algorithms 5 to 8): each call first corrects the sample that the call before
 * predicted, then predicts the next; both of the same form, the corrector with one node more.
 */
final class UniPcSolver implements Solver {
    private final Plan plan;
    private final Limit limit;
    private final int batch;
    private final List<float[]> outputs = new ArrayList<>(); // x_0 or eps, the newest first
    private float[] corrected = {};
    private int order;

    UniPcSolver(Plan plan, Limit limit, int batch) {
        this.plan = plan;
        this.limit = limit;
        this.batch = batch;
    }

    @Override
    public float[] step(int call, float[] output, float[] sample, Supplier<float[]> noise) {
        SchedulerConfig config = plan.config();
        NoiseLevel level = plan.level(call);
        float[] converted = config.predictX0()
                ? limit.apply(level.original(config.predictionType(), sample, output), batch)
                : level.noise(config.predictionType(), sample, output);
        if (plan.repeats(call)) {
            outputs.clear();
        }
        boolean correct = !outputs.isEmpty() && !config.disableCorrector().contains(call - 1);
        corrected = correct ? advance(call - 1, corrected, order, converted) : sample;

        outputs.addFirst(converted);
        if (outputs.size() > config.solverOrder()) {
            outputs.removeLast();
        }
        int left = config.lowerOrderFinal() ? plan.end() - call : config.solverOrder();
        order = Math.min(outputs.size(), left);
        return advance(call, corrected, order, null);
    }

    /**
     * From the level of a call to the next.
     *
     * @param x the sample at the level of the call
     * @param order how many outputs are used, the newest at that level
     * @param reached the output at the level that is reached, for a correction
     */
    private float[] advance(int call, float[] x, int order, float @Nullable [] reached) {
        boolean predictX0 = plan.config().predictX0();
        NoiseLevel here = plan.level(call);
        NoiseLevel next = plan.level(call + 1);
        double h = next.lambda() - here.lambda();
        double k = predictX0 ? -h : h;
        double phi = StrictMath.expm1(k);
        double b = plan.config().firstB() ? k : phi;
        double scale = predictX0 ? next.alpha() : next.sigma();
        double linear = predictX0 ? next.sigma() / here.sigma() : next.alpha() / here.alpha();

        int nodes = order - 1 + (reached == null ? 0 : 1);
        double[] r = new double[nodes]; // of earlier levels, then of the one reached
        for (int i = 0; i < nodes; i++) {
            r[i] = i < order - 1 ? (plan.level(call - i - 1).lambda() - here.lambda()) / h : 1;
        }
        double[] rho = weights(r, k, phi, b);
        List<float[]> terms = new ArrayList<>(List.of(x, outputs.getFirst()));
        double[] weights = new double[2 + nodes];
        weights[0] = linear;
        weights[1] = -scale * phi;
        for (int i = 0; i < nodes; i++) {
            double weight = -scale * b * rho[i] / r[i];
            terms.add(i < order - 1 || reached == null ? outputs.get(i + 1) : reached);
            weights[2 + i] = weight;
            weights[1] -= weight;
        }
        return Mix.of(terms, weights);
    }

    /** The weights of the divided differences: R rho = b (equation 9), with 1/2 where one node is alone. */
    private static double[] weights(double[] r, double k, double phi, double b) {
        int n = r.length;
        if (n == 1) {
            return new double[] {0.5};
        }
        double[][] rows = new double[n][n + 1];
        double phiK = phi / k - 1;
        double factorial = 1;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                rows[i][j] = StrictMath.pow(r[j], i);
            }
            rows[i][n] = phiK * factorial / b;
            factorial *= i + 2;
            phiK = phiK / k - 1 / factorial;
        }
        return solve(rows);
    }

    /** Gauss elimination with pivots; each row ends with its right-hand side. */
    private static double[] solve(double[][] rows) {
        int n = rows.length;
        for (int i = 0; i < n; i++) {
            int pivot = i;
            for (int j = i + 1; j < n; j++) {
                if (Math.abs(rows[j][i]) > Math.abs(rows[pivot][i])) {
                    pivot = j;
                }
            }
            double[] swapped = rows[i];
            rows[i] = rows[pivot];
            rows[pivot] = swapped;
            for (int j = 0; j < n; j++) {
                double factor = j == i ? 0 : rows[j][i] / rows[i][i];
                for (int c = i; c <= n; c++) {
                    rows[j][c] -= factor * rows[i][c];
                }
            }
        }
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = rows[i][n] / rows[i][i];
        }
        return x;
    }
}
