package io.github.cones4j.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The language that kernels are written in, by what their byte code computes on the JVM. */
final class KernelCompilerTest {
    /** What a kernel makes of memory 1, 2, 3, 4 and numbers 5, 6. */
    private static float[] run(String text) {
        FloatArray memory = FloatArray.fromElements(1f, 2f, 3f, 4f);
        KernelCompiler.compile("test", text, Map.of("N", 2))
                .apply(new KernelContext(), memory, IntArray.fromElements(5, 6));
        return memory.toHeapArray();
    }

    @Test
    void unroll_ofRegisters_makesAVariableOfEach() {
        assertThat(run("""
                        unroll (i < N, j < 2) float s[i][j] = m.get(2 * i + j);
                        unroll (i < N) {
                            float sum[i] = s[i][0] + s[i][1];
                            m.set(i, sum[i] * 10f);
                        }
                        m.set(3, sum[0] - sum[1]);
                        """)).containsExactly(30f, 70f, 3f, -4f);
    }

    @Test
    void unroll_zeroTimes_leavesNothing() {
        assertThat(run("""
                        unroll (i < N - 2, j < 3) m.set(3 * i + j, 9f);
                        unroll (i < 2, j < 0) {
                            m.set(i, unknown);
                        }
                        m.set(3, 7f);
                        """)).containsExactly(1f, 2f, 3f, 7f);
    }

    @Test
    void cast_ofAnArrayThatIsNone_compilesAndFailsOnTheJvm() {
        assertThat(run("m.set(0, upTo((FloatArray) m, 2, 0, 1));")).containsExactly(3f, 2f, 3f, 4f);
        assertThatThrownBy(() -> run("""
                        float[] stage = c.allocateFloatLocalArray(4);
                        m.set(0, upTo((FloatArray) stage, 2, 0, 1));
                        """)).isInstanceOf(ClassCastException.class);
    }

    @Test
    void define_withExpressionsAndRegisters_putsThemInPlace() {
        assertThat(run("""
                        define twice(x) = x + x;
                        define write(values, first) {
                            unroll (i < N) m.set(first + twice(i), values[i]);
                        }
                        unroll (i < N) float a[i] = m.get(i + 2);
                        write(a, p.get(0) - 5);
                        write(a, twice(1) - 1);
                        """)).containsExactly(3f, 3f, 4f, 4f);
    }

    @Test
    void statements_ofJava_meanTheSame() {
        assertThat(run("""
                        int count = 0;
                        for (int i = 0; i < p.get(1); i += 2) {
                            count++; // 3 times
                            if (i == 2) {
                                m.set(0, 7f);
                            } else {
                                m.set(1, m.get(1) + 1f);
                            }
                        }
                        m.set(3, count > 2 ? 9f : 0f);
                        """)).containsExactly(7f, 4f, 3f, 9f);
    }

    @Test
    void expressions_ofJava_haveItsPrecedence() {
        assertThat(run("""
                        int a = p.get(0);
                        boolean odd = a % 2 != 0;
                        m.set(0, odd && a < 6 ? 1f : 0f);
                        m.set(1, (a | 2) == 7 ? m.get(1) * 3f - 1f / 2f : 0f);
                        m.set(2, 1 << 2 + 1 == 8 ? exp(0f) : 0f);
                        m.set(min(a, 3), larger(m.get(3), NEGATIVE_INFINITY));
                        """)).containsExactly(1f, 5.5f, 1f, 4f);
    }

    @Test
    void mistakes_areNamedWithTheirLine() {
        assertThatThrownBy(() -> run("int a = 0;\na = b;")).hasMessage("test, line 2: unknown: b");
        assertThatThrownBy(() -> run("int a = 1f;")).hasMessage("test, line 1: float where int is due");
        assertThatThrownBy(() -> run("int a = 1;\nint a = 2;")).hasMessage("test, line 2: declared twice: a");
        assertThatThrownBy(() -> run("m.set(0);")).hasMessageStartingWith("test, line 1: no method set");
        assertThatThrownBy(() -> run("int a = 0 # 1;")).hasMessageStartingWith("no words: ");
    }
}
