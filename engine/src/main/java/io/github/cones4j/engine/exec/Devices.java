package io.github.cones4j.engine.exec;

import io.github.cones4j.engine.exec.FoundDevice.Obstacle;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All devices of this machine, by the {@link DeviceProvider}s on the class path: chosen by name, or the best one. A device
 * that was asked for and cannot be used is an error, never replaced by another.
 */
public final class Devices {
    /** The wish for the best usable device: a GPU, else the processor. */
    public static final String AUTO = "auto";

    private static final String CPU = "cpu";
    private static final String GPU = "gpu"; // of which nothing more is known
    private static final List<String> KINDS = List.of(CPU, "opencl", "ptx", "cuda");
    private static final Pattern WISH = Pattern.compile("(" + AUTO + "|" + String.join("|", KINDS) + ")(:\\d+)?");

    private static final Obstacle NOT_BUILT = new Obstacle(
            "this build of Cones4J is without the part that computes on it, as TornadoVM was not there",
            "install TornadoVM 5.2.0-jdk25 and set TORNADOVM_HOME to its folder (docs/gpu.md)");

    private final Map<FoundDevice, DeviceProvider> found = new LinkedHashMap<>();

    /**
     * A device that was chosen.
     *
     * @param device the one to open
     * @param left better ones that cannot be used, where the choice was free
     */
    public record Choice(FoundDevice device, List<FoundDevice> left) {}

    /** Devices of given providers, in their order. */
    Devices(Iterable<DeviceProvider> providers) {
        for (DeviceProvider provider : providers) {
            provider.find().forEach(device -> found.put(device, provider));
        }
    }

    /** Looks for all devices; what is looked for may take a second, where drivers are asked. */
    public static Devices find() {
        List<DeviceProvider> providers = new ArrayList<>();
        var each = ServiceLoader.load(DeviceProvider.class, DeviceProvider.class.getClassLoader())
                .iterator();
        while (each.hasNext()) {
            providers.add(each.next());
        }
        return new Devices(providers);
    }

    /** Every device, usable or not; if nothing is known of any GPU, that one is left out and why. */
    public List<FoundDevice> all() {
        List<FoundDevice> all = new ArrayList<>();
        List<FoundDevice> vague = new ArrayList<>();
        found.keySet().forEach(device -> (device.kind().equals(GPU) ? vague : all).add(device));
        if (all.stream().allMatch(device -> device.kind().equals(CPU))) {
            all.add(
                    vague.isEmpty()
                            ? FoundDevice.unusable(GPU, "any", true, NOT_BUILT.reason(), NOT_BUILT.remedy())
                            : vague.getFirst());
        }
        return all;
    }

    /**
     * The device that a wish means.
     *
     * @param wish {@code auto}, {@code cpu}, {@code opencl}, {@code ptx} or {@code cuda}, the last three perhaps with the
     *     number of the device behind a colon
     * @throws IllegalArgumentException if it is not there or cannot be used, with the reason and what to do
     */
    public Choice choose(String wish) {
        if (!WISH.matcher(wish).matches() || wish.matches("(" + AUTO + "|" + CPU + "):.*")) {
            throw new IllegalArgumentException(
                    "expected auto, cpu, opencl, ptx or cuda, the last three perhaps with a number (opencl:1), found '"
                            + wish + "'");
        }
        if (wish.equals(AUTO)) {
            return best();
        }
        List<FoundDevice> meant = all().stream()
                .filter(device -> device.id().equals(wish) || device.kind().equals(wish))
                .toList();
        for (FoundDevice device : meant) {
            if (device.usable()) {
                return new Choice(device, List.of());
            }
        }
        throw new IllegalArgumentException(
                "device " + wish + " cannot be used: " + (meant.isEmpty() ? absent(wish) : why(meant.getFirst())));
    }

    private Choice best() {
        List<FoundDevice> all = all();
        for (FoundDevice device : all) {
            if (device.usable() && device.gpu()) {
                return new Choice(device, List.of());
            }
        }
        for (FoundDevice device : all) {
            if (device.usable() && device.kind().equals(CPU)) {
                return new Choice(device, all.stream().filter(FoundDevice::gpu).toList());
            }
        }
        throw new IllegalArgumentException("no device can be used: " + all);
    }

    private String absent(String wish) {
        List<FoundDevice> all = all();
        for (FoundDevice device : all) {
            if (device.kind().equals(GPU) || (!device.usable() && wish.startsWith(device.kind() + ":"))) {
                return why(device);
            }
        }
        return "it is not here; there are "
                + String.join(
                        ", ",
                        all.stream()
                                .filter(FoundDevice::usable)
                                .map(FoundDevice::toString)
                                .toList());
    }

    private static String why(FoundDevice device) {
        Obstacle obstacle = Objects.requireNonNull(device.obstacle());
        return obstacle.reason() + "; to have it: " + obstacle.remedy();
    }

    /** Opens a device that computes in float32, to be closed by the caller. */
    public Device open(FoundDevice device) {
        return open(device, Precision.FLOAT32);
    }

    /**
     * Opens a device, to be closed by the caller.
     *
     * @throws IllegalArgumentException if it cannot be used, or not with that precision
     */
    public Device open(FoundDevice device, Precision precision) {
        @Nullable DeviceProvider provider = found.get(device);
        if (provider == null || !device.usable()) {
            throw new IllegalArgumentException("device " + device + " cannot be used"
                    + (device.usable() ? ": it is not one of " + found.keySet() : ": " + why(device)));
        }
        return provider.open(device, precision);
    }
}
