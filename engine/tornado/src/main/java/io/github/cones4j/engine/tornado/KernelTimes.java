package io.github.cones4j.engine.tornado;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long the device took for each kind of kernel, as its driver says. TornadoVM tells it in a text that it goes on writing, one
 * for each graph. To have each kernel timed costs time itself, so it is done only if the property {@value #PROPERTY} is true.
 */
final class KernelTimes {
    private static final String PROPERTY = "cones4j.tornado.profile";

    /** Whether they are asked for. */
    static final boolean WANTED = Boolean.getBoolean(PROPERTY);

    /** What is neither a kernel's nor in a graph that was named. */
    private static final String TRANSFERS = "transfer";

    private static final Pattern TASK =
            Pattern.compile("\"(\\w+)\\.(\\w+)\": \\{[^}]*?\"TASK_KERNEL_TIME\": \"(\\d+)\"");

    private final Map<String, String> labels = new HashMap<>();
    private final Map<String, Integer> read = new HashMap<>(); // how much of the text of each graph
    private final Map<String, Long> nanoseconds = new TreeMap<>();

    /** Says of what kind a task is. */
    void name(String task, String label) {
        labels.put(task, label);
    }

    /** Adds what a graph's text says that it did not say before. */
    void add(String log) {
        Matcher task = TASK.matcher(log);
        String graph = task.find() ? task.group(1) : "";
        int from = read.getOrDefault(graph, 0);
        for (boolean found = task.find(from); found; found = task.find()) {
            String label = labels.getOrDefault(graph + "." + task.group(2), TRANSFERS);
            nanoseconds.merge(label, Long.valueOf(task.group(3)), Long::sum);
        }
        read.put(graph, log.length());
    }

    /** Nanoseconds since compilation by label. */
    Map<String, Long> byLabel() {
        return new TreeMap<>(nanoseconds);
    }
}
