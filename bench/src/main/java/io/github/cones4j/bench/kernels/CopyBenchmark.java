package io.github.cones4j.bench.kernels;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * What the machine's memory does at best: copying arrays of various sizes, as small ones stay in the caches. Run by as many threads of JMH
 * as the device has, each of which copies its part.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@SuppressWarnings("NullAway.Init") // the set-up comes first
public class CopyBenchmark {
    /** MiB read and written by all threads together. */
    @Param({"1", "4", "16", "64", "256"})
    public int mebibytes;

    private float[] from;
    private float[] to;

    /** Makes the arrays. */
    @Setup
    public void make(BenchmarkParams params) {
        from = new float[(mebibytes << 20) / (2 * Float.BYTES * params.getThreads())];
        to = new float[from.length];
    }

    /** Copies. */
    @Benchmark
    public float[] copy() {
        System.arraycopy(from, 0, to, 0, from.length);
        return to;
    }
}
