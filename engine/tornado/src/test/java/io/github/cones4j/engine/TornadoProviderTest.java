package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

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
                .contains("cpu null", "TornadoVM failed to start", "Library not found", "must be a whole TornadoVM");
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
