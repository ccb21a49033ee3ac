package io.github.cones4j.concepts.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ConsoleTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private Console console(boolean terminal) {
        return new Console(
                InputStream.nullInputStream(),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminal);
    }

    @Test
    void onATerminal_aStepReplacesTheOneBeforeAndLeavesNothingBehind() {
        Console console = console(true);
        console.step("step 1");
        console.step("step 2");
        console.progress("done");

        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("\r\u001b[Kstep 1\r\u001b[Kstep 2\r\u001b[Kdone" + System.lineSeparator());
    }

    @Test
    void elsewhere_stepsOfTheFirstSecondsAreNotPrinted() {
        Console console = console(false);
        console.step("step 1");
        console.progress("done");

        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("done" + System.lineSeparator());
    }

    @Test
    void pace_saysHowLongItWillTake() {
        assertThat(Pace.time(7.4)).isEqualTo("7 s");
        assertThat(Pace.time(725)).isEqualTo("12 min");
        assertThat(Pace.time(7500)).isEqualTo("2 h 05 min");
        assertThat(new Pace().after(1, 0)).endsWith(" s each, 0 s left");
    }
}
