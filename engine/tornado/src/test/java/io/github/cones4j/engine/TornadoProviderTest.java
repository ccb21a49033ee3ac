package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;
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
import org.junit.jupiter.api.Test;

/** What JVMs with a whole TornadoVM, a broken one and none find; each is a process of its own, for TornadoVM starts once or never. */
final class TornadoProviderTest {
    private static final String HOME = "TORNADOVM_HOME";

    @Test
    void withoutTornadoVm_theGpuIsLeftOut_andTheRestWorks() throws Exception {
        assertThat(list())
                .contains("cpu null", "gpu Obstacle[reason=this JVM was started without TornadoVM, remedy=", HOME);
    }

    @Test
    void withTornadoVm_itsDevicesAreListed() throws Exception {
        assertThat(list("@" + argfile())).contains("cpu null").containsPattern("(opencl|ptx|cuda):0 null");
    }

    @Test
    void withoutItsLibrary_tornadoVmIsLeftOut_andSaysSo() throws Exception {
        assertThat(list("@" + argfile(), "-Djava.library.path=/nonexistent"))
                .contains("cpu null", "TornadoVM failed to start", "Library not found", "must be a whole TornadoVM");
    }

    @Test
    void withOptionsThatGiveWrongResults_tornadoVmIsLeftOut() throws Exception {
        assertThat(list("@" + argfile(), "-Dtornado.recover.bailout=True"))
                .contains("cpu null", "-Dtornado.recover.bailout=True", "wrong results", "start without that option");
        assertThat(list("@" + argfile(), "-Dtornado.tvm.maxbytecodesize=4096"))
                .contains("cpu null", "-Dtornado.tvm.maxbytecodesize=4096", "wrong results");
    }

    /** That of the installed TornadoVM; the tests that need it are left out where there is none. */
    private static Path argfile() {
        String home = System.getenv(HOME);
        assumeTrue(home != null, "left out: " + HOME + " is not set");
        Path file = Path.of(home, "tornado-argfile");
        assumeTrue(Files.isReadable(file), "left out: no " + file);
        return file;
    }

    /** What a new JVM prints. */
    private static String list(String... options) throws IOException, URISyntaxException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--add-modules=jdk.incubator.vector");
        command.addAll(List.of(options));
        command.add("-cp");
        command.add(classPath());
        command.add(ListDevices.class.getName());
        Path output = Files.createTempFile("devices", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.waitFor();
            return Files.readString(output, StandardCharsets.UTF_8);
        } finally {
            Files.delete(output);
        }
    }

    private static String classPath() throws URISyntaxException {
        List<String> parts = new ArrayList<>();
        for (Class<?> type : List.of(Devices.class, TornadoProvider.class, ListDevices.class)) {
            parts.add(Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString());
        }
        return String.join(File.pathSeparator, parts);
    }
}
