package io.github.cones4j.weights.keys;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A one-to-one map between the names of modules in diffusers and in the original code; what follows them is kept. */
final class ModuleNames {
    private final Map<String, String> originals = new HashMap<>();
    private final Map<String, String> diffusers = new HashMap<>();

    /** Adds a module: a whole subtree, or a single layer. */
    void put(String inDiffusers, String inOriginal) {
        if (originals.put(inDiffusers, inOriginal) != null || diffusers.put(inOriginal, inDiffusers) != null) {
            throw new IllegalStateException("named twice: " + inDiffusers + " = " + inOriginal);
        }
    }

    /** The diffusers name of a key of the original code, or null if its module is unknown. */
    @Nullable
    String toDiffusers(String key) {
        return rename(key, diffusers);
    }

    /** The original name of a key of diffusers, or null if its module is unknown. */
    @Nullable
    String toOriginal(String key) {
        return rename(key, originals);
    }

    private static @Nullable String rename(String key, Map<String, String> names) {
        for (int dot = key.lastIndexOf('.'); dot > 0; dot = key.lastIndexOf('.', dot - 1)) {
            String name = names.get(key.substring(0, dot));
            if (name != null) {
                return name + key.substring(dot);
            }
        }
        return null;
    }
}
