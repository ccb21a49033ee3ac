package io.github.cones4j.bench.kernels;

import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A kernel of the CPU device, called through the public interface. {@link KernelTable} runs it for all kernels. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@SuppressWarnings("NullAway.Init") // the set-up comes first
public class KernelBenchmark {
    private static final long PLATEAU = 1_000_000_000; // nanoseconds
    private static final long LONGEST = 10_000_000_000L;

    /** The name of a {@link Kernel}. */
    @Param("linear 4096 x 320 x 320")
    public String kernel;

    /** Threads of the device. */
    @Param("1")
    public int threads;

    private Device device;
    private Weights weights;
    private Program program;
    private Map<String, HostTensor> inputs;
    private Executable executable;
    private @Nullable Executable copyIn;

    /** Compiles the program, and lets the JVM compile the kernel. */
    @Setup
    public void compileOnce() {
        Kernel chosen = Kernel.named(kernel);
        device = new CpuDevice(threads);
        weights = chosen.weights();
        inputs = chosen.inputs();
        program = chosen.program();
        executable = device.compile(program, weights);
        if (chosen.hasInputs()) {
            copyIn = device.compile(chosen.copyIn(), weights);
        }
        if (chosen.kind().isPacking()) {
            executable.close(); // what is shared would not be packed again
        } else {
            warmUp();
        }
    }

    /** Runs until nothing has become faster for a while: the compiler takes its time for large kernels, which crawl until it is done. */
    private void warmUp() {
        long begin = System.nanoTime();
        long faster = begin;
        double least = Double.POSITIVE_INFINITY;
        long now = begin;
        while (now - faster < PLATEAU && now - begin < LONGEST) {
            long before = now;
            executable.run(inputs);
            now = System.nanoTime();
            if (now - before < 0.9 * least) {
                least = now - before;
                faster = now;
            }
        }
    }

    /** Closes what was compiled. */
    @TearDown
    public void close() {
        executable.close();
        if (copyIn != null) {
            copyIn.close();
        }
        device.close();
        weights.close();
    }

    /** The kernel. */
    @Benchmark
    public Executable.Results run() {
        return executable.run(inputs);
    }

    /** What of {@link #run} is copying inputs in. */
    @Benchmark
    public Executable.Results copyIn() {
        if (copyIn == null) {
            throw new IllegalStateException(kernel + " has no inputs");
        }
        return copyIn.run(inputs);
    }

    /** Compiling, which reads and packs the weights. */
    @Benchmark
    public long compile() {
        try (Executable again = device.compile(program, weights)) {
            return again.memory().total();
        }
    }
}
