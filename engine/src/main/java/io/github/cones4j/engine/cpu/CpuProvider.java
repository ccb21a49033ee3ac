package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.DeviceProvider;
import io.github.cones4j.engine.exec.FoundDevice;
import io.github.cones4j.engine.exec.Precision;
import java.util.List;
import java.util.OptionalLong;

/** The processor, which is always there. */
public final class CpuProvider implements DeviceProvider {
    private static final String ID = "cpu";

    /** For {@link java.util.ServiceLoader}. */
    public CpuProvider() {}

    @Override
    public List<FoundDevice> find() {
        try (CpuDevice device = new CpuDevice()) {
            return List.of(new FoundDevice(
                    ID,
                    device.name().substring(ID.length()).strip().replaceAll("[()]", ""),
                    false,
                    OptionalLong.of(Runtime.getRuntime().maxMemory()),
                    List.of(),
                    null));
        } catch (LinkageError e) {
            return List.of(FoundDevice.unusable(
                    ID,
                    "processor",
                    false,
                    "the Vector API is missing (" + e + ")",
                    "start the JVM with --add-modules jdk.incubator.vector"));
        }
    }

    /** It uses all processors. */
    @Override
    public Device open(FoundDevice found, Precision precision) {
        if (!found.id().equals(ID)) {
            throw new IllegalArgumentException("not the processor: " + found);
        }
        if (precision != Precision.FLOAT32) {
            throw new IllegalArgumentException("the processor computes in float32 alone, not in " + precision
                    + ", which needs a GPU through cuda");
        }
        return new CpuDevice();
    }
}
