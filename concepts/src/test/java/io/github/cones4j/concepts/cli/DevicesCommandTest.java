package io.github.cones4j.concepts.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

final class DevicesCommandTest {

    @Test
    void devices_saysWhatThereIsAndWhyTheRestIsNot() {
        CommandRun run = CommandRun.of("devices");

        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("-bit vectors", "heap up to", "gpu: left out: ", "to have it: ");
    }

    @Test
    void json_hasTheFigures() {
        CommandRun run = CommandRun.of("devices", "--json");

        JsonNode cpu = run.json().getFirst();
        assertThat(cpu.get("device").stringValue()).isEqualTo("cpu");
        assertThat(cpu.get("threads").intValue()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(cpu.get("vectorBits").intValue()).isIn(128, 256, 512);
        assertThat(cpu.get("heapBytes").longValue())
                .isEqualTo(Runtime.getRuntime().maxMemory())
                .isLessThanOrEqualTo(cpu.get("machineBytes").longValue());
        assertThat(run.json().get(1).get("available").booleanValue()).isFalse();
    }

    @Test
    void choiceOfTheDevice_isSaidOnce_withTheReasonWhyThereIsNoGpu() {
        CommandRun run = CommandRun.of("parity", "--case", "missing.safetensors");

        assertThat(run.err().lines().filter(line -> line.startsWith("device: ")))
                .singleElement()
                .asString()
                .contains("cpu (", "no GPU: this build of Cones4J is without the part that computes on it");
    }

    @Test
    void deviceThatIsNotThere_isAnError_withReasonAndRemedy() {
        CommandRun run = CommandRun.of("parity", "--device", "opencl", "--case", "missing.safetensors");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err())
                .contains("--device: device opencl cannot be used: this build", "to have it: install TornadoVM");
        assertThat(CommandRun.of("parity", "--device", "gpu", "--case", "x").err())
                .contains("--device: expected auto, cpu, opencl, ptx or cuda");
        assertThat(CommandRun.of("parity", "--device", "ptx", "--threads", 1, "--case", "x")
                        .err())
                .contains("--threads is of the CPU, and --device asks for ptx");
    }

    @Test
    void whatTheLauncherLeftOut_isListedWithItsReasons() {
        String left = System.setProperty("cones.left", "ptx\tno driver\tinstall it\n");
        try {
            CommandRun run = CommandRun.of("devices");

            assertThat(left).isNull();
            assertThat(run.out()).contains("ptx: left out: no driver", "     to have it: install it");
        } finally {
            System.clearProperty("cones.left");
        }
    }
}
