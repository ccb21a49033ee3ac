package io.github.cones4j.bench.gpu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Times something that is run again and again: the first run by itself, two more to warm up, then as many as fit into the time. */
final class Clock {
    private static final int MOST_RUNS = 50;
    private static final double LONG = 5; // seconds from which one run more is enough to warm up

    private final double budget;

    /** A clock that takes so many seconds for each measurement, after warming up. */
    Clock(double budget) {
        this.budget = budget;
    }

    /** Seconds: {@code first}, the median as {@code seconds}, {@code least}, and how many runs those were. */
    Map<String, Object> time(Runnable run) {
        double first = once(run);
        for (int i = 0; i < (first < LONG ? 2 : 1); i++) {
            run.run();
        }
        List<Double> seconds = new ArrayList<>();
        double begin = now();
        do {
            seconds.add(once(run));
        } while (seconds.size() < MOST_RUNS && now() - begin < budget);
        seconds.sort(null);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("seconds", seconds.get(seconds.size() / 2));
        figures.put("least", seconds.getFirst());
        figures.put("first", first);
        figures.put("runs", seconds.size());
        return figures;
    }

    /** Seconds of one run. */
    static double once(Runnable run) {
        double begin = now();
        run.run();
        return now() - begin;
    }

    private static double now() {
        return System.nanoTime() * 1e-9;
    }
}
