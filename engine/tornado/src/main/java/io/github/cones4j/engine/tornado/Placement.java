package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.exec.MemoryPlan;
import io.github.cones4j.engine.exec.MemoryPlan.SegmentPeak;
import io.github.cones4j.engine.exec.Slots;
import io.github.cones4j.engine.graph.Segment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides where every slot of a lowered program lies in the device's one memory of floats: the states that runs replace, then
 * the constants, then the activations, which take over each other's places when they are dead; and where the weights of 16
 * bits, and copies of activations that were rounded to as many, lie in theirs.
 */
final class Placement {
    private final List<Task> tasks;
    private final Map<String, Operand> outputs = new LinkedHashMap<>();
    private final Map<String, Operand> copiedUpdates = new LinkedHashMap<>();
    private final Map<Slot, Integer> first = new IdentityHashMap<>();
    private final Map<Slot, Integer> last = new IdentityHashMap<>();
    private final Set<Slot> seen = new LinkedHashSet<>(); // identity: slots do not define equals
    private final Set<Slot> constants = new LinkedHashSet<>();
    private final Set<Slot> halves = new LinkedHashSet<>();
    private final List<Slot> slotted = new ArrayList<>();
    private final long states; // floats of the memory's first part
    private final long total;
    private final long totalHalves;
    private final MemoryPlan plan;

    Placement(Lowering lowering) {
        tasks = lowering.tasks();
        outputs.putAll(lowering.outputs());
        lifetimes(lowering);
        lowering.updates().forEach((name, value) -> {
            if (value.size() > 0 && !overwrite(value, lowering.state(name))) {
                copiedUpdates.put(name, value);
                last.put(value.slot().root(), tasks.size());
            }
        });
        reuseDeadOperands();
        long at = 0;
        for (String name : lowering.updates().keySet()) {
            at = place(lowering.state(name), at);
        }
        states = at;
        for (Slot constant : constants) {
            at = place(constant, at);
        }
        long packed = at - states;
        total = at + share(at, slot -> !slot.isOfHalves());
        long atHalf = 0;
        for (Slot half : halves) {
            atHalf = place(half, atHalf);
        }
        totalHalves = atHalf + share(atHalf, Slot::isOfHalves);
        long transfer = 4 * lowering.inputSlot().size();
        for (Operand operand : outputs.values()) {
            transfer += 4L * operand.size();
        }
        long activations = 4 * (total - at) + 2 * (totalHalves - atHalf);
        plan = new MemoryPlan(activations, 4 * packed + 2 * atHalf, 4 * states, 0, transfer, peaks());
    }

    /** Places the transient slots that are chosen from there on, and says how many elements they share. */
    private long share(long at, Predicate<Slot> chosen) {
        List<Slot> sharing = seen.stream()
                .filter(slot -> slot.root() == slot && slot.isTransient() && chosen.test(slot))
                .toList();
        Slots slots = Slots.of(
                sharing.stream()
                        .map(slot -> new Slots.Lifetime(slot.size(), at(first, slot), at(last, slot)))
                        .toList(),
                Slot.ALIGNMENT);
        slotted.addAll(sharing);
        if (at + slots.total() <= Integer.MAX_VALUE - 64) {
            for (int i = 0; i < sharing.size(); i++) {
                sharing.get(i).place(Math.toIntExact(at + slots.offset(i)));
            }
        }
        return slots.total();
    }

    private static long place(Slot slot, long at) {
        if (at <= Integer.MAX_VALUE) {
            slot.place((int) at);
        }
        return at + Math.ceilDiv(slot.size(), Slot.ALIGNMENT) * Slot.ALIGNMENT;
    }

    MemoryPlan plan() {
        return plan;
    }

    /** Where the results lie at the end of a run, by name. */
    Map<String, Operand> outputs() {
        return outputs;
    }

    /** New values of weights that are still to be copied over the old ones at the end of a run. */
    Map<String, Operand> copiedUpdates() {
        return copiedUpdates;
    }

    /** The constant slots that are read in a run. */
    Set<Slot> constants() {
        return constants;
    }

    /** The constant slots of 16 bits that are read in a run. */
    Set<Slot> halves() {
        return halves;
    }

    /**
     * Does nothing if each of the two memories has room in one piece of so many bytes.
     *
     * @throws IllegalStateException if one has not
     */
    void requireWithin(String place, long bytes) {
        plan.requireWithin(place, bytes, Math.max(4 * total, 2 * totalHalves));
    }

    /** How many floats from the first on hold the states. */
    int states() {
        return Math.toIntExact(states);
    }

    /**
     * The floats of the whole memory, at least one.
     *
     * @throws IllegalStateException if that is more than one array of TornadoVM holds
     */
    int total() {
        if (total > Integer.MAX_VALUE - 64) {
            throw new IllegalStateException("the program needs " + plan.summary()
                    + ": more than the 8191 MiB that one array of TornadoVM holds; use a smaller batch or picture,"
                    + " recompute segments, or --device cpu");
        }
        return Math.max((int) total, 1);
    }

    /**
     * The numbers of 16 bits of the whole memory of such.
     *
     * @throws IllegalStateException if that is more than one array of TornadoVM holds
     */
    int totalHalves() {
        if (totalHalves > Integer.MAX_VALUE - 64) {
            throw new IllegalStateException("the program needs " + plan.summary()
                    + ": what is of 16 bits alone is more than the 4095 MiB that one array of TornadoVM holds; use weights and"
                    + " a precision of float32, or --device cpu");
        }
        return (int) totalHalves;
    }

    private static int at(Map<Slot, Integer> map, Slot slot) {
        Integer task = map.get(slot);
        if (task == null) {
            throw new IllegalStateException("a slot without a lifetime");
        }
        return task;
    }

    private void lifetimes(Lowering lowering) {
        touch(lowering.inputSlot(), -1);
        for (int i = 0; i < tasks.size(); i++) {
            for (Operand operand : tasks.get(i).writes()) {
                touch(operand.slot(), i);
            }
            for (Operand operand : tasks.get(i).reads()) {
                touch(operand.slot(), i);
            }
        }
        touch(lowering.notes().slot(), tasks.size());
        touch(lowering.proof().slot(), tasks.size());
        outputs.values().forEach(operand -> touch(operand.slot(), tasks.size()));
        lowering.updates().values().forEach(value -> {
            Slot slot = value.slot();
            touch(slot, first.getOrDefault(slot, tasks.size())); // an update may be a mere constant
        });
    }

    private void touch(Slot slot, int task) {
        if (slot.kind() == Slot.Kind.CONSTANT) {
            constants.add(slot);
        } else if (slot.kind() == Slot.Kind.HALF) {
            halves.add(slot);
        }
        if (first.merge(slot, task, Math::min) == task) {
            seen.add(slot);
        }
        last.merge(slot, task, Math::max);
    }

    /** Lets an update be computed in the memory of the old value, if nothing reads that at the same time or later. */
    private boolean overwrite(Operand value, Slot state) {
        Slot slot = value.slot();
        if (slot.kind() != Slot.Kind.ACTIVATION || !value.isWholeRowMajor() || slot.size() != state.size()) {
            return false;
        }
        int producer = at(first, slot);
        if (producer < 0 || producer == tasks.size()) {
            return false; // an input of the run, or without elements
        }
        for (int i = producer + 1; i < tasks.size(); i++) {
            if (tasks.get(i).reads().stream().anyMatch(operand -> operand.slot() == state)) {
                return false;
            }
        }
        Task task = tasks.get(producer);
        for (Operand read : task.reads()) {
            if (read.slot() == state && !overwrites(task, value, read)) {
                return false;
            }
        }
        slot.mergeInto(state);
        return true;
    }

    /** Whether a task that reads the old value there may write the new one over it. */
    private static boolean overwrites(Task task, Operand value, Operand read) {
        if (task.chain() == null || !read.isWholeRowMajor()) {
            return false;
        }
        // of several chains only the one that computes the value may read the old one
        int inputs = task.reads().size() / task.writes().size();
        int chain = 0;
        while (task.writes().get(chain).slot() != value.slot()) {
            chain++;
        }
        for (int i = 0; i < task.reads().size(); i++) {
            if (task.reads().get(i).slot() == read.slot() && i / inputs != chain) {
                return false;
            }
        }
        return true;
    }

    /** Lets elementwise results take over the memory of an operand that nobody needs any more. */
    private void reuseDeadOperands() {
        for (int i = 0; i < tasks.size(); i++) {
            Task task = tasks.get(i);
            if (task.chain() == null || task.writes().size() > 1) {
                continue;
            }
            Operand out = task.writes().getFirst();
            Slot target = out.slot();
            if (target.root() != target) {
                continue;
            }
            Slot dead = deadOperand(task, out, i);
            if (dead != null) {
                int end = at(last, target);
                target.mergeInto(dead);
                last.put(dead, end);
            }
        }
    }

    private @Nullable Slot deadOperand(Task task, Operand out, int index) {
        for (Operand candidate : task.reads()) {
            Slot root = candidate.slot().root();
            boolean fits = root.kind() == Slot.Kind.ACTIVATION
                    && at(last, root) == index
                    && candidate.slot().size() == out.slot().size()
                    && root.size() == out.slot().size()
                    && candidate.layout().liesAs(out.layout());
            if (fits
                    && task.reads().stream()
                            .allMatch(other -> other.slot().root() != root
                                    || other.layout().liesAs(candidate.layout()))) {
                return root;
            }
        }
        return null;
    }

    /** The live activations at the fullest moment of each segment. */
    private List<SegmentPeak> peaks() {
        long[] change = new long[tasks.size() + 2];
        for (Slot slot : slotted) {
            change[Math.max(at(first, slot), 0)] += slot.bytes();
            change[at(last, slot) + 1] -= slot.bytes();
        }
        Map<String, Long> peaks = new LinkedHashMap<>();
        long live = 0;
        for (int i = 0; i < tasks.size(); i++) {
            live += change[i];
            Segment segment = tasks.get(i).tensor().segment();
            peaks.merge(segment == null ? "" : segment.path(), live, Math::max);
        }
        return peaks.entrySet().stream()
                .map(entry -> new SegmentPeak(entry.getKey(), entry.getValue()))
                .toList();
    }
}
