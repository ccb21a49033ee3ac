package io.github.cones4j.engine.cpu;

import com.sun.management.ThreadMXBean;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongPredicate;

/**
 * Runs a small network again and again, on a thread of its own, until the just-in-time compiler has compiled the kernels: so that they
 * are ready, or nearly, when a large model has been read and packed.
 *
 * <p>Kernels that are not compiled, or whose vectors the compiler did not keep in registers, make an object of every vector: so a run
 * that allocates next to nothing proves that they are, whatever the machine's speed.
 */
final class Rehearsal {
    /** Channels of the network: a wide and a narrow panel of columns. */
    private static final int WIDTH = 80;

    private static final int SIZE = 8; // pixels

    /** Channels and pixels of a convolution that is large enough to be done by large tiles. */
    private static final int NARROW = 32;

    private static final int LARGE = 32;

    private static final int TEXT = 77;
    private static final int TEXT_WIDTH = 128;

    /**
     * What a run may allocate in bytes: its copied results and some iterators are 43 KB, the vectors of one kernel as objects a quarter
     * of a MiB or more, all of them some hundred MiB.
     */
    private static final long LARGEST = 1 << 20;

    /** Processor time after which the compiler will not do it any more; it takes about 3 seconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final CompletableFuture<Boolean> vectorised = new CompletableFuture<>();
    private final Duration patience;
    private volatile boolean stopped;

    /** Begins. */
    Rehearsal() {
        this(PATIENCE);
    }

    /** Begins, with another limit of its processor time. */
    Rehearsal(Duration patience) {
        this.patience = patience;
        Thread.ofPlatform().daemon().name("cones4j-cpu-rehearsal").start(this::run);
    }

    /** Whether the compiled kernels keep their vectors in registers, once that is known. */
    CompletableFuture<Boolean> vectorised() {
        return vectorised;
    }

    /** Ends it after the present run. */
    void stop() {
        stopped = true;
        vectorised.cancel(false);
    }

    @SuppressWarnings("CatchThrowable") // whatever it is belongs to who asks
    private void run() {
        try {
            perform();
        } catch (Throwable t) {
            vectorised.completeExceptionally(t);
        }
    }

    private void perform() {
        ThreadMXBean thread = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        long until = thread.getCurrentThreadCpuTime() + patience.toNanos();
        repeat(allocated -> {
            if (allocated < LARGEST) {
                vectorised.complete(true);
            } else if (thread.getCurrentThreadCpuTime() > until) {
                vectorised.complete(false);
            }
            return !stopped && !vectorised.isDone();
        });
    }

    /**
     * Runs the network on this thread again and again.
     *
     * @param goOn is told after each run how many bytes it allocated, and says whether to run again
     */
    static void repeat(LongPredicate goOn) {
        Program program = network();
        Map<String, HostTensor> values = new HashMap<>();
        program.weights().forEach((name, spec) -> values.put(name, noise(spec.shape())));
        Map<String, HostTensor> inputs = new HashMap<>();
        program.inputs().forEach((name, spec) -> inputs.put(name, noise(spec.shape())));
        ThreadMXBean thread = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        try (CpuDevice alone = new CpuDevice(1);
                Executable executable = alone.compile(program, Weights.of("rehearsal", values))) {
            long before;
            do {
                before = thread.getCurrentThreadAllocatedBytes();
                executable.run(inputs);
            } while (goOn.test(thread.getCurrentThreadAllocatedBytes() - before));
        }
    }

    private static HostTensor noise(Shape shape) {
        float[] values = new float[Math.toIntExact(shape.size())];
        int state = 1;
        for (int i = 0; i < values.length; i++) {
            state = state * 1664525 + 1013904223; // Knuth 1981, 3.3.4
            values[i] = state * 0x1p-32f;
        }
        return HostTensor.of(values, shape.dims());
    }

    /** Every kind of layer of a UNet, each once or twice. */
    private static Program network() {
        Tensor x = Tensor.input("x", 1, 4, SIZE, SIZE);
        Tensor t = Tensor.input("t", 1, WIDTH);
        Tensor text = Tensor.input("text", 1, TEXT, TEXT_WIDTH);
        Tensor in = conv("in", x, WIDTH, 3, 1);
        Tensor h = conv("conv1", norm("norm1", in).silu(), WIDTH, 3, 1);
        h = h.add(linear("time", t.silu(), WIDTH).reshape(1, WIDTH, 1, 1));
        h = in.add(conv("conv2", norm("norm2", h).silu(), WIDTH, 3, 1));

        Tensor tokens = conv("proj_in", norm("norm3", h), WIDTH, 1, 1)
                .permute(0, 2, 3, 1)
                .reshape(1, SIZE * SIZE, WIDTH);
        tokens = tokens.add(attention("attn1", layerNorm("norm4", tokens), layerNorm("norm4", tokens)));
        tokens = tokens.add(attention("attn2", layerNorm("norm5", tokens), text));
        Tensor gate = linear("gate", layerNorm("norm6", tokens), 8 * WIDTH);
        gate = gate.slice(2, 0, 4 * WIDTH)
                .mul(gate.slice(2, 4 * WIDTH, 8 * WIDTH).gelu());
        tokens = tokens.add(linear("feed", gate, WIDTH));
        Tensor map = tokens.reshape(1, SIZE, SIZE, WIDTH).permute(0, 3, 1, 2);
        h = h.add(conv("proj_out", map, WIDTH, 1, 1));

        Tensor down = conv("down", h, WIDTH, 3, 2);
        Tensor up = Tensor.concat(1, down.upsampleNearest(SIZE, SIZE), h);
        h = conv("shortcut", up, WIDTH, 1, 1)
                .add(conv("conv3", norm("norm7", up).silu(), WIDTH, 3, 1));
        Tensor large = conv("narrow", norm("norm8", h).silu(), NARROW, 1, 1).upsampleNearest(LARGE, LARGE);
        return Program.of(conv("out", conv("large", large, NARROW, 3, 1), 4, 3, 1));
    }

    private static Tensor attention(String name, Tensor q, Tensor context) {
        Tensor keys = linear(name + ".k", context, WIDTH);
        Tensor values = linear(name + ".v", context, WIDTH);
        return linear(name + ".out", linear(name + ".q", q, WIDTH).attention(keys, values, WIDTH / 40, false), WIDTH);
    }

    private static Tensor linear(String name, Tensor x, int out) {
        return x.linear(Tensor.weight(name, out, x.shape().dim(-1)), Tensor.weight(name + ".bias", out));
    }

    private static Tensor conv(String name, Tensor x, int out, int kernel, int stride) {
        return x.conv2d(
                Tensor.weight(name, out, x.shape().dim(1), kernel, kernel),
                Tensor.weight(name + ".bias", out),
                stride,
                Conv.Padding.same(kernel / 2));
    }

    private static Tensor norm(String name, Tensor x) {
        int channels = x.shape().dim(1);
        return x.groupNorm(channels / 10, Tensor.weight(name, channels), Tensor.weight(name + ".bias", channels), 1e-5);
    }

    private static Tensor layerNorm(String name, Tensor x) {
        int width = x.shape().dim(-1);
        return x.layerNorm(Tensor.weight(name, width), Tensor.weight(name + ".bias", width), 1e-5);
    }
}
