package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.FoundDevice;
import io.github.cones4j.engine.exec.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/** What TornadoVM's backends list, once it runs. Apart from {@link TornadoProvider}, which must load where TornadoVM is not. */
final class TornadoDrivers {
    private TornadoDrivers() {}

    static List<FoundDevice> find() {
        List<FoundDevice> found = new ArrayList<>();
        TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
        for (int i = 0; i < runtime.getNumBackends(); i++) {
            TornadoBackend backend = runtime.getBackend(i);
            for (int j = 0; j < backend.getNumDevices(); j++) {
                found.add(describe(
                        backend.getBackendType().name().toLowerCase(Locale.ROOT) + ":" + j, backend.getDevice(j)));
            }
        }
        found.sort((a, b) -> Boolean.compare(b.gpu(), a.gpu())); // stable: graphics processors first
        return found;
    }

    private static FoundDevice describe(String id, TornadoDevice device) {
        TornadoDeviceType type = device.getDeviceType();
        List<String> features = new ArrayList<>();
        features.add(type.name().toLowerCase(Locale.ROOT));
        features.add(device.getPhysicalDevice().getDeviceMaxComputeUnits() + " compute units");
        features.add("local memory " + (device.getDeviceLocalMemorySize() >> 10) + " KiB");
        return new FoundDevice(
                id,
                device.getPhysicalDevice().getDeviceName().strip(),
                type == TornadoDeviceType.GPU,
                OptionalLong.of(device.getMaxGlobalMemory()),
                features,
                null);
    }

    static Device open(String backendType, int number, Precision precision) {
        TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
        for (int i = 0; i < runtime.getNumBackends(); i++) {
            TornadoBackend backend = runtime.getBackend(i);
            if (backend.getBackendType().name().equals(backendType) && number < backend.getNumDevices()) {
                return new io.github.cones4j.engine.tornado.TornadoDevice(backend.getDevice(number), precision);
            }
        }
        throw new IllegalArgumentException("no device " + number + " of " + backendType);
    }
}
