package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.graph.Shape;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the kernels' launch code asks of the lowering: memory, copies, and the launch itself. */
interface Emitter {
    /** With how many bits large products multiply. */
    default Precision precision() {
        return Precision.FLOAT32;
    }

    /** New memory for a result or a partial result, dense in the given order of axes. */
    Operand fresh(Shape shape, int... order);

    /**
     * Float parameters for a kernel, one after the other in the device's memory, so that the kernel reads them from
     * there: not every backend of TornadoVM can turn the bits of an int into a float.
     */
    Operand numbers(float... values);

    /** New memory of 16 bits for a copy of that shape, row-major. */
    Operand freshRounded(Shape shape);

    /** The copy, rounded as {@link #precision} says: of a weight made on its way to the device, else in a run; made once. */
    Operand rounded(Rounding copy);

    /**
     * The elements of a weight of one axis in {@link Rounding#PARTS} parts each, of which each is the rounded rest of those before:
     * [parts, elements or one more, so that they are even]. Null if it is no weight that stays as it is.
     */
    @Nullable
    Operand parts(Operand operand);

    /** What {@code make} emits and returns, or what it returned when the same key was asked for before. */
    Operand once(Object key, Supplier<Operand> make);

    /** The operand itself if it is dense in that order of axes, else a copy that is (made once). */
    Operand dense(Operand operand, int... order);

    /** The operand itself if it is dense in row-major order, else a copy that is (made once). */
    Operand rowMajor(Operand operand);

    /** The operand itself if its channels (axis 1) lie innermost, else a copy whose do (made once). */
    Operand channelsLast(Operand operand);

    /**
     * Launches a kernel after everything emitted before.
     *
     * @param label what it does, for profiles
     * @param reads every operand it reads
     * @param writes every operand it writes for the first time
     * @param parameters its numbers, asked for after planning: {@link Operand#start} is known then
     */
    default void emit(
            String label,
            Kernel kernel,
            Grid grid,
            List<Operand> reads,
            List<Operand> writes,
            Supplier<int[]> parameters) {
        emit(label, kernel, grid, reads, writes, null, parameters);
    }

    /** Launches a kernel that reads or writes the memory of 16 bits. */
    void emit(
            String label,
            Code.OfHalves kernel,
            Grid grid,
            List<Operand> reads,
            List<Operand> writes,
            Supplier<int[]> parameters);

    /** Launches a kernel that can also be launched together with others like it. */
    void emit(
            String label,
            Kernel kernel,
            Grid grid,
            List<Operand> reads,
            List<Operand> writes,
            Task.@Nullable Join join,
            Supplier<int[]> parameters);
}
