package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Chains that TornadoVM's compiler makes more of than they say. */
final class TornadoChainTest {
    private static final Tensor X = Tensor.input("x", 3);
    private static final Tensor Y = Tensor.input("y", 3);

    /** The compiler takes a sum of a product and something for one operation, also where both are the same product. */
    @Test
    void productAddedToItself_isTwiceTheProduct() {
        Map<String, HostTensor> inputs =
                Map.of("x", HostTensor.of(new float[] {1, -2, 3}, 3), "y", HostTensor.of(new float[] {4, 5, -6}, 3));
        Tensor product = X.mul(Y);
        try (Device device = Gpu.open()) {
            for (Tensor sum : List.of(product.add(product), product.add(Y.mul(X)))) {
                assertThat(device.eval(sum, inputs, Weights.none()).toDoubles()).containsExactly(8, -20, -36);
            }
            for (Tensor sum : List.of(X.square().add(X.square()), X.square().add(X.mul(X)))) {
                assertThat(device.eval(sum, Map.of("x", inputs.get("x")), Weights.none())
                                .toDoubles())
                        .containsExactly(2, 8, 18);
            }
        }
    }
}
