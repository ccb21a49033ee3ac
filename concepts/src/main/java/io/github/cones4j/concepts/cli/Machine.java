package io.github.cones4j.concepts.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the system says of this machine and this process. */
final class Machine {
    private static final Path STATUS = Path.of("/proc/self/status");

    private Machine() {}

    /** Memory in bytes: of the container, inside one. */
    static long memory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    /**
     * A line of {@code /proc/self/status} in bytes, on Linux: {@code RssAnon} is the process's own memory, {@code
     * RssFile} are pages of mapped files such as weights.
     */
    static OptionalLong status(String field) {
        if (!Files.isReadable(STATUS)) {
            return OptionalLong.empty();
        }
        try {
            Matcher line = Pattern.compile("(?m)^" + field + ":\\s+(\\d+) kB$").matcher(Files.readString(STATUS));
            return line.find() ? OptionalLong.of(Long.parseLong(line.group(1)) << 10) : OptionalLong.empty();
        } catch (IOException _) {
            return OptionalLong.empty();
        }
    }

    /** Bytes as {@code 1,234 MiB}. */
    static String mib(long bytes) {
        return String.format(Locale.ROOT, "%,d MiB", (bytes + (1 << 19)) >> 20);
    }
}
