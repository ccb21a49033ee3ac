package io.github.cones4j.concepts.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command {@code cones}: exit code 0, 1 (it did not hold) or 2 (bad usage or bad input). */
@Command(
        name = "cones",
        description = "Finds and uses the concept neurons of Stable Diffusion, in pure Java.",
        mixinStandardHelpOptions = true,
        versionProvider = Cones.Version.class,
        synopsisSubcommandLabel = "COMMAND")
public final class Cones implements Callable<Integer> {

    private Cones() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(command().execute(args));
    }

    static CommandLine command() {
        return new CommandLine(new Cones());
    }

    /** Without a command: the list of commands, as an error. */
    @Override
    public Integer call() {
        CommandLine.usage(this, System.err);
        return CommandLine.ExitCode.USAGE;
    }

    /** The version from the jar's manifest, and the Java it runs on. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version =
                    Objects.requireNonNullElse(Cones.class.getPackage().getImplementationVersion(), "unpackaged");
            return new String[] {"cones " + version + " on Java " + Runtime.version()};
        }
    }
}
