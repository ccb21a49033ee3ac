package io.github.cones4j.diffusion.parity;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.config.JsonFile;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A stored case and its siblings in the same folder.
 *
 * @param path the file
 * @param tensors what it holds
 */
record CaseFile(Path path, Weights tensors) implements AutoCloseable {
    static CaseFile open(Path path) {
        return new CaseFile(path, Safetensors.open(path));
    }

    /** Another file of the same folder. */
    CaseFile sibling(String name) {
        return open(path.resolveSibling(name + ".safetensors"));
    }

    /** The settings beside it, {@code case.json}. */
    JsonFile settings() {
        return JsonFile.read(path.resolveSibling("case.json"));
    }

    boolean has(String key) {
        return tensors.keys().contains(key);
    }

    boolean hasSuffix(String suffix) {
        return tensors.keys().stream().anyMatch(key -> key.endsWith(suffix));
    }

    HostTensor get(String key) {
        return tensors.get(key);
    }

    /** The number of tensors 0.name, 1.name, ... */
    int count(String name) {
        int n = 0;
        while (has(n + "." + name)) {
            n++;
        }
        return n;
    }

    /** All tensors whose key begins so, by key. */
    Map<String, HostTensor> startingWith(String prefix) {
        Map<String, HostTensor> found = new LinkedHashMap<>();
        tensors.tensors().forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                found.put(key, value);
            }
        });
        return found;
    }

    @Override
    public void close() {
        tensors.close();
    }
}
