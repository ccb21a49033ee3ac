package io.github.cones4j.bench.kernels;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A kernel as ND4J computes it, pictures channels first. The number of threads is that of OpenMP (OMP_NUM_THREADS). */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@SuppressWarnings("NullAway.Init") // the set-up comes first
public class Nd4jBenchmark {
    /** The name of a {@link Kernel}. */
    @Param("linear 4096 x 320 x 320")
    public String kernel;

    private Supplier<INDArray> call;

    /** Makes the operands. */
    @Setup
    public void make() {
        call = call(Kernel.named(kernel));
    }

    /** What computes a kernel, its operands being made. */
    static Supplier<INDArray> call(Kernel kernel) {
        return call(
                kernel,
                IntStream.range(0, kernel.operands().size())
                        .mapToObj(i -> array(i, kernel.operands().get(i)))
                        .toList());
    }

    private static INDArray array(int seed, int... dims) {
        long[] shape = IntStream.of(dims).asLongStream().toArray();
        return Nd4j.create(Kernel.random(seed, dims).toFloats(), shape, Nd4j.getStrides(shape, 'c'), 'c', DataType.FLOAT);
    }

    private static Supplier<INDArray> call(Kernel kernel, List<INDArray> x) {
        INDArray a = x.getFirst();
        List<Integer> sizes = kernel.sizes();
        return switch (kernel.kind()) {
            case LINEAR -> () -> a.mmul(x.get(1).transpose()).addiRowVector(x.get(2));
            case LINEAR_GRAD_INPUT -> () -> a.mmul(x.get(1));
            case LINEAR_GRAD_WEIGHT -> () -> a.transpose().mmul(x.get(1));
            case PRODUCT -> () -> Nd4j.matmul(a, x.get(1));
            case PRODUCT_TRANSPOSED -> () -> Nd4j.matmul(a, x.get(1), false, true, false);
            case CONV -> convolution(sizes, x);
            case LAYER_NORM -> layerNorm(a, x.get(1), x.get(2));
            case SOFTMAX -> () -> Nd4j.nn().softmax(a, 1);
            case SILU -> () -> Nd4j.nn().swish(a);
            case ADD -> () -> a.add(x.get(1));
            case SUM -> () -> a.sum(0);
            case UPSAMPLE -> upsampling(a);
            case CONCAT -> () -> Nd4j.concat(3, a, x.get(1));
            case PERMUTE -> () -> a.permute(0, 2, 3, 1).dup('c');
            default -> throw new IllegalArgumentException("not compared with ND4J: " + kernel.name());
        };
    }

    private static Supplier<INDArray> convolution(List<Integer> sizes, List<INDArray> x) {
        int kernel = sizes.get(3);
        int stride = sizes.get(4);
        int out = (sizes.get(0) - 1) / stride + 1;
        return () -> {
            INDArray y = Nd4j.createUninitialized(DataType.FLOAT, 1, sizes.get(2), out, out);
            Nd4j.exec(DynamicCustomOp.builder("conv2d")
                    .addInputs(x.get(0), x.get(1), x.get(2))
                    .addOutputs(y)
                    // kernel, stride, zeros around, dilation; zeros as given; channels first; weights [out, in, kernel, kernel]
                    .addIntegerArguments(kernel, kernel, stride, stride, kernel / 2, kernel / 2, 1, 1, 0, 0, 1)
                    .build());
            return y;
        };
    }

    private static Supplier<INDArray> layerNorm(INDArray x, INDArray gain, INDArray bias) {
        return () -> {
            INDArray y = Nd4j.createUninitialized(DataType.FLOAT, x.shape());
            Nd4j.exec(DynamicCustomOp.builder("layer_norm")
                    .addInputs(x, gain, bias)
                    .addOutputs(y)
                    .addIntegerArguments(1) // the axis
                    .addBooleanArguments(false) // channels are not the second axis
                    .build());
            return y;
        };
    }

    private static Supplier<INDArray> upsampling(INDArray x) {
        return () -> {
            INDArray y = Nd4j.createUninitialized(DataType.FLOAT, x.size(0), x.size(1), 2 * x.size(2), 2 * x.size(3));
            Nd4j.exec(DynamicCustomOp.builder("upsampling2d")
                    .addInputs(x)
                    .addOutputs(y)
                    .addIntegerArguments(2, 2, 1) // factors; channels first
                    .build());
            return y;
        };
    }

    /** The kernel. */
    @Benchmark
    public INDArray run() {
        return call.get();
    }
}
