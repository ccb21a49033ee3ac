package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.MemoryPlan.SegmentPeak;
import io.github.cones4j.engine.exec.Slots;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides where every buffer of a lowered program lies: which results take over the memory of a dead operand, which
 * updates are written straight over the old value, which results a run gives away as they are, and the slots of the rest in one slab.
 */
final class Placement {
    private static final long SCRATCH = 4L << 20; // bytes that a worker takes at first use

    private final List<Step> steps;
    private final Map<String, View> outputs = new LinkedHashMap<>();
    private final Map<String, View> copiedUpdates = new LinkedHashMap<>();
    private final Map<Buffer, Integer> first = new IdentityHashMap<>();
    private final Map<Buffer, Integer> last = new IdentityHashMap<>();
    private final Set<Buffer> seen = new LinkedHashSet<>(); // identity: buffers do not define equals
    private final Set<Buffer> constants = new LinkedHashSet<>();
    private final Map<String, Buffer> handedOut = new LinkedHashMap<>();
    private final List<Buffer> slotted = new ArrayList<>();
    private final Slots slots;
    private final long slab; // in floats
    private final MemoryPlan plan;

    Placement(Program program, Lowering lowering, int threads) {
        steps = lowering.steps();
        lowering.outputs().forEach((name, tensor) -> outputs.put(name, lowering.view(tensor)));
        lifetimes(lowering);
        lowering.updates().forEach((name, tensor) -> {
            View value = lowering.view(tensor);
            Buffer state = lowering.state(name);
            if (!overwrite(value, state)) {
                copiedUpdates.put(name, value);
                last.put(value.buffer().root(), steps.size());
            }
        });
        handOut(lowering);
        reuseDeadOperands();
        List<Slots.Lifetime> lifetimes = new ArrayList<>();
        for (Buffer buffer : seen) {
            if (buffer.root() == buffer && buffer.kind() == Buffer.Kind.SLAB && !handedOut.containsValue(buffer)) {
                slotted.add(buffer);
            }
        }
        slotted.forEach(
                buffer -> lifetimes.add(new Slots.Lifetime(buffer.size(), at(first, buffer), at(last, buffer))));
        slots = Slots.of(lifetimes, Buffer.ALIGNMENT);
        slab = Math.max(
                slots.total(),
                constants.stream().mapToLong(Buffer::staged).max().orElse(0));
        long transfer = 0;
        for (View view : outputs.values()) {
            transfer += 4L * view.size();
        }
        for (View view : lowering.inputs().values()) {
            transfer += 4L * view.size();
        }
        long packed =
                constants.stream().mapToLong(buffer -> 4 * buffer.alignedSize()).sum();
        long state = program.updates().values().stream()
                .mapToLong(tensor -> 4 * tensor.shape().size())
                .sum();
        plan = new MemoryPlan(4 * slab, packed, state, SCRATCH * threads, transfer, peaks());
    }

    MemoryPlan plan() {
        return plan;
    }

    /** Where the results lie at the end of a run, by name. */
    Map<String, View> outputs() {
        return outputs;
    }

    /** Results that a run computes in memory of their own, which it gives away, by name. */
    Map<String, Buffer> handedOut() {
        return handedOut;
    }

    /** New values of weights that are still to be copied over the old ones at the end of a run. */
    Map<String, View> copiedUpdates() {
        return copiedUpdates;
    }

    /** The constant buffers that are read in a run. */
    Set<Buffer> constants() {
        return constants;
    }

    /** Makes the slab, long enough for the largest weight that is to be packed, and puts the buffers into it. */
    float[] allocate() {
        long size = slab + Workers.ALIGNED;
        if (size > Integer.MAX_VALUE - 8) {
            throw new IllegalStateException("activations need " + ((4 * size) >> 20)
                    + " MiB, more than one Java array holds (8191 MiB); use a smaller batch or picture, or recompute"
                    + " segments");
        }
        float[] memory = new float[(int) size];
        for (int i = 0; i < slotted.size(); i++) {
            slotted.get(i).place(memory, Workers.ALIGNED + (int) slots.offset(i));
        }
        return memory;
    }

    private static int at(Map<Buffer, Integer> map, Buffer buffer) {
        Integer step = map.get(buffer);
        if (step == null) {
            throw new IllegalStateException("a buffer without a lifetime");
        }
        return step;
    }

    private void lifetimes(Lowering lowering) {
        lowering.inputs().values().forEach(view -> touch(view.buffer(), -1));
        for (int i = 0; i < steps.size(); i++) {
            for (View view : steps.get(i).writes()) {
                touch(view.buffer(), i);
            }
            int step = i;
            steps.get(i).operands().forEach(view -> touch(view.buffer(), step));
        }
        outputs.values().forEach(view -> touch(view.buffer(), steps.size()));
        lowering.updates().values().forEach(tensor -> {
            Buffer buffer = lowering.view(tensor).buffer();
            touch(buffer, first.getOrDefault(buffer, steps.size())); // an update may be a mere constant
        });
    }

    private void touch(Buffer buffer, int step) {
        if (buffer.kind() == Buffer.Kind.CONSTANT) {
            constants.add(buffer);
        }
        if (first.merge(buffer, step, Math::min) == step) {
            seen.add(buffer);
        }
        last.merge(buffer, step, Math::max);
    }

    /** Lets an update be computed in the memory of the old value, if nothing reads that at the same time or later. */
    private boolean overwrite(View value, Buffer state) {
        Buffer buffer = value.buffer();
        if (buffer.kind() != Buffer.Kind.SLAB || !value.isWholeRowMajor() || buffer.size() != state.size()) {
            return false;
        }
        int producer = at(first, buffer);
        if (producer < 0 || producer == steps.size()) {
            return false; // an input of the run, or without elements
        }
        for (int i = producer + 1; i < steps.size(); i++) {
            if (steps.get(i).operands().anyMatch(view -> view.buffer() == state)) {
                return false;
            }
        }
        Step step = steps.get(producer);
        if (step.reads().stream().anyMatch(view -> view.buffer() == state)
                || step.replaceable().stream().anyMatch(view -> view.buffer() == state && !view.isWholeRowMajor())) {
            return false;
        }
        buffer.mergeInto(state);
        return true;
    }

    /** Finds the results that need not be copied: they are a whole buffer as they are to be given away. */
    private void handOut(Lowering lowering) {
        lowering.outputs().forEach((name, tensor) -> {
            View view = lowering.view(tensor);
            Buffer buffer = view.buffer();
            if (tensor.dtype() != DType.I32
                    && buffer.kind() == Buffer.Kind.SLAB
                    && view.isWholeRowMajor()
                    && !handedOut.containsValue(buffer)) {
                handedOut.put(name, buffer);
            }
        });
    }

    /** Lets results take over the memory of a replaceable operand that nobody needs any more. */
    private void reuseDeadOperands() {
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            if (step.replaceable().isEmpty()) {
                continue;
            }
            View out = step.writes().getFirst();
            Buffer target = out.buffer();
            if (target.root() != target || handedOut.containsValue(target) || at(first, target) != i) {
                continue; // it lives elsewhere, or has a part that was written before
            }
            Buffer dead = deadOperand(step, out, i);
            if (dead != null) {
                int end = at(last, target);
                target.mergeInto(dead);
                last.put(dead, end);
            }
        }
    }

    private @Nullable Buffer deadOperand(Step step, View out, int index) {
        for (View candidate : step.replaceable()) {
            Buffer root = candidate.buffer().root();
            boolean fits = root.kind() == Buffer.Kind.SLAB
                    && at(last, root) == index
                    && candidate.buffer().size() == out.buffer().size()
                    && root.size() == out.buffer().size()
                    && candidate.liesAs(out);
            if (fits
                    && step.reads().stream().noneMatch(other -> other.buffer().root() == root)
                    && step.replaceable().stream()
                            .allMatch(other -> other.buffer().root() != root || other.liesAs(candidate))) {
                return root;
            }
        }
        return null;
    }

    /** The live activations at the fullest moment of each segment. */
    private List<SegmentPeak> peaks() {
        long[] change = new long[steps.size() + 2];
        for (Buffer buffer : slotted) {
            change[Math.max(at(first, buffer), 0)] += 4 * buffer.size();
            change[at(last, buffer) + 1] -= 4 * buffer.size();
        }
        Map<String, Long> peaks = new LinkedHashMap<>();
        long live = 0;
        for (int i = 0; i < steps.size(); i++) {
            live += change[i];
            peaks.merge(path(steps.get(i).tensor()), live, Math::max);
        }
        return peaks.entrySet().stream()
                .map(entry -> new SegmentPeak(entry.getKey(), entry.getValue()))
                .toList();
    }

    private static String path(Tensor tensor) {
        Segment segment = tensor.segment();
        return segment == null ? "" : segment.path();
    }
}
