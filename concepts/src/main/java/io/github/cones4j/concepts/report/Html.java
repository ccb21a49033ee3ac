package io.github.cones4j.concepts.report;

import io.github.cones4j.concepts.report.Block.Code;
import io.github.cones4j.concepts.report.Block.Column;
import io.github.cones4j.concepts.report.Block.Facts;
import io.github.cones4j.concepts.report.Block.Grid;
import io.github.cones4j.concepts.report.Block.GridRow;
import io.github.cones4j.concepts.report.Block.HeatRow;
import io.github.cones4j.concepts.report.Block.HeatTable;
import io.github.cones4j.concepts.report.Block.Plot;
import io.github.cones4j.concepts.report.Block.Strip;
import io.github.cones4j.concepts.report.Block.Table;
import io.github.cones4j.concepts.report.Block.Text;
import io.github.cones4j.concepts.report.Chart.Bars;
import io.github.cones4j.concepts.report.Chart.Lines;
import io.github.cones4j.weights.files.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reports as pages: one HTML file that holds its style, plots and pictures, asks nothing of the network and runs no
 * script, suits light and dark surroundings, narrow windows, paper, and screen readers. The bytes depend on the report
 * alone.
 */
public final class Html {
    private static final Pattern NUMBER = Pattern.compile(
            "[-+\u2212]?[\\d.,]*\\d[\\d.,]*(?:e[-+\u2212]?\\d+)?\\s?(?:%|\u00b1.*|[kMG]?B|dB|s|ms)?|\u2014?");

    /** Pixels that the pictures of a grid may take side by side. */
    private static final int GRID_WIDTH = 830;

    private final StringBuilder out = new StringBuilder();

    private Html() {}

    /**
     * Writes a page, whole or not at all.
     *
     * @throws IOException if the disk does not take it; an old page is then untouched
     */
    public static void write(Path file, Report report) throws IOException {
        WholeFile.write(file, page(report));
    }

    /** The page of a report. */
    public static String page(Report report) {
        Html html = new Html();
        html.document(report);
        return html.out.toString();
    }

    private void document(Report report) {
        line("<!DOCTYPE html>");
        line("<html lang=\"en\">");
        line("<head>");
        line("<meta charset=\"utf-8\"/>");
        line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>");
        line("<meta name=\"color-scheme\" content=\"light dark\"/>");
        line("<title>" + escape(report.title()) + "</title>");
        line("<style>\n" + style() + "</style>");
        line("</head>");
        line("<body>");
        line("<header>");
        line("<h1>" + escape(report.title()) + "</h1>");
        line("<p class=\"summary\">" + escape(report.summary()) + "</p>");
        if (!report.figures().isEmpty()) {
            line("<dl class=\"figures\">");
            report.figures().forEach(this::figure);
            line("</dl>");
        }
        line("</header>");
        line("<main>");
        for (Report.Section section : report.sections()) {
            line("<section>");
            line("<h2>" + escape(section.title()) + "</h2>");
            section.blocks().forEach(this::block);
            line("</section>");
        }
        line("</main>");
        line("<footer>");
        report.footer().forEach(this::paragraph);
        line("</footer>");
        line("</body>");
        line("</html>");
    }

    private void figure(Report.KeyFigure figure) {
        definition(escape(figure.label()) + note(figure.note()), escape(figure.value()));
    }

    private void block(Block block) {
        switch (block) {
            case Text(String text) -> paragraph(text);
            case Code(String text) -> line("<pre tabindex=\"0\"><code>" + escape(text) + "</code></pre>");
            case Facts facts -> figure(facts.caption(), () -> facts(facts));
            case Table table -> figure(table.caption(), () -> wide(table.caption(), () -> table(table)));
            case HeatTable table -> figure(table.caption(), () -> wide(table.caption(), () -> heatTable(table)));
            case Grid grid -> figure(grid.caption(), () -> wide(grid.caption(), () -> grid(grid)));
            case Strip strip -> figure(strip.caption(), () -> strip(strip));
            case Plot plot -> figure(plot.caption(), () -> plot(plot));
        }
    }

    private void figure(String caption, Runnable content) {
        line("<figure>");
        line("<figcaption>" + escape(caption) + "</figcaption>");
        content.run();
        line("</figure>");
    }

    /** A region that can be scrolled sideways, by keyboard too, where the window is narrower than its content. */
    private void wide(String caption, Runnable content) {
        line("<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"" + escape(caption) + "\">");
        content.run();
        line("</div>");
    }

    private void facts(Facts facts) {
        line("<dl class=\"facts\">");
        facts.values().forEach((name, value) -> definition(escape(name), escape(value)));
        line("</dl>");
    }

    private void table(Table table) {
        List<Boolean> numeric = new ArrayList<>();
        for (int c = 0; c < table.columns().size(); c++) {
            int column = c;
            numeric.add(c > 0
                    && table.rows().stream()
                            .allMatch(row -> NUMBER.matcher(row.get(column)).matches()));
        }
        line("<table aria-label=\"" + escape(table.caption()) + "\">");
        out.append("<thead><tr>");
        for (int c = 0; c < table.columns().size(); c++) {
            out.append("<th scope=\"col\"").append(numeric.get(c) ? " class=\"number\">" : ">");
            out.append(escape(table.columns().get(c))).append("</th>");
        }
        line("</tr></thead>");
        line("<tbody>");
        for (List<String> row : table.rows()) {
            out.append("<tr><th scope=\"row\">").append(escape(row.getFirst())).append("</th>");
            for (int c = 1; c < row.size(); c++) {
                out.append(numeric.get(c) ? "<td class=\"number\">" : "<td>")
                        .append(escape(row.get(c)))
                        .append("</td>");
            }
            line("</tr>");
        }
        line("</tbody>");
        line("</table>");
    }

    private void heatTable(HeatTable table) {
        double most = table.rows().stream()
                .flatMap(row -> row.values().stream())
                .filter(value -> !value.isNaN())
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(0);
        line("<table class=\"heat\" aria-label=\"" + escape(table.caption()) + "\">");
        out.append("<thead><tr><td></td>");
        table.columns()
                .forEach(column ->
                        out.append("<th scope=\"col\">").append(escape(column)).append("</th>"));
        line("</tr></thead>");
        line("<tbody>");
        for (HeatRow row : table.rows()) {
            out.append("<tr><th scope=\"row\">").append(escape(row.label())).append("</th>");
            for (double value : row.values()) {
                if (Double.isNaN(value)) {
                    out.append("<td></td>");
                } else {
                    long percent = most == 0 ? 0 : Math.round(100 * value / most);
                    String text = new BigDecimal(value)
                            .setScale(table.decimals(), RoundingMode.HALF_EVEN)
                            .toPlainString();
                    out.append("<td style=\"--heat:")
                            .append(percent)
                            .append("%\">")
                            .append(text)
                            .append("</td>");
                }
            }
            line("</tr>");
        }
        line("</tbody>");
        line("</table>");
    }

    private void grid(Grid grid) {
        int across = grid.rows().stream()
                .mapToInt(row -> row.cells().stream().mapToInt(List::size).sum())
                .max()
                .orElse(1);
        int room = Math.clamp(GRID_WIDTH / Math.max(1, across), 64, 192);
        line("<table class=\"grid\" aria-label=\"" + escape(grid.caption()) + "\">");
        out.append("<thead><tr><td></td>");
        for (Column column : grid.columns()) {
            out.append("<th scope=\"col\"").append(column.emphasised() ? " class=\"strong\">" : ">");
            out.append(escape(column.title())).append(note(column.note())).append("</th>");
        }
        line("</tr></thead>");
        line("<tbody>");
        for (GridRow row : grid.rows()) {
            line("<tr><th scope=\"row\">" + escape(row.label()) + "</th>");
            for (int c = 0; c < row.cells().size(); c++) {
                line(grid.columns().get(c).emphasised() ? "<td class=\"strong\"><div>" : "<td><div>");
                row.cells().get(c).forEach(picture -> picture(picture, room));
                line("</div></td>");
            }
            line("</tr>");
        }
        line("</tbody>");
        line("</table>");
    }

    private void strip(Strip strip) {
        line("<div class=\"strip\">");
        strip.pictures().forEach(picture -> picture(picture, 128));
        line("</div>");
    }

    /**
     * A picture, enlarged in half steps or shrunk to fit the room. Small pictures that are enlarged by a whole factor
     * keep sharp pixels.
     */
    private void picture(Picture picture, int room) {
        double fit = (double) room / picture.width();
        double scale = fit < 1 ? fit : Math.floor(2 * fit) / 2;
        String sharp = fit >= 1 && scale == Math.rint(scale) ? " class=\"sharp\"" : "";
        line("<span class=\"picture\"><img src=\"data:image/png;base64," + picture.base64() + "\" alt=\""
                + escape(picture.alternative()) + "\" width=\"" + Math.round(picture.width() * scale) + "\" height=\""
                + Math.round(picture.height() * scale) + "\"" + sharp + "/>" + note(picture.note()) + "</span>");
    }

    private void plot(Plot plot) {
        line("<ul class=\"legend\">");
        switch (plot.chart()) {
            case Bars bars -> bars.series().forEach(series -> legend(series.tone(), series.name()));
            case Lines lines -> lines.lines().forEach(drawn -> legend(drawn.tone(), drawn.name()));
        }
        line("</ul>");
        wide(plot.caption(), () -> out.append(Svg.of(plot.chart(), plot.caption())));
        line("<details><summary>The numbers</summary>");
        switch (plot.chart()) {
            case Bars bars -> wide(bars.unit(), () -> table(numbers(bars)));
            case Lines lines -> lines.lines().forEach(drawn -> wide(drawn.name(), () -> table(numbers(lines, drawn))));
        }
        line("</details>");
    }

    private void legend(Chart.Tone tone, String name) {
        line("<li class=\"" + tone.css() + "\">" + escape(name) + "</li>");
    }

    private static Table numbers(Bars bars) {
        List<String> columns = new ArrayList<>(List.of(""));
        bars.series().forEach(series -> columns.add(series.name()));
        List<List<String>> rows = new ArrayList<>();
        for (int g = 0; g < bars.groups().size(); g++) {
            List<String> row = new ArrayList<>(List.of(bars.groups().get(g)));
            for (Chart.BarSeries series : bars.series()) {
                double error = series.errors().get(g);
                row.add(Svg.number(series.values().get(g)) + (error == 0 ? "" : " \u00b1 " + Svg.number(error)));
            }
            rows.add(row);
        }
        return new Table(bars.unit(), columns, rows);
    }

    private static Table numbers(Lines lines, Chart.Line drawn) {
        List<List<String>> rows = drawn.points().stream()
                .map(point -> List.of(Svg.number(point.x()), Svg.number(point.y())))
                .toList();
        return new Table(drawn.name(), List.of(lines.across(), lines.up()), rows);
    }

    private static String style() {
        try (InputStream css = Html.class.getResourceAsStream("report.css")) {
            if (css == null) {
                throw new IllegalStateException("the style sheet report.css is missing from the class path");
            }
            return new String(css.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the style sheet report.css cannot be read", e);
        }
    }

    private void paragraph(String text) {
        line("<p>" + escape(text) + "</p>");
    }

    private void definition(String name, String value) {
        line("<div><dt>" + name + "</dt><dd>" + value + "</dd></div>");
    }

    private static String note(String text) {
        return text.isEmpty() ? "" : "<span class=\"note\">" + escape(text) + "</span>";
    }

    private void line(String markup) {
        out.append(markup).append('\n');
    }

    /** A text with the characters that mean something in HTML written so that they do not. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
