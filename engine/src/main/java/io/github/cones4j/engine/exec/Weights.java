package io.github.cones4j.engine.exec;

import io.github.cones4j.engine.graph.Spec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Named tensors with an owner: usually a mapped file. Reading after {@link #close} fails with an error that says so.
 *
 * <p>An overlay shares everything but the tensors it replaces, so that many variants of one model cost only their
 * difference.
 */
public final class Weights implements AutoCloseable {
    /** What has to be released with the weights, for instance the mapping of a file. */
    @FunctionalInterface
    public interface Owner {
        /** Releases the memory behind the tensors; called at most once. */
        void release();
    }

    private final String name;
    private final Map<String, HostTensor> tensors;
    private final @Nullable Owner owner;
    private boolean closed;

    private Weights(String name, Map<String, HostTensor> tensors, @Nullable Owner owner) {
        this.name = name;
        this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        this.owner = owner;
    }

    /** Weights in memory that need no release. */
    public static Weights of(String name, Map<String, HostTensor> tensors) {
        return new Weights(name, tensors, null);
    }

    /** Weights whose memory {@code owner} releases on {@link #close}. */
    public static Weights of(String name, Map<String, HostTensor> tensors, Owner owner) {
        return new Weights(name, tensors, owner);
    }

    /** Weights without any tensor, for programs that use none. */
    public static Weights none() {
        return of("no weights", Map.of());
    }

    /** Where they come from, for error messages: usually a path. */
    public String name() {
        return name;
    }

    /** The names of all tensors, in the order of the file. */
    public Set<String> keys() {
        return tensors.keySet();
    }

    /** All tensors by name, in the order of the file. */
    public Map<String, HostTensor> tensors() {
        return open();
    }

    /** The tensor of that name, or null if there is none. */
    public @Nullable HostTensor find(String key) {
        return open().get(key);
    }

    /**
     * The tensor of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public HostTensor get(String key) {
        HostTensor tensor = find(key);
        if (tensor == null) {
            throw new IllegalArgumentException(name + ": no tensor named " + key);
        }
        return tensor;
    }

    /** These weights with some tensors added or replaced; the overlay does not own the memory of these. */
    public Weights overlay(String overlayName, Map<String, HostTensor> replaced) {
        Map<String, HostTensor> merged = new LinkedHashMap<>(open());
        merged.putAll(replaced);
        return new Weights(overlayName, merged, null);
    }

    /**
     * Compares these weights with the keys a model declared, and reports everything that does not fit in one message.
     *
     * @param model the model's name for the message
     * @param expected key and shape of every weight the model uses
     * @param ignored keys that may be there although the model does not use them (for instance position_ids)
     * @throws IllegalArgumentException listing every missing, unexpected and mis-shaped key
     */
    public void check(String model, Map<String, Spec> expected, Set<String> ignored) {
        List<String> missing = new ArrayList<>();
        List<String> shaped = new ArrayList<>();
        List<String> unexpected = new ArrayList<>();
        new TreeMap<>(expected).forEach((key, spec) -> {
            HostTensor found = find(key);
            if (found == null) {
                missing.add("  missing     " + key + " " + spec.shape());
            } else if (!found.shape().equals(spec.shape())) {
                shaped.add("  wrong shape " + key + ": model " + spec.shape() + ", file " + found.shape());
            }
        });
        for (String key : keys()) {
            if (!expected.containsKey(key) && !ignored.contains(key)) {
                unexpected.add("  unexpected  " + key + " " + get(key).shape());
            }
        }
        if (missing.isEmpty() && shaped.isEmpty() && unexpected.isEmpty()) {
            return;
        }
        StringBuilder message = new StringBuilder(name + ": does not hold a " + model + ": " + missing.size()
                + " keys missing, " + shaped.size() + " of wrong shape, " + unexpected.size() + " unexpected:");
        for (List<String> lines : List.of(missing, shaped, unexpected)) {
            lines.forEach(line -> message.append('\n').append(line));
        }
        throw new IllegalArgumentException(message.toString());
    }

    private Map<String, HostTensor> open() {
        if (closed) {
            throw new IllegalStateException("weights are closed: " + name);
        }
        return tensors;
    }

    /** Releases the memory; closing again does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (owner != null) {
                owner.release();
            }
        }
    }
}
