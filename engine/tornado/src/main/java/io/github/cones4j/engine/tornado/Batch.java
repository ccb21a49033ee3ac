package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.graph.Fused;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Puts equal chains that update different weights into one launch: an optimiser has four small kernels for each of hundreds
 * of weights, and a launch costs more than most of them. A chain waits for others like it until something needs its result,
 * or until the waiting ones hold back {@value #WAITING} elements.
 */
final class Batch {
    private static final long WAITING = 64L << 20;

    private final ChainCompiler chains;
    private final List<Task> order = new ArrayList<>();
    private final List<List<Task>> waiting = new ArrayList<>(); // what depends on another stands after it
    private final Map<Slot, Integer> pending = new IdentityHashMap<>(); // results of waiting tasks: in which list
    private long elements;

    private Batch(ChainCompiler chains) {
        this.chains = chains;
    }

    /**
     * The same work in fewer launches.
     *
     * @param tasks in order
     * @param updates the nodes whose chains may wait
     */
    static List<Task> of(List<Task> tasks, Set<Tensor> updates, ChainCompiler chains) {
        Batch batch = new Batch(chains);
        tasks.forEach(task -> batch.add(task, updates.contains(task.tensor())));
        batch.flush();
        return batch.order;
    }

    private void add(Task task, boolean update) {
        int after = -1;
        for (Operand read : task.reads()) {
            after = Math.max(after, pending.getOrDefault(read.slot(), -1));
        }
        if (!update || task.chain() == null || !isFlat(task)) {
            if (after >= 0) {
                flush();
            }
            order.add(task);
            return;
        }
        int list = after + 1;
        while (list < waiting.size() && !areAlike(waiting.get(list).getFirst(), task)) {
            list++;
        }
        if (list == waiting.size()) {
            waiting.add(new ArrayList<>());
        }
        waiting.get(list).add(task);
        pending.put(task.writes().getFirst().slot(), list);
        elements += task.writes().getFirst().size();
        if (elements > WAITING) {
            flush();
        }
    }

    /** Whether all its operands are seen as one axis. */
    private static boolean isFlat(Task task) {
        Operand out = task.writes().getFirst();
        List<Operand> all = new ArrayList<>(List.of(out));
        all.addAll(task.reads());
        return Axes.of(out.layout().memoryOrder(), all.toArray(Operand[]::new)).count() == 1;
    }

    private static boolean areAlike(Task a, Task b) {
        return Objects.equals(a.chain(), b.chain()) && a.reads().size() == b.reads().size();
    }

    private void flush() {
        waiting.forEach(alike -> order.add(alike.size() == 1 ? alike.getFirst() : joined(alike)));
        waiting.clear();
        pending.clear();
        elements = 0;
    }

    private Task joined(List<Task> alike) {
        Task first = alike.getFirst();
        List<Fused.Link> links = Objects.requireNonNull(first.chain());
        List<Operand> reads = new ArrayList<>();
        List<Operand> writes = new ArrayList<>();
        int groups = 0;
        for (Task task : alike) {
            reads.addAll(task.reads());
            writes.addAll(task.writes());
            groups += groups(task);
        }
        int all = groups;
        return new Task(
                first.tensor(),
                first.label(),
                chains.batched(links, first.reads().size()),
                Grid.groups(all, Grid.GROUP),
                Collections.unmodifiableList(reads),
                Collections.unmodifiableList(writes),
                links,
                () -> numbers(alike, all));
    }

    private static int groups(Task task) {
        return Math.ceilDiv(task.writes().getFirst().size(), Grid.GROUP);
    }

    /** The table of groups, then the numbers of each chain. */
    private static int[] numbers(List<Task> alike, int groups) {
        List<int[]> own = alike.stream().map(task -> task.parameters().get()).toList();
        int[] numbers = new int[2 * groups + own.stream().mapToInt(n -> n.length).sum()];
        int group = 0;
        int base = 2 * groups;
        for (int i = 0; i < alike.size(); i++) {
            int count = groups(alike.get(i));
            for (int k = 0; k < count; k++) {
                numbers[group] = base;
                numbers[groups + group] = k * Grid.GROUP;
                group++;
            }
            System.arraycopy(own.get(i), 0, numbers, base, own.get(i).length);
            base += own.get(i).length;
        }
        return numbers;
    }
}
