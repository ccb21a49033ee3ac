package io.github.cones4j.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Times something that is run again and again: the first run by itself, two more to warm up (one, where it is long), then
 * as many as fit into the time.
 *
 * @param warm seconds to warm up after the first run, beside the one or two runs
 * @param runs that are measured at least
 * @param seconds that are measured at least, unless that takes 50 runs more
 */
public record Clock(double warm, int runs, double seconds) {
    private static final int MOST_RUNS = 50;
    private static final double LONG = 5; // seconds from which one run more is enough to warm up

    /** A clock that measures for so many seconds after warming up, once at least. */
    public Clock(double seconds) {
        this(0, 1, seconds);
    }

    /**
     * Seconds: {@code first}, the median as {@code seconds}, {@code least}; how many
     * {@code runs} those were, and how many went before them to {@code warm} up.
     */
    public Map<String, Object> time(Runnable work) {
        double first = once(work);
        int warmed = 1;
        for (double begin = now(); warmed < (first < LONG ? 3 : 2) || now() - begin < warm; warmed++) {
            work.run();
        }
        List<Double> all = new ArrayList<>();
        double begin = now();
        do {
            all.add(once(work));
        } while (all.size() < runs || (all.size() < MOST_RUNS && now() - begin < seconds));
        all.sort(null);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("seconds", all.get(all.size() / 2));
        figures.put("least", all.getFirst());
        figures.put("first", first);
        figures.put("warm", warmed);
        figures.put("runs", all.size());
        return figures;
    }

    /** Seconds of one run. */
    public static double once(Runnable run) {
        double begin = now();
        run.run();
        return now() - begin;
    }

    private static double now() {
        return System.nanoTime() * 1e-9;
    }
}
