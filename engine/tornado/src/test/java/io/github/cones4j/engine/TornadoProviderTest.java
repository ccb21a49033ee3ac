package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What JVMs with a whole TornadoVM, a broken one and none find; each is a process of its own, for TornadoVM starts once or never. */
final class TornadoProviderTest {
    @Test
    void withoutTornadoVm_theGpuIsLeftOut_andTheRestWorks() throws Exception {
        assertThat(list())
                .contains(
                        "cpu null", "gpu Obstacle[reason=this JVM was started without TornadoVM, remedy=", OwnJvm.HOME);
    }

    @Test
    void withTornadoVm_itsDevicesAreListed() throws Exception {
        assertThat(list(OwnJvm.tornado())).contains("cpu null").containsPattern("(opencl|ptx|cuda):0 null");
    }

    @Test
    void withoutItsLibrary_tornadoVmIsLeftOut_andSaysSo() throws Exception {
        assertThat(list(OwnJvm.tornado(), "-Djava.library.path=/nonexistent"))
                .contains("cpu null", "TornadoVM failed to start", "must be a whole TornadoVM")
                .containsPattern("Library not found|no tornado-ptx in java.library.path"); // PTX
    }

    @Test
    void withoutItsBackends_tornadoVmIsLeftOut_andSaysSo(@TempDir Path folder) throws Exception {
        Path whole = OwnJvm.argfile().resolveSibling("share/java/tornado");
        try (Stream<Path> jars = Files.list(whole)) {
            for (Path jar : jars.toList()) {
                if (!jar.toString().matches(".*tornado-drivers-(opencl|ptx|cuda).*")) {
                    Files.createSymbolicLink(folder.resolve(whole.relativize(jar)), jar);
                }
            }
        }
        Path argfile = folder.resolve("argfile");
        Files.writeString(
                argfile,
                Files.readString(OwnJvm.argfile())
                        .replace(whole.toString(), folder.toString())
                        .replaceAll(",tornado\\.drivers\\.(opencl|ptx|cuda)", ""));

        assertThat(list("@" + argfile))
                .contains("cpu null", "TornadoVM is there without any of its backends", "with the backend of your GPU");
    }

    @Test
    void withoutADriver_tornadoVmIsLeftOut_andSaysSo() throws Exception {
        Map<String, String> noDevices = Map.of("OCL_ICD_VENDORS", "/nonexistent", "CUDA_VISIBLE_DEVICES", "-1");

        assertThat(OwnJvm.run(noDevices, List.of(OwnJvm.tornado()), ListDevices.class))
                .contains("cpu null", "TornadoVM", "driver", "TORNADOVM_HOME")
                .doesNotContainPattern("(opencl|ptx|cuda):0 null");
    }

    @Test
    void withOptionsThatGiveWrongResults_tornadoVmIsLeftOut() throws Exception {
        assertThat(list(OwnJvm.tornado(), "-Dtornado.recover.bailout=True"))
                .contains("cpu null", "-Dtornado.recover.bailout=True", "wrong results", "start without that option");
        assertThat(list(OwnJvm.tornado(), "-Dtornado.tvm.maxbytecodesize=4096"))
                .contains("cpu null", "-Dtornado.tvm.maxbytecodesize=4096", "wrong results");
    }

    /** What a new JVM lists. */
    private static String list(String... options) throws Exception {
        return OwnJvm.run(List.of(options), ListDevices.class);
    }
}
