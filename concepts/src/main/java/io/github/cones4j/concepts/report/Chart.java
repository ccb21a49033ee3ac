package io.github.cones4j.concepts.report;

import java.util.List;

/** The numbers of a plot. */
public sealed interface Chart {

    /**
     * How a series stands out: the one that matters, those it is compared with. Each is a colour that suits light and
     * dark pages.
     */
    enum Tone {
        /** The series to look at. */
        STRONG("t0"),
        /** A second one that matters. */
        SECOND("t1"),
        /** A third one. */
        THIRD("t2"),
        /** What it is compared with. */
        QUIET("t3"),
        /** What it is compared with last. */
        FAINT("t4");

        private final String css;

        Tone(String css) {
            this.css = css;
        }

        /** The class of the style sheet. */
        String css() {
            return css;
        }
    }

    /**
     * Bars in groups.
     *
     * @param unit what is measured, with its unit
     * @param groups names of the groups, left to right
     * @param series one bar of each in every group
     */
    record Bars(String unit, List<String> groups, List<BarSeries> series) implements Chart {
        /** Checks that every series has a bar for every group. */
        public Bars {
            groups = List.copyOf(groups);
            series = List.copyOf(series);
            if (groups.isEmpty() || series.isEmpty()) {
                throw new IllegalArgumentException("bars of \"" + unit + "\": no group or no series");
            }
            for (BarSeries bars : series) {
                if (bars.values().size() != groups.size() || bars.errors().size() != groups.size()) {
                    throw new IllegalArgumentException("bars of \"" + unit + "\": " + groups.size() + " groups, but "
                            + bars.values().size() + " values and "
                            + bars.errors().size() + " errors in " + bars.name());
                }
            }
        }
    }

    /**
     * One bar in every group.
     *
     * @param name as the legend has it
     * @param values heights, finite
     * @param errors half-lengths of the error bars, 0 for none
     */
    record BarSeries(String name, Tone tone, List<Double> values, List<Double> errors) {}

    /**
     * Lines over a common axis.
     *
     * @param across what the horizontal axis measures
     * @param up what the vertical axis measures
     * @param lines the lines
     */
    record Lines(String across, String up, List<Line> lines) implements Chart {
        /** Checks that there is a point. */
        public Lines {
            lines = List.copyOf(lines);
            if (lines.stream().allMatch(line -> line.points().isEmpty())) {
                throw new IllegalArgumentException("lines of \"" + up + "\": no point");
            }
        }
    }

    /**
     * One line.
     *
     * @param name as the legend has it
     * @param points from left to right, finite
     */
    record Line(String name, Tone tone, List<Point> points) {}

    /** A point of a line. */
    record Point(double x, double y) {}
}
