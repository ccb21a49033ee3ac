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
}
