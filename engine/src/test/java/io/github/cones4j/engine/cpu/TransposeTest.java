package io.github.cones4j.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransposeTest {

    @ParameterizedTest
    @CsvSource({"1, 1", "8, 16", "8, 17", "7, 40", "16, 8", "48, 40", "49, 33", "3, 100"})
    void transpose_movesEveryElementAndNothingElse(int rows, int columns) {
        int xStride = columns + 3;
        int yStride = rows + 2;
        float[] x = ElementwiseKernelsTest.normal(new Random(rows), rows * xStride + 1);
        float[] y = new float[columns * yStride + 1];
        float[] expected = new float[y.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                expected[1 + column * yStride + row] = x[1 + row * xStride + column];
            }
        }
        float[] scratch = new float[Transpose.ROWS * columns + 5];
        Transpose.transpose(x, 1, xStride, rows, columns, y, 1, yStride, scratch, 5);
        assertThat(y).isEqualTo(expected);
    }
}
