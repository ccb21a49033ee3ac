package io.github.cones4j.concepts.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code cones}: exit code 0, 1 (it did not hold) or 2 (bad usage or bad input). */
@Command(
        name = "cones",
        description = "Finds and uses the concept neurons of Stable Diffusion, in pure Java.",
        versionProvider = Cones.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Exit codes: 0 done, 1 it did not hold, 2 bad usage or bad input."})
public final class Cones implements Callable<Integer> {
    /** It ran, and the answer is no: a comparison beyond its tolerance, a file that is not good. */
    static final int DOES_NOT_HOLD = 1;

    /** Bad usage or bad input. */
    static final int BAD = 2;

    private static final int WIDTH = 120;
    private static final int OPTIONS_WIDTH = 40;

    private final Console console;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Shows the options and ends.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Shows the version and ends.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean version;

    @Spec
    private @Nullable CommandSpec spec;

    private Cones(Console console) {
        this.console = console;
    }

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Says how each layer is computed, and where in the code an error arose.")
    void verbose(boolean asked) {
        console.setVerbose(asked);
    }

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(run(Console.ofProcess(), args));
    }

    /** Runs one command. */
    static int run(Console console, String... args) {
        try {
            return command(console).execute(args);
        } catch (OutOfMemoryError e) {
            console.err()
                    .println("cones: not enough memory: " + e.getMessage() + "; the heap's limit is "
                            + Machine.mib(Runtime.getRuntime().maxMemory())
                            + ", raise it where the machine has more: ./cones ... --memory 10g");
            return BAD;
        }
    }

    /** All commands. */
    static CommandLine command(Console console) {
        Cones cones = new Cones(console);
        CommandLine command = new CommandLine(cones)
                .addSubcommand(new DemoCommand(console))
                .addSubcommand(new GenerateCommand(console))
                .addSubcommand(new FindCommand(console))
                .addSubcommand(new InspectCommand(console))
                .addSubcommand(new CombineCommand(console))
                .addSubcommand(new TrainToylandCommand(console))
                .addSubcommand(new EvaluateToylandCommand(console))
                .addSubcommand(new DoctorCommand(console))
                .addSubcommand(new DevicesCommand(console))
                .addSubcommand(new TokenizeCommand(console))
                .addSubcommand(new NoiseCommand(console))
                .addSubcommand(new SynthesizeCommand(console))
                .addSubcommand(new ParityCommand(console))
                .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
                .setUsageHelpWidth(WIDTH)
                .setUsageHelpLongOptionsMaxWidth(OPTIONS_WIDTH)
                .setParameterExceptionHandler((e, _) -> cones.misused(e))
                .setExecutionExceptionHandler((e, at, _) -> cones.failed(e, at));
        command.getSubcommands()
                .values()
                .forEach(subcommand -> subcommand
                        .getCommandSpec()
                        .usageMessage()
                        .sortOptions(false)
                        .sortSynopsis(false));
        return command;
    }

    /** Without a command: the list of commands, as an error. */
    @Override
    public Integer call() {
        Objects.requireNonNull(spec).commandLine().usage(console.err());
        return BAD;
    }

    private int misused(ParameterException e) {
        String name = e.getCommandLine().getCommandSpec().qualifiedName();
        console.err().println(name + ": " + e.getMessage());
        console.err().println("See " + name + " --help.");
        trace(e);
        return BAD;
    }

    private int failed(Exception e, CommandLine at) {
        console.err().println(at.getCommandSpec().qualifiedName() + ": " + message(e));
        trace(e);
        return BAD;
    }

    private void trace(Exception e) {
        if (console.isVerbose()) {
            e.printStackTrace(console.err());
        }
    }

    /** What an exception says to the user. */
    static String message(Exception e) {
        String text = Objects.requireNonNullElse(e.getMessage(), e.toString());
        return switch (e) {
            case UncheckedIOException unchecked when unchecked.getCause() != null -> message(unchecked.getCause());
            case NoSuchFileException missing -> missing.getFile() + ": no such file or folder";
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            case FileAlreadyExistsException exists -> exists.getFile() + ": exists already, and is no folder";
            case FileSystemException _ -> text;
            case IOException _ -> "input or output failed: " + text;
            case IllegalArgumentException _, IllegalStateException _ -> text;
            default -> "internal error, please report it: " + e + " (--verbose shows where)";
        };
    }

    /** The version from the jar's manifest, and the Java it runs on. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {name() + " on Java " + Runtime.version()};
        }

        /** Tool and version, as files name it. */
        static String name() {
            return "cones "
                    + Objects.requireNonNullElse(Cones.class.getPackage().getImplementationVersion(), "unpackaged");
        }
    }
}
