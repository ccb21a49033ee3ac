package io.github.cones4j.weights.model;

import io.github.cones4j.engine.exec.HostTensor;
import java.util.Map;
import java.util.stream.Collectors;

/** A few tensors as an example of many. */
final class TensorNames {
    private static final int SHOWN = 3;

    private TensorNames() {}

    /** As {@code 240 tensors (decoder.conv_in.bias [8], ...)}. */
    static String summary(Map<String, HostTensor> tensors) {
        String names = tensors.entrySet().stream()
                .limit(SHOWN)
                .map(tensor -> tensor.getKey() + " " + tensor.getValue().shape())
                .collect(Collectors.joining(", "));
        return tensors.size() + " tensors (" + names + (tensors.size() > SHOWN ? ", ...)" : ")");
    }
}
