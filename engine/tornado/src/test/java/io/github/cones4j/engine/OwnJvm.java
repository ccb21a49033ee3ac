package io.github.cones4j.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cones4j.engine.exec.Devices;
import io.github.cones4j.engine.tornado.TornadoProvider;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A JVM for a test that needs options of its own: TornadoVM reads them once, when it starts. */
final class OwnJvm {
    static final String HOME = "TORNADOVM_HOME";

    private OwnJvm() {}

    /** TornadoVM's options, as an option. */
    static String tornado() {
        return "@" + argfile();
    }

    /** The file of these options; the tests that need it are left out where none is installed. */
    static Path argfile() {
        String home = System.getenv(HOME);
        assumeTrue(home != null, "left out: " + HOME + " is not set");
        Path file = Path.of(home, "tornado-argfile");
        assumeTrue(Files.isReadable(file), "left out: no " + file);
        return file;
    }

    /** All that a class of this module's tests prints, and the JVM around it. */
    static String run(List<String> options, Class<?> main, String... arguments)
            throws IOException, URISyntaxException, InterruptedException {
        return run(Map.of(), options, main, arguments);
    }

    /** As before, with variables of the environment. */
    static String run(Map<String, String> environment, List<String> options, Class<?> main, String... arguments)
            throws IOException, URISyntaxException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--add-modules=jdk.incubator.vector");
        command.addAll(options);
        command.add("-cp");
        command.add(classPath(main));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile("output", ".txt");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            builder.start().waitFor();
            return Files.readString(output, StandardCharsets.UTF_8);
        } finally {
            Files.delete(output);
        }
    }

    private static String classPath(Class<?> main) throws URISyntaxException {
        List<String> parts = new ArrayList<>();
        for (Class<?> type : List.of(Devices.class, TornadoProvider.class, main)) {
            parts.add(Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString());
        }
        return String.join(File.pathSeparator, parts);
    }
}
