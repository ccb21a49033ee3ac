package io.github.cones4j.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.engine.graph.Spec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class WeightsTest {

    private static final HostTensor THREE = HostTensor.of(new float[] {1, 2, 3}, 3);

    private static Weights weights() {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("conv.weight", THREE);
        tensors.put("conv.bias", HostTensor.scalar(1));
        tensors.put("position_ids", HostTensor.of(new int[] {0, 1}, 2));
        return Weights.of("unet.safetensors", tensors);
    }

    @Test
    void tensors_areFoundByName_inTheOrderOfTheFile() {
        try (Weights weights = weights()) {
            assertThat(weights.keys()).containsExactly("conv.weight", "conv.bias", "position_ids");
            assertThat(weights.get("conv.weight")).isSameAs(THREE);
            assertThat(weights.find("conv")).isNull();
            assertThatThrownBy(() -> weights.get("conv"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("unet.safetensors: no tensor named conv");
        }
    }

    @Test
    void closing_releasesOnce_andLaterReadersAreToldSo() {
        AtomicInteger released = new AtomicInteger();
        Weights weights = Weights.of("clip.safetensors", Map.of("a", THREE), released::incrementAndGet);

        weights.close();
        weights.close();

        assertThat(released).hasValue(1);
        assertThatThrownBy(() -> weights.get("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("weights are closed: clip.safetensors");
        assertThatThrownBy(weights::tensors).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> weights.overlay("more", Map.of())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void overlay_replacesAndAdds_andLeavesTheBaseAsItIs() {
        HostTensor other = HostTensor.of(new float[] {9, 9, 9}, 3);
        try (Weights base = weights();
                Weights overlay = base.overlay("edited", Map.of("conv.weight", other, "extra", THREE))) {
            assertThat(overlay.name()).isEqualTo("edited");
            assertThat(overlay.get("conv.weight")).isSameAs(other);
            assertThat(overlay.get("conv.bias")).isSameAs(base.get("conv.bias"));
            assertThat(overlay.get("extra")).isSameAs(THREE);
            assertThat(base.get("conv.weight")).isSameAs(THREE);
            assertThat(base.find("extra")).isNull();
        }
    }

    @Test
    void check_reportsEverythingAtOnce() {
        try (Weights weights = weights()) {
            assertThatThrownBy(() -> weights.check(
                            "UNet",
                            Map.of("conv.weight", Spec.f32(4), "mid.weight", Spec.f32(2, 2)),
                            Set.of("position_ids")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("""
                            unet.safetensors: does not hold a UNet: 1 keys missing, 1 of wrong shape, 1 unexpected:
                              missing     mid.weight [2,2]
                              wrong shape conv.weight: model [4], file [3]
                              unexpected  conv.bias []""");
            assertThatCode(() -> weights.check(
                            "UNet",
                            Map.of("conv.weight", Spec.f32(3), "conv.bias", Spec.f32()),
                            Set.of("position_ids")))
                    .doesNotThrowAnyException();
        }
    }
}
