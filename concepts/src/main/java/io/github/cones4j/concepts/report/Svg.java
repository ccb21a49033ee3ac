package io.github.cones4j.concepts.report;

import io.github.cones4j.concepts.report.Chart.BarSeries;
import io.github.cones4j.concepts.report.Chart.Bars;
import io.github.cones4j.concepts.report.Chart.Line;
import io.github.cones4j.concepts.report.Chart.Lines;
import io.github.cones4j.concepts.report.Chart.Point;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Charts as SVG inside a page: real text, the colours of the page's style sheet (so light and dark), and no fonts or
 * windows of this machine needed to draw them.
 */
final class Svg {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 290;
    private static final double LEFT = 58;
    private static final double RIGHT = 752;
    private static final double TOP = 30;
    private static final double BOTTOM = 244;

    private final StringBuilder out = new StringBuilder();

    private Svg() {}

    /**
     * The SVG element of a chart.
     *
     * @param caption what it shows, for those who cannot see it
     */
    static String of(Chart chart, String caption) {
        Svg svg = new Svg();
        svg.line("<svg viewBox=\"0 0 " + WIDTH + " " + HEIGHT + "\" role=\"img\" aria-label=\"" + Html.escape(caption)
                + "\">");
        switch (chart) {
            case Bars bars -> svg.bars(bars);
            case Lines lines -> svg.lines(lines);
        }
        svg.line("</svg>");
        return svg.out.toString();
    }

    private void bars(Bars bars) {
        double least = 0;
        double most = 0;
        for (BarSeries series : bars.series()) {
            for (int g = 0; g < bars.groups().size(); g++) {
                least = Math.min(least, series.values().get(g) - series.errors().get(g));
                most = Math.max(most, series.values().get(g) + series.errors().get(g));
            }
        }
        Scale up = Scale.around(least, most, 5, BOTTOM, TOP);
        vertical(up, bars.unit());
        double groupWidth = (RIGHT - LEFT) / bars.groups().size();
        double barWidth = Math.min(44, 0.76 * groupWidth / bars.series().size());
        for (int g = 0; g < bars.groups().size(); g++) {
            double middle = LEFT + (g + 0.5) * groupWidth;
            double x = middle - barWidth * bars.series().size() / 2;
            for (BarSeries series : bars.series()) {
                bar(series, g, bars.groups().get(g), up, x, barWidth);
                x += barWidth;
            }
            text(middle, BOTTOM + 22, "middle", "label", bars.groups().get(g));
        }
        horizontal("axis", up.at(0));
    }

    private void bar(BarSeries series, int group, String name, Scale up, double x, double width) {
        double value = series.values().get(group);
        double error = series.errors().get(group);
        double top = Math.min(up.at(value), up.at(0));
        double height = Math.abs(up.at(value) - up.at(0));
        String plusMinus = error == 0 ? "" : " ± " + number(error);
        String title = name + ", " + series.name() + ": " + number(value) + plusMinus;
        line("<g class=\"" + series.tone().css() + "\"><title>" + Html.escape(title) + "</title>");
        line("<rect x=\"" + px(x + 1.5) + "\" y=\"" + px(top) + "\" width=\"" + px(width - 3) + "\" height=\""
                + px(height) + "\"/>");
        if (error > 0) {
            String left = px(x + width / 2 - 4);
            String stem = px(x + width / 2) + " " + px(up.at(value - error)) + "V" + px(up.at(value + error));
            String caps =
                    "M" + left + " " + px(up.at(value + error)) + "h8M" + left + " " + px(up.at(value - error)) + "h8";
            line("<path class=\"error\" d=\"M" + stem + caps + "\"/>");
        }
        line("</g>");
    }

    private void lines(Lines lines) {
        List<Point> points =
                lines.lines().stream().flatMap(line -> line.points().stream()).toList();
        double left = points.stream().mapToDouble(Point::x).min().orElseThrow();
        double right = points.stream().mapToDouble(Point::x).max().orElseThrow();
        double least = points.stream().mapToDouble(Point::y).min().orElseThrow();
        double most = points.stream().mapToDouble(Point::y).max().orElseThrow();
        Scale across = Scale.around(left, right, 8, LEFT, RIGHT - 12);
        Scale up = Scale.around(least, most, 5, BOTTOM, TOP);
        vertical(up, lines.up());
        for (BigDecimal tick : across.ticks()) {
            text(across.at(tick.doubleValue()), BOTTOM + 20, "middle", "tick", across.label(tick));
        }
        text((LEFT + RIGHT) / 2, BOTTOM + 40, "middle", "tick", lines.across());
        for (Line drawn : lines.lines()) {
            String path = drawn.points().stream()
                    .map(point -> px(across.at(point.x())) + " " + px(up.at(point.y())))
                    .collect(Collectors.joining("L", "M", ""));
            line("<path class=\"line " + drawn.tone().css() + "\" d=\"" + path + "\"><title>"
                    + Html.escape(drawn.name()) + "</title></path>");
        }
    }

    private void vertical(Scale up, String unit) {
        text(0, TOP - 16, "start", "tick", unit);
        for (BigDecimal tick : up.ticks()) {
            double y = up.at(tick.doubleValue());
            horizontal("grid", y);
            text(LEFT - 8, y + 4, "end", "tick", up.label(tick));
        }
    }

    private void horizontal(String css, double y) {
        line("<path class=\"" + css + "\" d=\"M" + px(LEFT) + " " + px(y) + "H" + px(RIGHT) + "\"/>");
    }

    private void text(double x, double y, String anchor, String css, String text) {
        line("<text class=\"" + css + "\" x=\"" + px(x) + "\" y=\"" + px(y) + "\" text-anchor=\"" + anchor + "\">"
                + Html.escape(text) + "</text>");
    }

    private void line(String markup) {
        out.append(markup).append('\n');
    }

    /** A position, to a tenth of a pixel. */
    private static String px(double position) {
        return String.format(Locale.ROOT, "%.1f", position);
    }

    /** A number in three significant digits, or whole if it has more. */
    static String number(double value) {
        double size = Math.abs(value);
        String text;
        if (value != 0 && (size < 1e-3 || size >= 1e6)) {
            text = String.format(Locale.ROOT, "%.2e", value).replaceAll("e\\+?(-?)0*", "e$1");
        } else {
            BigDecimal exact = new BigDecimal(value);
            BigDecimal rounded =
                    size < 100 ? exact.round(new MathContext(3)) : exact.setScale(0, RoundingMode.HALF_EVEN);
            text = (rounded.signum() == 0 ? BigDecimal.ZERO : rounded.stripTrailingZeros()).toPlainString();
        }
        return text.replace('-', '\u2212');
    }
}
