package io.github.cones4j.engine.tornado;

import io.github.cones4j.engine.graph.Fused;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Puts small tasks that are alike into one launch: an optimiser has some kernels for each of hundreds of weights, and so has
 * the norm of the gradient; a launch costs more than most of them. A task waits for others like it until something that does
 * not wait needs its result, or until the waiting ones hold back {@value #WAITING} elements.
 */
final class Batch {
    private static final long WAITING = 64L << 20;

    /** Tasks of more elements do not wait, so that what they read does not stay in memory, unless they update a weight. */
    private static final long SMALL = 1L << 20;

    /** Sums over whatever axes. */
    static final Task.Join OF_SUMS = new Task.Join("sum", Batch::sums);

    private final List<Task> order = new ArrayList<>();
    private final List<List<Task>> waiting = new ArrayList<>(); // what depends on another stands after it
    private final Map<Slot, Integer> pending = new IdentityHashMap<>(); // results of waiting tasks: in which list
    private long elements;

    private Batch() {}

    /**
     * The same work in fewer launches.
     *
     * @param tasks in order
     * @param updates nodes whose results are new values of weights
     */
    static List<Task> of(List<Task> tasks, Set<Tensor> updates) {
        Batch batch = new Batch();
        tasks.forEach(task -> batch.add(task, updates.contains(task.tensor())));
        batch.flush();
        return batch.order;
    }

    private void add(Task task, boolean update) {
        int after = -1;
        for (Operand read : task.reads()) {
            after = Math.max(after, pending.getOrDefault(read.slot(), -1));
        }
        long size = size(task);
        if (task.join() == null || (!update && size > SMALL)) {
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
        for (Operand write : task.writes()) {
            pending.merge(write.slot(), list, Math::max); // several may write parts of one
        }
        elements += size;
        if (elements > WAITING) {
            flush();
        }
    }

    private static long size(Task task) {
        long size = 0;
        for (Operand read : task.reads()) {
            size += read.slot().size();
        }
        for (Operand write : task.writes()) {
            size += write.slot().size();
        }
        return size;
    }

    private static boolean areAlike(Task a, Task b) {
        return a.join() != null
                && b.join() != null
                && a.join().key().equals(b.join().key());
    }

    private void flush() {
        waiting.forEach(alike -> order.add(
                alike.size() == 1
                        ? alike.getFirst()
                        : Objects.requireNonNull(alike.getFirst().join())
                                .together()
                                .apply(alike)));
        waiting.clear();
        pending.clear();
        elements = 0;
    }

    /** Equal chains over operands of one axis. */
    static Task.Join ofChains(List<Fused.Link> links, int inputs, ChainCompiler chains) {
        return new Task.Join(List.of(links, inputs), alike -> joined(alike, chains.batched(links, inputs), 0));
    }

    private static Task sums(List<Task> alike) {
        return joined(alike, ReduceKernels::reduceSum, 1); // less the 0 that says that there is no table
    }

    /** One task of several, whose own numbers follow a table; the first {@code skipped} of them do not. */
    private static Task joined(List<Task> alike, Kernel kernel, int skipped) {
        Task first = alike.getFirst();
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
                kernel,
                Grid.groups(all, Grid.GROUP),
                List.copyOf(reads),
                List.copyOf(writes),
                first.chain(),
                null,
                () -> numbers(alike, all, skipped));
    }

    private static int width(Task task) {
        return task.grid().globalX() / task.grid().localX();
    }

    private static int groups(Task task) {
        return width(task) * (task.grid().globalY() / task.grid().localY());
    }

    /**
     * The number of groups; for each where the numbers of its task begin, and which group of that task's grid it is in the
     * first and in the second dimension; then the numbers of each task.
     */
    private static int[] numbers(List<Task> alike, int groups, int skipped) {
        List<int[]> own = alike.stream().map(task -> task.parameters().get()).toList();
        int base = 1 + 3 * groups;
        int[] numbers =
                new int[base + own.stream().mapToInt(n -> n.length - skipped).sum()];
        numbers[0] = groups;
        int row = 1;
        for (int i = 0; i < alike.size(); i++) {
            int width = width(alike.get(i));
            for (int k = 0; k < groups(alike.get(i)); k++) {
                numbers[row++] = base;
                numbers[row++] = k % width;
                numbers[row++] = k / width;
            }
            System.arraycopy(own.get(i), skipped, numbers, base, own.get(i).length - skipped);
            base += own.get(i).length - skipped;
        }
        return numbers;
    }
}
