package io.github.cones4j.engine;

import io.github.cones4j.engine.cpu.CpuProvider;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.DeviceProvider;
import io.github.cones4j.engine.exec.FoundDevice;
import io.github.cones4j.engine.exec.FoundDevice.Obstacle;
import io.github.cones4j.engine.exec.Precision;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * The devices of providers besides the CPU's on the class path: none in this module, GPUs in the module that runs these tests on them.
 * One that cannot be used leaves out each test that opens it, so that the report counts them.
 */
public final class OtherDevices {
    private OtherDevices() {}

    /** The first usable device of each provider, or the reason why there is none. */
    public static Stream<Supplier<Device>> all() {
        return ServiceLoader.load(DeviceProvider.class).stream()
                .filter(provider -> provider.type() != CpuProvider.class)
                .map(provider -> firstOf(provider.get()));
    }

    private static Supplier<Device> firstOf(DeviceProvider provider) {
        FoundDevice first = provider.find().stream()
                .filter(FoundDevice::usable)
                .findFirst()
                .orElseGet(() -> provider.find().getFirst());
        return () -> open(provider, first);
    }

    private static Device open(DeviceProvider provider, FoundDevice device) {
        Obstacle obstacle = device.obstacle();
        if (obstacle != null) {
            throw new TestAbortedException("left out, " + device + ": " + obstacle.reason());
        }
        return provider.open(device, Precision.FLOAT32);
    }
}
