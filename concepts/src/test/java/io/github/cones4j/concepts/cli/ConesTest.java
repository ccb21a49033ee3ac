package io.github.cones4j.concepts.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

final class ConesTest {

    @Test
    void version_saysToolAndJava() {
        CommandRun run = CommandRun.of("--version");

        assertThat(run.code()).isZero();
        assertThat(run.out()).startsWith("cones ").contains("on Java " + Runtime.version());
    }

    @Test
    void anUnknownOption_exitsWithTwoAndNamesIt() {
        CommandRun run = CommandRun.of("--no-such-option");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("--no-such-option").contains("cones --help");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void withoutACommand_listsTheCommandsAsAnError() {
        CommandRun run = CommandRun.of();

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("doctor", "parity", "tokenize");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void anError_isOneLineAndWithVerboseShowsWhereItArose() {
        CommandRun run = CommandRun.of("noise", "--seed", 1, "--shape", 4, "--kind", "pink", "--out", "n.safetensors");
        CommandRun verbose =
                CommandRun.of("noise", "--seed", 1, "--shape", 4, "--kind", "pink", "--out", "n", "--verbose");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines())
                .containsExactly("cones noise: noise kind: found 'pink', expected one of [torch-cpu, philox]");
        assertThat(verbose.err()).startsWith(run.err()).contains("\tat io.github.cones4j");
    }

    @Test
    void message_ofAFileThatIsMissingOrForbidden_saysSo() {
        assertThat(Cones.message(new UncheckedIOException(new NoSuchFileException("a/b"))))
                .isEqualTo("a/b: no such file or folder");
        assertThat(Cones.message(new AccessDeniedException("a/b"))).isEqualTo("a/b: permission denied");
        assertThat(Cones.message(new IOException("disk full"))).isEqualTo("input or output failed: disk full");
    }

    @Test
    void message_ofAFaultOfOurs_asksForAReport() {
        assertThat(Cones.message(new IndexOutOfBoundsException("3")))
                .contains("internal error", "IndexOutOfBoundsException: 3", "--verbose");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyOption_hasOneLineOfHelp(CommandSpec command) {
        String[] help = command.commandLine().getUsageMessage().split("\n", -1);

        assertThat(Stream.concat(command.options().stream(), command.positionalParameters().stream()))
                .allSatisfy(option -> assertThat(option.description())
                        .as(command.qualifiedName() + " " + name(option))
                        .hasSize(1)
                        .allSatisfy(line -> assertThat(help)
                                .anyMatch(printed -> printed.endsWith(
                                        line.replace("${DEFAULT-VALUE}", option.defaultValueString())))));
        assertThat(command.usageMessage().description()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyOption_isInTheManual(CommandSpec command) throws IOException {
        String manual = Files.readString(Path.of("..", "docs", "cli.md"));
        String title = "## " + command.name() + "\n";

        assertThat(manual).contains(title);
        String section = manual.substring(manual.indexOf(title) + title.length());
        section = section.substring(0, (section + "\n## ").indexOf("\n## "));
        assertThat(section)
                .contains(command.options().stream()
                        .filter(option -> !option.inherited())
                        .map(option -> "`" + option.longestName())
                        .toList());
    }

    private static String name(ArgSpec option) {
        return option.isOption() ? ((CommandLine.Model.OptionSpec) option).longestName() : option.paramLabel();
    }

    private static Stream<CommandSpec> commands() {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        return Cones.command(new Console(InputStream.nullInputStream(), nowhere, nowhere, false))
                .getSubcommands()
                .values()
                .stream()
                .map(CommandLine::getCommandSpec);
    }
}
