package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.DeviceProvider;
import io.github.cones4j.engine.exec.FoundDevice;
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
            List<FoundDevice> found = TornadoDrivers.find();
            return found.isEmpty() ? unusable(backend, "its driver lists no device") : found;
        } catch (Throwable e) { // of a native library or a static initialiser as well
            return unusable(backend, "TornadoVM failed to start: " + cause(e));
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

    private static List<FoundDevice> unusable(String backend, String reason) {
        String remedy =
                switch (backend) {
                    case "opencl" ->
                        "install an OpenCL driver for your GPU; `clinfo -l` must list it, and /etc/OpenCL/vendors name it";
                    case "ptx" -> "install the NVIDIA driver; `nvidia-smi` must list the GPU";
                    default ->
                        "install the NVIDIA driver and CUDA's run-time compiler (libnvrtc), and have its folder in LD_LIBRARY_PATH";
                };
        return List.of(FoundDevice.unusable(backend, "TornadoVM's " + backend, true, reason, remedy));
    }

    /** The first cause: what is around it only says that classes were being initialised. */
    private static String cause(Throwable e) {
        Throwable first = e;
        for (Throwable next = e.getCause(); next != null; next = next.getCause()) {
            first = next;
        }
        String text = Objects.requireNonNullElse(first.getMessage(), "").strip();
        String line = text.lines().findFirst().orElse("");
        return line.isEmpty() ? first.toString() : first.getClass().getSimpleName() + ": " + line;
    }

    @Override
    public Device open(FoundDevice found) {
        int colon = found.id().indexOf(':');
        if (colon < 0 || !found.usable()) {
            throw new IllegalArgumentException("not a device of TornadoVM that can be used: " + found);
        }
        return TornadoDrivers.open(
                found.kind().toUpperCase(Locale.ROOT), Integer.parseInt(found.id().substring(colon + 1)), Precision.FLOAT32);
    }
}
