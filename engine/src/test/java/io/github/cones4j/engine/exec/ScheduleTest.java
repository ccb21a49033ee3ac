package io.github.cones4j.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.graph.Barrier;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Elementwise;
import io.github.cones4j.engine.graph.Fused;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.Norm;
import io.github.cones4j.engine.graph.Op;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ScheduleTest {

    private final Tensor x = Tensor.input("x", 4, 6);

    private static List<Op> ops(Schedule schedule) {
        return schedule.order().stream().map(Tensor::op).toList();
    }

    private static List<Op> ops(Tensor out) {
        return ops(Schedule.of(Program.of(out)));
    }

    @Test
    void equalNodes_areComputedOnce() {
        Tensor sum = x.softmax().mul(Tensor.input("x", 4, 6).softmax());

        assertThat(ops(sum)).filteredOn(Norm.Softmax.class::isInstance).hasSize(1);
        assertThat(ops(sum)).filteredOn(Leaf.Input.class::isInstance).hasSize(1);
    }

    @Test
    void nodesThatDifferInANumber_areNotMerged() {
        Tensor sum = x.groupNorm(
                        2,
                        Tensor.full(1, x.slice(0, 0, 1).reshape(6).spec()),
                        x.slice(0, 1, 2).reshape(6),
                        1e-5)
                .add(x.groupNorm(
                        2,
                        Tensor.full(1, x.slice(0, 0, 1).reshape(6).spec()),
                        x.slice(0, 1, 2).reshape(6),
                        1e-6));

        assertThat(ops(sum)).filteredOn(Norm.GroupNorm.class::isInstance).hasSize(2);
    }

    @Test
    void affineFunctionsInARow_areOne() {
        assertThat(ops(x.add(1).mul(2).neg().add(3))).containsExactly(x.op(), new Elementwise.Affine(-2, 1));
    }

    @Test
    void affineFunctionThatChangesNothing_isDropped() {
        assertThat(ops(x.mul(2).mul(0.5).softmax())).containsExactly(x.op(), new Norm.Softmax());
    }

    @Test
    void affineFunctionsWhoseProductIsNoFloat32_stayApart() {
        Elementwise.Affine large = new Elementwise.Affine(1e30, 0);
        Elementwise.Affine small = new Elementwise.Affine(1e-30, 0);

        assertThat(links(ops(x.mul(1e30).mul(1e30)))).containsExactly(large, large);
        assertThat(links(ops(x.mul(1e-30).mul(1e-30)))).containsExactly(small, small);
    }

    private static List<Op> links(List<Op> ops) {
        return ops.getLast() instanceof Fused.Chain chain
                ? chain.links().stream().<Op>map(Fused.Link::op).toList()
                : List.of();
    }

    @Test
    void functionsOfOneShape_becomeOneChain() {
        Tensor row = Tensor.input("row", 6);
        Tensor y = x.mul(row).silu();

        List<Op> ops = ops(y.add(y.mul(x)));

        assertThat(ops).hasSize(3);
        assertThat(links(ops))
                .containsExactly(
                        new Elementwise.Mul(), new Elementwise.Silu(), new Elementwise.Mul(), new Elementwise.Add());
    }

    @Test
    void resultsThatOthersNeed_endTheirChains() {
        Tensor shared = x.exp();
        Schedule schedule = Schedule.of(Program.of(Map.of("a", shared.tanh(), "b", shared.softmax())));

        assertThat(ops(schedule))
                .contains(new Elementwise.Exp(), new Elementwise.Tanh(), new Norm.Softmax())
                .noneMatch(Fused.class::isInstance);
    }

    @Test
    void functionsOfAnotherShape_areNotComputedForEachCopy() {
        Tensor row = Tensor.input("row", 6).exp();

        assertThat(ops(x.mul(row))).contains(new Elementwise.Exp(), new Elementwise.Mul());
    }

    @Test
    void longChains_areCutAndGiveAllFunctions() {
        Tensor y = x;
        for (int i = 0; i < 200; i++) {
            y = y.sin();
        }

        List<Op> chains = ops(y).stream().filter(Fused.Chain.class::isInstance).toList();

        assertThat(chains).hasSize(5);
        assertThat(chains.stream()
                        .mapToInt(chain -> ((Fused.Chain) chain).links().size())
                        .sum())
                .isEqualTo(200);
    }

    @Test
    void barrier_comesAfterWhatItWaitsFor() {
        Tensor late = x.exp().softmax();
        Tensor guarded = Tensor.of(new Barrier(), x, late).tanh();

        List<Op> ops = ops(guarded);

        assertThat(ops).containsSubsequence(new Norm.Softmax(), new Barrier(), new Elementwise.Tanh());
    }

    @Test
    void readersOfAReplacedWeight_comeBeforeItsUpdate() {
        Tensor w = Tensor.weight("w", 4, 6);
        Tensor update = w.mul(0.5).add(x);
        // deeper than the update, and reading through a view
        Tensor loss = x.linear(w.permute(1, 0).softmax().permute(1, 0), null)
                .tanh()
                .softmax()
                .sum();
        Schedule schedule = Schedule.of(Program.of(Map.of("loss", loss), Map.of("w", update)));

        List<Tensor> order = schedule.order();
        List<Tensor> readers = order.stream()
                .filter(tensor -> tensor.inputs().stream().anyMatch(in -> Schedule.isView(in.op())))
                .toList();
        int place = order.indexOf(schedule.updates().get("w"));
        assertThat(readers.stream().map(Tensor::op)).contains(new Norm.Softmax());
        assertThat(order.subList(0, place)).contains(readers.getFirst());
        assertThat(order.subList(place, order.size()))
                .contains(schedule.outputs().get("loss"));
    }

    @Test
    void updatesThatReadEachOthersWeights_areOrderedAllTheSame() {
        Map<String, Tensor> updates = new LinkedHashMap<>();
        Tensor a = Tensor.weight("a", 3);
        Tensor b = Tensor.weight("b", 3);
        updates.put("a", a.add(b));
        updates.put("b", b.sub(a));
        Schedule schedule = Schedule.of(Program.of(Map.of(), updates));

        assertThat(schedule.order()).containsAll(schedule.updates().values()).doesNotHaveDuplicates();
    }

    @Test
    void everyNode_comesAfterItsInputs() {
        Tensor w = Tensor.weight("w", 6, 6);
        Tensor y = x.linear(w, null).gelu().softmax().linear(w, null);
        Schedule schedule =
                Schedule.of(Program.of(Map.of("y", y, "norm", w.square().sum()), Map.of("w", w.sub(y.slice(0, 0, 1)))));

        List<Tensor> order = schedule.order();
        for (Tensor tensor : order) {
            assertThat(order.subList(0, order.indexOf(tensor))).containsAll(tensor.inputs());
        }
    }

    @Test
    void resultThatIsAViewOfAReplacedWeight_isACopy() {
        Tensor w = Tensor.weight("w", 4, 6);
        Tensor integers = Tensor.of(new Leaf.Weight("n", Spec.i32()));
        Schedule schedule = Schedule.of(Program.of(
                Map.of("old", w.permute(1, 0), "cast", w.cast(DType.F64), "n", integers),
                Map.of("w", w.neg(), "n", integers)));

        for (Tensor result : schedule.outputs().values()) {
            assertThat(Schedule.isView(result.op()) && result.input(0).op() instanceof Leaf)
                    .as(result.toString())
                    .isFalse();
        }
    }
}
