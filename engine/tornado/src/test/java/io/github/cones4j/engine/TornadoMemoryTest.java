package io.github.cones4j.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Where memory is short there is the right result or one error that says what to do; then the device goes on, without a leak. */
final class TornadoMemoryTest {
    private static final String OF_FIRST = String.valueOf(5.0 * (1 << 20));
    private static final String OF_NEARLY_ALL = String.valueOf(7.5 * (1 << 20));
    private static final String ERROR = "java.lang.IllegalStateException: ";

    @Test
    void onAFullDevice_whatHasNoRoomIsRefusedWithTheRemedy_andTheRestStaysRight() throws Exception {
        Map<String, String> found = fill("-Dtornado.device.memory=64MB");

        String[] remedy = {
            "close other executables", "smaller picture or batch", "--device cpu", "tornado.device.memory"
        };
        assertThat(found.get("large"))
                .startsWith(ERROR)
                .contains("has room for 64 MiB, of which open executables hold 0, and the program needs 160 MiB")
                .contains(remedy);
        assertThat(found.get("second"))
                .startsWith(ERROR)
                .contains("has room for 64 MiB, of which open executables hold 40, and the program needs 40 MiB")
                .contains(remedy);
        assertThat(found.get("second elsewhere")) // refused by TornadoVM, in the run
                .startsWith(ERROR)
                .contains("has no room left for the executable of [out], now closed, and it needs 40 MiB")
                .contains(remedy);
        assertThat(found).containsEntry("elsewhere", ERROR + "executable is closed: executable of [out]");
        assertRight(found);
    }

    @Test
    void withTooLittleDirectMemory_whatHasNoTwinIsRefusedWithTheRemedy_andTheRestStaysRight() throws Exception {
        Map<String, String> found = fill("-XX:MaxDirectMemorySize=64m");

        for (String which : List.of("large", "second", "elsewhere")) {
            assertThat(found.get(which))
                    .startsWith(ERROR)
                    .contains("the JVM's direct memory", which.equals("large") ? "needs 160 MiB" : "needs 40 MiB")
                    .contains("-XX:MaxDirectMemorySize in CONES_JAVA_OPTS", "smaller picture or batch");
        }
        assertRight(found);
    }

    /** What {@link FillMemory} with programs of 40 MiB says of each, where there is that much less than it wants. */
    private static Map<String, String> fill(String limit) throws Exception {
        String output = OwnJvm.run(List.of(OwnJvm.tornado(), limit), FillMemory.class, "40");
        assertThat(output).endsWith("all closed" + System.lineSeparator());
        return Arrays.stream(output.split("\\R"))
                .filter(line -> line.contains(": "))
                .map(line -> line.split(": ", 2))
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1], (one, two) -> one));
    }

    private static void assertRight(Map<String, String> found) {
        assertThat(found)
                .containsEntry("first", OF_FIRST)
                .containsEntry("first after it", OF_FIRST)
                .containsEntry("first at last", OF_FIRST)
                .containsEntry("nearly all", OF_NEARLY_ALL);
    }
}
