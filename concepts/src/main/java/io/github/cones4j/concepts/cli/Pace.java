package io.github.cones4j.concepts.cli;

import java.util.Locale;

/** How fast a work of many equal parts goes, and how long it will still take. */
final class Pace {
    private final long begin = System.nanoTime();

    /**
     * Both in words.
     *
     * @param done parts since the beginning, at least 1
     * @param left parts to come
     */
    String after(int done, int left) {
        double each = (System.nanoTime() - begin) * 1e-9 / done;
        return String.format(Locale.ROOT, "%.2f s each, %s left", each, time(each * left));
    }

    /** Seconds as {@code 2 h 05 min}, {@code 12 min}, {@code 7 s}. */
    static String time(double seconds) {
        long s = Math.round(seconds);
        if (s >= 3600) {
            return String.format(Locale.ROOT, "%d h %02d min", s / 3600, s / 60 % 60);
        }
        return s >= 60 ? s / 60 + " min" : s + " s";
    }
}
