package io.github.cones4j.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class KernelTableTest {
    private static KernelTable table(String... lines) {
        return new KernelTable(
                Stream.of(lines).map(JsonMapper.shared()::readTree).toList());
    }

    private static final String[] MEASURED = {
        "{'by':'machine','threads':2,'name':'fma','gflops':200}",
        "{'by':'machine','threads':2,'name':'copy','mebibytes':1,'gbs':100}",
        "{'by':'machine','threads':2,'name':'copy','mebibytes':16,'gbs':50}",
        "{'by':'cones4j','threads':2,'name':'linear 4096 x 320 x 320','ms':8.0}",
        "{'by':'cones4j','threads':2,'name':'linear 4096 x 320 x 320','ms':9.0}",
        "{'by':'cones4j','threads':2,'name':'linear 4096 x 320 x 320','ms':8.388608}",
        "{'by':'pytorch','threads':2,'name':'linear 4096 x 320 x 320','ms':4.194304,'version':'2.0'}",
        "{'by':'cones4j','threads':2,'name':'add 4096 x 320','ms':0.62914560}",
        "{'by':'cones4j','threads':2,'name':'unet 64','ms':3000}",
        "{'by':'cones4j','threads':1,'name':'unet 64','ms':6000}",
    };

    private static String[] measured() {
        return Stream.of(MEASURED).map(line -> line.replace('\'', '"')).toArray(String[]::new);
    }

    @Test
    void line_boundByArithmetic_isSharedWithThePeakOfItsThreadsAndCountsTheMedian() {
        KernelTable.Line line = table(measured()).lines().getFirst();
        assertThat(line.unit()).isEqualTo("GFLOP/s");
        assertThat(Objects.requireNonNull(line.rate()))
                .isCloseTo(100, within(1e-9)); // 2 * 4096 * 320 * 320 / 8.388608 ms
        assertThat(Objects.requireNonNull(line.share())).isCloseTo(0.5, within(1e-9));
        assertThat(Objects.requireNonNull(line.ratio(line.torch()))).isCloseTo(0.5, within(1e-9));
        assertThat(line.nd4j()).isNull();
    }

    @Test
    void line_boundByMemory_isSharedWithTheCopyOfTheNearestSize() {
        KernelTable.Line line = table(measured()).lines().get(1);
        assertThat(line.unit()).isEqualTo("GB/s");
        assertThat(Objects.requireNonNull(line.rate())).isCloseTo(25, within(1e-9)); // 15 MiB
        assertThat(Objects.requireNonNull(line.share())).isCloseTo(0.5, within(1e-9));
    }

    @Test
    void markdown_hasATableForEachNumberOfThreads() {
        String text = table(measured()).markdown();
        assertThat(text)
                .contains("2 threads; the machine: 200 GFLOP/s")
                .contains("| linear 4096 x 320 x 320 | 8.389 | 100 GFLOP/s | 50 % |  |  | 4.194 | 0.50 |")
                .contains("| unet 64 | 3000 |  |  |  |  |  |  |")
                .contains("1 thread;")
                .contains("ND4J: left out (build with -Pnd4j)")
                .contains("PyTorch: 2.0");
    }

    @Test
    void table_withoutMeasurementsOfTheMachine_leavesTheShareOut() {
        KernelTable.Line line = table("{\"by\":\"cones4j\",\"threads\":1,\"name\":\"add 4096 x 320\",\"ms\":1}")
                .lines()
                .getFirst();
        assertThat(line.share()).isNull();
        assertThat(line.rate()).isNotNull();
    }

    @Test
    void json_hasTheRatios() {
        assertThat(JsonMapper.shared()
                        .readTree(table(measured()).json())
                        .path("kernels")
                        .get(0)
                        .path("speed_to_pytorch")
                        .asDouble(0))
                .isCloseTo(0.5, within(1e-9));
    }
}
