package io.github.cones4j.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.engine.reference.ReferenceDevice;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class DevicesChoiceTest {
    private static final FoundDevice CPU = usable("cpu", false);
    private static final FoundDevice OPENCL_CPU = usable("opencl:1", false);
    private static final FoundDevice GPU = usable("opencl:0", true);
    private static final FoundDevice BROKEN = FoundDevice.unusable("ptx", "PTX", true, "no driver", "install it");

    private static FoundDevice usable(String id, boolean gpu) {
        return new FoundDevice(id, "name of " + id, gpu, OptionalLong.empty(), List.of(), null);
    }

    private static Devices devices(FoundDevice... found) {
        return new Devices(List.of(new DeviceProvider() {
            @Override
            public List<FoundDevice> find() {
                return List.of(found);
            }

            @Override
            public Device open(FoundDevice device, Precision precision) {
                return new ReferenceDevice();
            }
        }));
    }

    @Test
    void auto_isTheGpu_elseTheProcessorWithTheReasons() {
        assertThat(devices(CPU, OPENCL_CPU, GPU, BROKEN).choose("auto").device())
                .isEqualTo(GPU);
        Devices.Choice choice = devices(CPU, OPENCL_CPU, BROKEN).choose("auto");
        assertThat(choice.device()).isEqualTo(CPU);
        assertThat(choice.left()).containsExactly(BROKEN);
    }

    @Test
    void kind_isItsFirstDevice_andNumberTheOneOfThatNumber() {
        Devices devices = devices(CPU, GPU, OPENCL_CPU);
        assertThat(devices.choose("opencl").device()).isEqualTo(GPU);
        assertThat(devices.choose("opencl:1").device()).isEqualTo(OPENCL_CPU);
        assertThat(devices.choose("cpu").device()).isEqualTo(CPU);
    }

    @Test
    void deviceThatCannotBeUsed_isAnErrorWithReasonAndRemedy_neverAnotherDevice() {
        Devices devices = devices(CPU, GPU, BROKEN);
        for (String wish : List.of("ptx", "ptx:3")) {
            assertThatThrownBy(() -> devices.choose(wish))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("device " + wish + " cannot be used: no driver; to have it: install it");
        }
        assertThatThrownBy(() -> devices.choose("cuda"))
                .hasMessageContainingAll("device cuda cannot be used", "not here", "opencl:0");
        assertThatThrownBy(() -> devices.open(BROKEN)).hasMessageContainingAll("ptx", "no driver");
    }

    @Test
    void wishOfNoKind_isRefused() {
        for (String wish : List.of("", "gpu", "cpu:1", "auto:0", "opencl:", "opencl:x", "OPENCL")) {
            assertThatThrownBy(() -> devices(CPU).choose(wish))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("expected auto, cpu, opencl, ptx or cuda", "'" + wish + "'");
        }
    }

    @Test
    void withoutTheGpusPart_itIsSaidHowToHaveIt() {
        assertThat(devices(CPU).all()).hasSize(2);
        assertThatThrownBy(() -> devices(CPU).choose("opencl"))
                .hasMessageContainingAll("device opencl cannot be used", "TORNADOVM_HOME");
    }

    @Test
    void devicesOfTheClassPath_holdTheProcessor() {
        Devices devices = Devices.find();
        try (Device device = devices.open(devices.choose("cpu").device())) {
            assertThat(device.name()).startsWith("cpu (");
        }
    }
}
