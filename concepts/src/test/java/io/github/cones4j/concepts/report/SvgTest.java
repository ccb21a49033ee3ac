package io.github.cones4j.concepts.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.concepts.report.Chart.BarSeries;
import io.github.cones4j.concepts.report.Chart.Bars;
import io.github.cones4j.concepts.report.Chart.Line;
import io.github.cones4j.concepts.report.Chart.Lines;
import io.github.cones4j.concepts.report.Chart.Point;
import io.github.cones4j.concepts.report.Chart.Tone;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SvgTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | 0.6000000000000001 | 0.0 0.2 0.4 0.6",
                "-0.24 | 0.6 | −0.4 −0.2 0.0 0.2 0.4 0.6",
                "0 | 99 | 0 20 40 60 80 100",
                "0 | 5 | 0 1 2 3 4 5",
                "1e-8 | 6e-8 | 0.00000001 0.00000002 0.00000003 0.00000004 0.00000005 0.00000006",
                "3 | 3 | 3 4",
                "0 | 0 | 0.0 0.2",
                "1e6 | 3e6 | 1000000 1500000 2000000 2500000 3000000",
            })
    void scale_enclosesTheDataInRoundNumbers(double least, double most, String labels) {
        Scale scale = Scale.around(least, most, 5, 0, 100);
        assertThat(String.join(" ", scale.ticks().stream().map(scale::label).toList()))
                .isEqualTo(labels);
    }

    @Test
    void scale_placesValuesEvenly() {
        Scale scale = Scale.around(0, 10, 5, 200, 100);
        assertThat(scale.at(0)).isEqualTo(200);
        assertThat(scale.at(5)).isEqualTo(150);
        assertThat(scale.at(10)).isEqualTo(100);
    }

    @Test
    void bars_riseAndFallFromZero_inProportion() {
        Bars bars = new Bars(
                "unit",
                List.of("g"),
                List.of(
                        new BarSeries("up", Tone.STRONG, List.of(2.0), List.of(0.0)),
                        new BarSeries("down", Tone.QUIET, List.of(-1.0), List.of(0.5))));
        // -2 .. 2 over 244 - 30 pixels: zero at 137, one unit is 53.5
        assertThat(Svg.of(bars, "c"))
                .contains("<title>g, up: 2</title>\n<rect x=\"362.5\" y=\"30.0\" width=\"41.0\" height=\"107.0\"/>")
                .contains(
                        "<title>g, down: −1 ± 0.5</title>\n<rect x=\"406.5\" y=\"137.0\" width=\"41.0\" height=\"53.5\"/>")
                .contains("<path class=\"error\" d=\"M427.0 217.3V163.8M423.0 163.8h8M423.0 217.3h8\"/>");
    }

    @Test
    void lines_joinTheirPoints() {
        Lines lines =
                new Lines("x", "y", List.of(new Line("l", Tone.SECOND, List.of(new Point(0, 0), new Point(8, 5)))));
        assertThat(Svg.of(lines, "c"))
                .contains("<path class=\"line t1\" d=\"M58.0 244.0L740.0 30.0\"><title>l</title></path>");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0.51234, 0.512",
        "-0.18, −0.18",
        "1234567, 1.23e6",
        "0.00001234, 1.23e−5",
        "1, 1",
        "12345, 12345",
        "100, 100",
        "50, 50"
    })
    void number_hasThreeDigits(double value, String text) {
        assertThat(Svg.number(value)).isEqualTo(text);
    }
}
