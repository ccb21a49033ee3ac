package io.github.cones4j.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.graph.Attention;
import io.github.cones4j.engine.graph.Shape;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Attention on tensor cores against sums in double, from operands as they are and rounded to float16. */
class MmaAttentionTest {
    /** Largest relative root mean square of errors: from exact operands, and of rounding the weights alone. */
    private static final double EXACT = 1e-3;

    private static final double ROUNDED = 2.5e-4;

    private final Random random = new Random(3);

    @BeforeEach
    void needsTensorCores() {
        NeedsDevice.assumeTensorCores();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 64, 64, 1, 40, 1",
        "2, 100, 77, 3, 40, 1",
        "1, 256, 256, 2, 40, 1",
        "1, 70, 200, 2, 64, 1",
        "1, 130, 129, 2, 80, 1",
        "1, 33, 1, 2, 8, 1",
        "1, 1, 300, 1, 72, 1",
        "2, 65, 63, 1, 48, 1",
        "1, 64, 256, 1, 40, 5"
    })
    void agreesWithSumsInDouble(int b, int tq, int tk, int heads, int d, double spread)
            throws TornadoExecutionPlanException {
        int width = heads * d;
        float[] q = random(b * tq * width, spread);
        float[] k = random(b * tk * width, spread);
        float[] v = random(b * tk * width, 1);
        float scale = (float) (1 / Math.sqrt(d));
        KernelHarness e = new KernelHarness(Precision.FLOAT16);
        Operand queries = e.input(Shape.of(b, tq, width), q, 0, 1, 2);
        Operand keys = e.input(Shape.of(b, tk, width), k, 0, 1, 2);
        Operand values = e.input(Shape.of(b, tk, width), v, 0, 1, 2);
        Attention.ScaledDotProduct op = new Attention.ScaledDotProduct(heads, scale, false);
        Operand y = AttentionTasks.onTensorCores(e, op, queries, keys, values);
        FloatArray memory = e.place();
        e.run(memory);
        float[] got = KernelHarness.values(memory, y);

        double[] errors = new double[2];
        double[] sizes = new double[2];
        for (int head = 0; head < b * heads; head++) {
            int sample = head / heads;
            int column = head % heads * d;
            for (int i = 0; i < tq; i++) {
                int row = (sample * tq + i) * width + column;
                for (int rounded = 0; rounded < 2; rounded++) {
                    double[] expected =
                            attended(q, row, k, v, sample * tk * width + column, tk, width, d, scale, rounded);
                    for (int c = 0; c < d; c++) {
                        errors[rounded] += Math.pow(got[row + c] - expected[c], 2);
                        sizes[rounded] += Math.pow(expected[c], 2);
                    }
                }
            }
        }
        assertThat(Math.sqrt(errors[1] / sizes[1])).as("rounded alike").isLessThan(ROUNDED);
        assertThat(Math.sqrt(errors[0] / sizes[0])).as("exact").isLessThan(EXACT * spread);
    }

    /** softmax(scale q k^T) v of one query. */
    private static double[] attended(
            float[] q, int row, float[] k, float[] v, int first, int tk, int width, int d, float scale, int rounded) {
        double[] weights = new double[tk];
        double top = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < tk; j++) {
            for (int c = 0; c < d; c++) {
                float x = q[row + c];
                float y = k[first + j * width + c];
                weights[j] += rounded == 1 ? (double) half(x * scale) * half(y) : (double) x * scale * y;
            }
            top = Math.max(top, weights[j]);
        }
        double sum = 0;
        double[] result = new double[d];
        for (int j = 0; j < tk; j++) {
            double weight = Math.exp(weights[j] - top);
            sum += weight;
            for (int c = 0; c < d; c++) {
                float x = v[first + j * width + c];
                result[c] += weight * (rounded == 1 ? half(x) : x);
            }
        }
        for (int c = 0; c < d; c++) {
            result[c] /= sum;
        }
        return result;
    }

    private static float half(float x) {
        return Float.float16ToFloat(Float.floatToFloat16(x));
    }

    private float[] random(int size, double spread) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (random.nextGaussian() * spread);
        }
        return values;
    }
}
