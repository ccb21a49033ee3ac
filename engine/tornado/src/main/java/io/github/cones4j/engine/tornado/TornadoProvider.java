package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.DeviceProvider;
import io.github.cones4j.engine.exec.FoundDevice;
import io.github.cones4j.engine.exec.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The devices of the one TornadoVM backend that this JVM was started with. TornadoVM may be missing, half there, or fail in its driver:
 * whatever it throws becomes the reason why its devices cannot be used.
 */
public final class TornadoProvider implements DeviceProvider {
    private static final String MODULES = "tornado.drivers.";
    private static final List<String> BACKENDS = List.of("opencl", "ptx", "cuda");

    /** For {@link java.util.ServiceLoader}. */
    public TornadoProvider() {}

    @Override
    public List<FoundDevice> find() {
        String backend = backend();
        if (backend == null) {
            return List.of(FoundDevice.unusable(
                    "gpu",
                    "any",
                    true,
                    ModuleLayer.boot().findModule("tornado.api").isPresent()
                            ? "TornadoVM is there without any of its backends " + BACKENDS
                            : "this JVM was started without TornadoVM",
                    "install TornadoVM 5.2.0-jdk25 with the backend of your GPU, set TORNADOVM_HOME to its folder, and start by "
                            + "./cones, or by java @$TORNADOVM_HOME/tornado-argfile (docs/gpu.md)"));
        }
        try {
            TornadoFlags.set();
        } catch (IllegalStateException e) {
            return List.of(unusable(backend, String.valueOf(e.getMessage()), "start without that option"));
        }
        try {
            int error = backend.equals("ptx") ? driverError() : 0;
            if (error != 0) {
                String reason = "the NVIDIA driver finds no GPU that it can use (error " + error + ")";
                return List.of(unusable(backend, reason, remedy(backend)));
            }
            List<FoundDevice> found = TornadoDrivers.find();
            return found.isEmpty() ? List.of(unusable(backend, "its driver lists no device", remedy(backend))) : found;
        } catch (Throwable e) { // of a native library or a static initialiser as well
            return List.of(unusable(backend, "TornadoVM failed to start: " + cause(e), remedy(backend)));
        }
    }

    /** The backend whose module this JVM has. */
    private static @Nullable String backend() {
        for (String backend : BACKENDS) {
            if (ModuleLayer.boot().findModule(MODULES + backend).isPresent()) {
                return backend;
            }
        }
        return null;
    }

    /**
     * What the NVIDIA driver answers when it is started; 0 if nothing is wrong, or if there is none, as TornadoVM will say. Its PTX
     * backend (5.2.0) does not look at the answer, and then lists as many devices as a number that nobody wrote.
     */
    @SuppressWarnings("restricted") // the driver is called
    private static int driverError() throws Throwable {
        SymbolLookup driver;
        try {
            driver = SymbolLookup.libraryLookup("libcuda.so.1", Arena.global());
        } catch (IllegalArgumentException e) {
            return 0;
        }
        FunctionDescriptor start = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        return (int) Linker.nativeLinker()
                .downcallHandle(driver.find("cuInit").orElseThrow(), start)
                .invokeExact(0);
    }

    private static FoundDevice unusable(String backend, String reason, String remedy) {
        return FoundDevice.unusable(backend, "TornadoVM's " + backend, true, reason, remedy);
    }

    private static String remedy(String backend) {
        return switch (backend) {
                    case "opencl" -> "install your GPU's driver for OpenCL, which `clinfo -l` must list";
                    case "ptx" -> "install the NVIDIA driver, whose `nvidia-smi` must list the GPU";
                    default ->
                        "install the NVIDIA driver, whose `nvidia-smi` must list the GPU, and CUDA's run-time compiler (libnvrtc), with "
                                + "its folder in LD_LIBRARY_PATH";
                }
                + "; TORNADOVM_HOME must be a whole TornadoVM with the backend " + backend + " (docs/gpu.md)";
    }

    /** The first cause: what is around it only says that classes were being initialised. */
    private static String cause(Throwable e) {
        Throwable first = e;
        for (Throwable next = e.getCause(); next != null; next = next.getCause()) {
            first = next;
        }
        String text = Objects.requireNonNullElse(first.getMessage(), "")
                .replaceAll("\u001b\\[[0-9;]*m", "") // colours
                .strip();
        String line = text.lines().findFirst().orElse("");
        return line.isEmpty() ? first.toString() : first.getClass().getSimpleName() + ": " + line;
    }

    @Override
    public Device open(FoundDevice found, Precision precision) {
        int colon = found.id().indexOf(':');
        if (colon < 0 || !found.usable()) {
            throw new IllegalArgumentException("not a device of TornadoVM that can be used: " + found);
        }
        return TornadoDrivers.open(
                found.kind().toUpperCase(Locale.ROOT),
                Integer.parseInt(found.id().substring(colon + 1)),
                precision);
    }
}
