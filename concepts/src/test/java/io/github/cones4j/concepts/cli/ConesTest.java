package io.github.cones4j.concepts.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class ConesTest {

    @Test
    void version_saysToolAndJava() {
        StringWriter out = new StringWriter();
        CommandLine command = Cones.command().setOut(new PrintWriter(out));

        assertThat(command.execute("--version")).isZero();
        assertThat(out.toString()).startsWith("cones ").contains("on Java " + Runtime.version());
    }

    @Test
    void anUnknownOption_exitsWithTwoAndNamesIt() {
        StringWriter err = new StringWriter();
        CommandLine command = Cones.command().setErr(new PrintWriter(err));

        assertThat(command.execute("--no-such-option")).isEqualTo(2);
        assertThat(err.toString()).contains("--no-such-option");
    }
}
