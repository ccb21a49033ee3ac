package io.github.cones4j.engine.exec;

import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A device that is here, or one that might be and why it cannot be used.
 *
 * @param id what it is asked for by: {@code cpu}, {@code opencl:0}; where nothing is known of single devices that of all of
 *     their kind, {@code opencl}
 * @param name what it is, for people
 * @param gpu whether it is a graphics processor, which is preferred to a processor where the choice is free
 * @param memory in bytes, if known
 * @param features what else there is to say of it, in a few words each
 * @param obstacle why it cannot be used; null if it can
 */
public record FoundDevice(
        String id,
        String name,
        boolean gpu,
        OptionalLong memory,
        List<String> features,
        @Nullable Obstacle obstacle) {
    /** Copies the features. */
    public FoundDevice {
        features = List.copyOf(features);
    }

    /**
     * Why a device cannot be used.
     *
     * @param reason in one sentence
     * @param remedy what to do to have it
     */
    public record Obstacle(String reason, String remedy) {}

    /** One that cannot be used. */
    public static FoundDevice unusable(String id, String name, boolean gpu, String reason, String remedy) {
        return new FoundDevice(id, name, gpu, OptionalLong.empty(), List.of(), new Obstacle(reason, remedy));
    }

    /** Whether it can be opened. */
    public boolean usable() {
        return obstacle == null;
    }

    /** The kind: the id up to the colon. */
    public String kind() {
        int colon = id.indexOf(':');
        return colon < 0 ? id : id.substring(0, colon);
    }

    @Override
    public String toString() {
        return id + " (" + name + ")";
    }
}
