package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Bindings;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.OpenState;
import io.github.cones4j.engine.exec.Precision;
import io.github.cones4j.engine.exec.Schedule;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Program;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.TornadoTargetDevice;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/**
 * Computes in float32 on whatever TornadoVM drives: a GPU through OpenCL, PTX or CUDA, or a processor through OpenCL; through CUDA also
 * large products in {@link Precision#FLOAT16}. Needs a JVM started with TornadoVM's options.
 */
public final class TornadoDevice implements Device {
    /** The system property for {@link #roomForFloat32}, in MiB. */
    static final String FLOAT32_MIB = "cones4j.tornado.float32MiB";

    private final uk.ac.manchester.tornado.api.common.TornadoDevice device;
    private final String name;
    private final Precision precision;
    private final ChainCompiler chains = new ChainCompiler();
    private final OpenState state;
    private final Room room;

    /**
     * A device that multiplies so.
     *
     * @throws IllegalArgumentException if products are to round and the backend has no kernels for it. TornadoVM's PTX
     *     backend has the instructions, but no asynchronous copies into local memory (5.2.0)
     */
    TornadoDevice(uk.ac.manchester.tornado.api.common.TornadoDevice device, Precision precision) {
        TornadoVMBackendType backend = device.getTornadoVMBackend();
        if (precision != Precision.FLOAT32 && backend != TornadoVMBackendType.CUDA) {
            throw new IllegalArgumentException("products in " + precision.name().toLowerCase(Locale.ROOT)
                    + " need TornadoVM's cuda backend, but this JVM was started with "
                    + backend.name().toLowerCase(Locale.ROOT) + ": start it with cuda, or compute in float32");
        }
        this.device = device;
        this.precision = precision;
        this.name = name(device);
        this.state = new OpenState(name);
        long limit = device.getDeviceContext().getMemoryManager().getHeapSize(); // TornadoVM's own
        this.room =
                new Room(name, Math.min(limit, told(device.getPhysicalDevice().getDeviceGlobalMemorySize())));
    }

    /** What a device is called in messages. */
    static String name(uk.ac.manchester.tornado.api.common.TornadoDevice device) {
        return device.getTornadoVMBackend().name().toLowerCase(Locale.ROOT) + " ("
                + device.getPhysicalDevice().getDeviceName().strip() + ")";
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public MemoryPlan plan(Program program) {
        state.requireOpen();
        return lower(program, Weights.none(), name -> DType.F32).placement.plan();
    }

    @Override
    public MemoryPlan plan(Program program, Weights weights) {
        state.requireOpen();
        Bindings.checkWeights(program, weights);
        return lower(program, weights).placement.plan();
    }

    @Override
    public Executable compile(Program program, Weights weights) {
        state.requireOpen();
        Bindings.checkWeights(program, weights);
        String label = "executable of " + program.outputs().keySet();
        state.opened(label);
        boolean done = false;
        @Nullable MemoryPlan held = null;
        try {
            Lowered lowered = lower(program, weights);
            MemoryPlan plan = lowered.placement.plan();
            lowered.placement.requireWithin(name, largestPiece());
            room.take(plan);
            held = plan;
            Executable executable = new TornadoExecutable(
                    label, program, lowered.lowering, lowered.placement, weights, device, () -> closed(label, plan));
            done = true;
            return executable;
        } catch (OutOfMemoryError e) {
            throw explained(e, held);
        } finally {
            if (!done) {
                closed(label, held); // what failed to compile is not open
            }
        }
    }

    private void closed(String label, @Nullable MemoryPlan held) {
        if (held != null) {
            room.giveBack(held);
        }
        state.closed(label);
    }

    /** What to say of an error: where the JVM's direct memory is full, in which all that lies on the device has a twin, what to do. */
    private RuntimeException explained(OutOfMemoryError error, @Nullable MemoryPlan plan) {
        String text = String.valueOf(error.getMessage());
        boolean direct = text.contains("direct buffer memory")
                || text.startsWith("Unable to allocate"); // the JVM's, the machine's
        if (plan == null || !direct) {
            throw error; // the heap's
        }
        return new IllegalStateException(
                "what lies on " + name
                        + " has a twin in the JVM's direct memory, which has no room for it, and the program needs "
                        + plan.summary()
                        + "; where the machine has more, allow it by -XX:MaxDirectMemorySize in CONES_JAVA_OPTS, else"
                        + " close other executables, use a smaller picture or batch, or --device cpu (" + text + ")",
                error);
    }

    private record Lowered(Lowering lowering, Placement placement) {}

    /**
     * With all weights in float32 if there is ample room for them, else with those of 16 bits as they are stored: to widen them
     * before each use takes no memory, but time.
     */
    private Lowered lower(Program program, Weights weights) {
        Lowered wide = lower(program, weights, name -> DType.F32);
        boolean halves = program.weights().keySet().stream()
                .anyMatch(name -> weights.get(name).dtype().bytes() == 2);
        return halves && wide.placement.plan().total() > roomForFloat32()
                ? lower(program, weights, name -> weights.get(name).dtype())
                : wide;
    }

    private Lowered lower(Program program, Weights weights, Function<String, DType> kept) {
        Lowering lowering = new Lowering(weights::get, kept, chains, program, Schedule.of(program), precision);
        return new Lowered(lowering, new Placement(lowering));
    }

    /** What a program may take for its weights of 16 bits to be widened once: a quarter of the device, or what the user says. */
    private long roomForFloat32() {
        Long mib = Long.getLong(FLOAT32_MIB);
        return mib != null ? mib << 20 : device.getPhysicalDevice().getDeviceGlobalMemorySize() / 4;
    }

    /** Each of the two memories lies in one piece; only OpenCL says how large one may be, of the others it is known what there is in all. */
    private long largestPiece() {
        TornadoTargetDevice driver = device.getPhysicalDevice();
        long bytes = device.getTornadoVMBackend() == TornadoVMBackendType.OPENCL
                ? driver.getDeviceMaxAllocationSize()
                : driver.getDeviceGlobalMemorySize();
        return told(bytes);
    }

    private static long told(long bytes) {
        return bytes > 0 ? bytes : Long.MAX_VALUE; // a driver that does not tell
    }

    @Override
    public void close() {
        state.close();
    }
}
