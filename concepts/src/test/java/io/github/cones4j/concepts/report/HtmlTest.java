package io.github.cones4j.concepts.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

final class HtmlTest {

    @TempDir
    private Path folder;

    @Test
    void page_isWellFormed_andHoldsEveryBlock() throws Exception {
        Document page = parse(Html.page(Example.report()));
        assertThat(texts(page, "h2"))
                .containsExactly(
                        "What it looks like", "Two seeds", "How much", "Where the neurons are", "How it was found");
        assertThat(elements(page, "img")).hasSize(5 + 16 + 32);
        assertThat(elements(page, "svg")).hasSize(2);
        assertThat(texts(page, "title").getFirst()).isEqualTo("Concept neurons of “Pip”, a purple fish");
        assertThat(texts(page, "pre")).containsExactly("./cones demo --subject pip --seed 7 --out pip");
    }

    @Test
    void page_asksNothingOfTheNetwork_andRunsNoScript() throws Exception {
        String html = Html.page(Example.report());
        assertThat(html).doesNotContain("<script", "<link", "url(", "@import", "http:", "https:", "javascript:");
        for (Element image : elements(parse(html), "img")) {
            assertThat(image.getAttribute("src")).startsWith("data:image/png;base64,");
        }
    }

    @Test
    void page_canBeReadWithoutSeeingIt() throws Exception {
        Document page = parse(Html.page(Example.report()));
        assertThat(page.getDocumentElement().getAttribute("lang")).isEqualTo("en");
        elements(page, "img").forEach(image -> {
            assertThat(image.getAttribute("alt")).isNotBlank();
            assertThat(image.getAttribute("width")).matches("[1-9]\\d*");
        });
        elements(page, "th")
                .forEach(head -> assertThat(head.getAttribute("scope")).isIn("row", "col"));
        elements(page, "table")
                .forEach(table -> assertThat(table.getAttribute("aria-label")).isNotBlank());
        elements(page, "svg")
                .forEach(chart -> assertThat(chart.getAttribute("aria-label")).isNotBlank());
    }

    @Test
    void texts_areShownAsTheyAreWritten() throws Exception {
        String hostile = "<script>alert(\"1\")</script> & 'more' ]]> %s %n";
        Report report = new Report(
                hostile,
                hostile,
                List.of(new Report.KeyFigure(hostile, hostile, hostile)),
                List.of(new Report.Section(
                        hostile,
                        List.of(
                                new Block.Text(hostile),
                                new Block.Code(hostile),
                                new Block.Facts(hostile, Map.of(hostile, hostile)),
                                new Block.Table(hostile, List.of(hostile), List.of(List.of(hostile))),
                                new Block.HeatTable(
                                        hostile,
                                        List.of(hostile),
                                        List.of(new Block.HeatRow(hostile, List.of(1.0))),
                                        0),
                                new Block.Grid(
                                        hostile,
                                        List.of(new Block.Column(hostile, hostile, true)),
                                        List.of(new Block.GridRow(hostile, List.of(List.of(picture(hostile)))))),
                                new Block.Plot(
                                        hostile,
                                        new Chart.Bars(
                                                hostile,
                                                List.of(hostile),
                                                List.of(new Chart.BarSeries(
                                                        hostile, Chart.Tone.STRONG, List.of(1.0), List.of(0.1)))))))),
                List.of(hostile));
        String html = Html.page(report);
        assertThat(html).doesNotContain("<script>");
        Document page = parse(html);
        for (String tag : List.of("h1", "h2", "p", "code", "dt", "dd", "figcaption", "th", "li", "title", "text")) {
            assertThat(texts(page, tag)).as(tag).anyMatch(text -> text.contains(hostile));
        }
        assertThat(elements(page, "img").getFirst().getAttribute("alt")).isEqualTo(hostile);
    }

    @Test
    void page_ofTheSameReport_hasTheSameBytes() {
        assertThat(Html.page(Example.report())).isEqualTo(Html.page(Example.report()));
    }

    @Test
    void write_replacesAnOldPage_andLeavesNothingBeside() throws IOException {
        Path file = folder.resolve("index.html");
        Files.writeString(file, "old");
        Html.write(file, Example.report());
        assertThat(file).content().isEqualTo(Html.page(Example.report()));
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void smallPictures_areEnlargedByWholeFactorsWithSharpPixels() throws Exception {
        Document page = parse(Html.page(Example.report()));
        Element photo = elements(page, "img").get(0);
        Element single = elements(page, "img").get(5);
        Element oneOfTwo = elements(page, "img").get(25);
        assertThat(List.of(photo.getAttribute("width"), single.getAttribute("width"), oneOfTwo.getAttribute("width")))
                .containsExactly("128", "192", "96");
        assertThat(single.getAttribute("class")).isEqualTo("sharp");
        assertThat(oneOfTwo.getAttribute("class")).isEmpty();
    }

    @Test
    void columnsOfNumbers_areSetRight_andOthersLeft() throws Exception {
        Block table = new Block.Table(
                "t",
                List.of("name", "p", "share", "range", "gap"),
                List.of(
                        List.of("a", "1.2e-5", "97 %", "0 to 1", ""),
                        List.of("b", "\u22120.5", "\u2014", "1 to 2", "13,517")));
        Document page = parse(Html.page(
                new Report("r", "s", List.of(), List.of(new Report.Section("x", List.of(table))), List.of())));
        assertThat(elements(page, "td").stream()
                        .map(cell -> cell.getAttribute("class"))
                        .toList())
                .containsExactly("number", "number", "", "number", "number", "number", "", "number");
    }

    @Test
    void heat_isTheShareOfTheLargestValue() throws Exception {
        Block table = new Block.HeatTable(
                "t",
                List.of("k", "v"),
                List.of(new Block.HeatRow("a", List.of(1.0, 4.0)), new Block.HeatRow("b", List.of(Double.NaN, 0.0))),
                1);
        Document page = parse(Html.page(
                new Report("r", "s", List.of(), List.of(new Report.Section("x", List.of(table))), List.of())));
        List<Element> cells = elements(page, "td").subList(1, 5);
        assertThat(cells.stream().map(cell -> cell.getAttribute("style")).toList())
                .containsExactly("--heat:25%", "--heat:100%", "", "--heat:0%");
        assertThat(cells.stream().map(Element::getTextContent).toList()).containsExactly("1.0", "4.0", "", "0.0");
    }

    @Test
    void blocksThatDoNotFit_nameWhatIsWrong() {
        assertThatThrownBy(() -> new Block.Table("t", List.of("a", "b"), List.of(List.of("1"))))
                .hasMessage("table \"t\": 2 columns, but a row of 1 cells: [1]");
        assertThatThrownBy(() -> new Block.HeatTable("t", List.of("a"), List.of(new Block.HeatRow("r", List.of())), 0))
                .hasMessage("table \"t\": 1 columns, but 0 values in the row r");
        assertThatThrownBy(() -> new Block.Grid("g", List.of(), List.of(new Block.GridRow("r", List.of(List.of())))))
                .hasMessage("grid \"g\": 0 columns, but 1 cells in the row r");
        assertThatThrownBy(() -> Picture.ofPng(new byte[] {1, 2}, "a cat", ""))
                .hasMessage("picture \"a cat\": 2 bytes that do not begin as a PNG file does");
        assertThatThrownBy(() -> new Chart.Bars("u", List.of("g"), List.of()))
                .hasMessage("bars of \"u\": no group or no series");
        assertThatThrownBy(() -> new Chart.Bars(
                        "u",
                        List.of("g"),
                        List.of(new Chart.BarSeries("s", Chart.Tone.STRONG, List.of(1.0, 2.0), List.of(0.0)))))
                .hasMessage("bars of \"u\": 1 groups, but 2 values and 1 errors in s");
        assertThatThrownBy(() -> new Chart.Lines("x", "y", List.of())).hasMessage("lines of \"y\": no point");
    }

    private static Picture picture(String alternative) {
        return Example.picture(Color.RED, Color.BLUE, 1, alternative, alternative);
    }

    private static Document parse(String html) throws ParserConfigurationException, IOException, SAXException {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(html)));
    }

    private static List<Element> elements(Document page, String tag) {
        NodeList nodes = page.getElementsByTagName(tag);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    private static List<String> texts(Document page, String tag) {
        return elements(page, tag).stream().map(Element::getTextContent).toList();
    }
}
