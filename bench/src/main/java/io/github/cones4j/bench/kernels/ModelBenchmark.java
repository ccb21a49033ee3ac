package io.github.cones4j.bench.kernels;

import io.github.cones4j.engine.cpu.CpuDevice;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import java.util.Map;
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
import org.openjdk.jmh.annotations.TearDown;

/** A whole model of Stable Diffusion 1.5 with synthetic weights on the CPU device. {@link KernelTable} runs it for all models. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@SuppressWarnings("NullAway.Init") // the set-up comes first
public class ModelBenchmark {
    /** A {@link Model}. */
    @Param("CLIP")
    public Model model;

    /** Threads of the device. */
    @Param("1")
    public int threads;

    private Device device;
    private Weights weights;
    private Map<String, HostTensor> inputs;
    private Executable executable;

    /** Makes the weights and compiles the program. */
    @Setup
    public void compile() {
        Model.Made made = model.make();
        device = new CpuDevice(threads);
        weights = made.weights();
        inputs = made.inputs();
        executable = device.compile(made.program(), weights);
    }

    /** Closes what was compiled. */
    @TearDown
    public void close() {
        executable.close();
        device.close();
        weights.close();
    }

    /** The model once. */
    @Benchmark
    public Executable.Results run() {
        return executable.run(inputs);
    }
}
