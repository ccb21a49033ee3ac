package io.github.cones4j.bench.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cones4j.bench.reference.Measurements.Setting;
import io.github.cones4j.bench.reference.Measurements.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

final class ReferenceTableTest {
    private static final Setting UNET = new Setting(ModelCase.UNET_64, 2);

    private final List<String> lines = new ArrayList<>(List.of("WARNING: not an object"));

    private void ours(int round, double seconds) {
        ours(2, round, seconds);
    }

    private void ours(int threads, int round, double seconds) {
        lines.add(
                "{\"by\":\"cones4j\",\"case\":\"unet-64\",\"threads\":%d,\"round\":%d,\"seconds\":%s,\"needed_bytes\":3000000000}"
                        .formatted(threads, round, seconds));
    }

    private void theirs(int round, String how, double seconds) {
        lines.add(
                "{\"by\": \"pytorch\", \"case\": \"unet-64\", \"threads\": 2, \"round\": %d, \"how\": \"%s\", \"seconds\": %s, \"needed_bytes\": 4000000000}"
                        .formatted(round, how, seconds));
    }

    private Measurements measured() {
        return Measurements.parse(lines);
    }

    private String row(String begin) {
        return new ReferenceTable(measured())
                .text()
                .lines()
                .filter(line -> line.startsWith("| " + begin))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theMedianOfAnEvenNumberIsTheMeanOfTheMiddleTwo() {
        assertThat(Spread.of(DoubleStream.of(4, 1, 3, 10))).contains(new Spread(3.5, 1, 10));
        assertThat(Spread.of(DoubleStream.of(3, 1, 2))).contains(new Spread(2, 1, 3));
        assertThat(Spread.of(DoubleStream.empty())).isEmpty();
    }

    @Test
    void aRatioIsTheMedianOfTheRatiosOfTheRounds() {
        ours(1, 2);
        ours(2, 8); // a disturbed round, of both sides
        ours(3, 3);
        theirs(1, "contiguous", 4);
        theirs(2, "contiguous", 16);
        theirs(3, "contiguous", 5);

        assertThat(measured().ratio(UNET, "seconds")).contains(new Spread(0.5, 0.5, 0.6));
    }

    @Test
    void pyTorchCountsAsItIsFastest() {
        ours(1, 2);
        theirs(1, "contiguous", 4);
        theirs(1, "channels_last,kept", 2.5);

        assertThat(measured().ratio(UNET, "seconds").orElseThrow().median()).isCloseTo(0.8, within(1e-12));
        assertThat(row("UNet 64x64 |"))
                .contains("| 2.50 channels last, kept (as it comes: 4.00) | 0.80 |", "| 3.00 | 4.00 | 0.75 |");
    }

    @Test
    void aRoundWithoutOneSideCountsInNoRatio() {
        ours(1, 2);
        ours(2, 100);
        theirs(1, "contiguous", 4);

        assertThat(measured().ratio(UNET, "seconds")).contains(new Spread(0.5, 0.5, 0.5));
    }

    @Test
    void withoutPyTorchOursIsPrintedAlone() {
        ours(1, 2);
        lines.add(
                "{\"case\":\"/x/unet_64x64.safetensors\",\"outputs\":[{\"name\":\"out64\",\"error\":6.1e-7},{\"name\":\"out32\",\"error\":8e-7}]}");

        assertThat(row("UNet 64x64 |")).startsWith("| UNet 64x64 | 2 | 2.00 | – | – | – | 3.00 | – | – |");
        assertThat(row("unet_64x64.safetensors")).contains("out64 6.1e-07, out32 8.0e-07");
        assertThat(new ReferenceTable(measured()).text()).contains("PyTorch was not run.");
    }

    @Test
    void threadsAreComparedWithOne() {
        ours(1, 1, 4);
        ours(2, 1, 2);
        theirs(1, "contiguous", 4);

        assertThat(row("UNet 64x64, 2 threads | 2.00")).endsWith("| 2.00 | – |");
    }

    @Test
    void theErrorOfAComparisonIsInItsRow() {
        ours(1, 2);
        lines.add("{\"by\":\"comparison\",\"case\":\"unet-64\",\"error\":7.25E-7,\"of\":\"out\"}");

        assertThat(row("UNet 64x64 |")).contains("| 7.3e-07 |");
    }
}
