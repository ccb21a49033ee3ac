package io.github.cones4j.engine;

import io.github.cones4j.engine.Draws.Operand;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Leaf;
import io.github.cones4j.engine.graph.Operands;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Makes operands into nodes, openly or as views of other tensors, and keeps what has to be supplied to run them. */
final class Feed {
    private final Random random;
    private final Map<String, HostTensor> inputs = new LinkedHashMap<>();
    private final Map<String, HostTensor> weights = new LinkedHashMap<>();

    Feed(long seed) {
        random = new Random(seed);
    }

    Map<String, HostTensor> inputs() {
        return inputs;
    }

    Weights weights() {
        return Weights.of("test weights", weights);
    }

    /** An input that is given in every run. */
    Tensor input(Operand operand) {
        String name = "x" + inputs.size();
        inputs.put(name, host(operand.spec(), operand.values()));
        return Tensor.of(new Leaf.Input(name, operand.spec()));
    }

    /** A weight. */
    Tensor weight(Operand operand) {
        String name = "w" + weights.size();
        weights.put(name, host(operand.spec(), operand.values()));
        return Tensor.of(new Leaf.Weight(name, operand.spec()));
    }

    /**
     * A view of an input or weight, in one to three turns: permuted, cut out of something larger (often with NaN around
     * it), repeated (its values then change) or split and joined again.
     */
    Tensor view(Operand operand) {
        return view(operand, random.nextInt(1, 4), true);
    }

    private Tensor view(Operand operand, int turns, boolean clean) {
        if (turns == 0) {
            return operand.spec().dtype().isFloat() && random.nextBoolean() ? weight(operand) : input(operand);
        }
        return switch (random.nextInt(clean ? 4 : 3)) {
            case 0 -> permuted(operand, turns, clean);
            case 1 -> sliced(operand, turns, clean);
            case 2 -> split(operand, turns, clean);
            default -> repeated(operand, turns); // of values without garbage between them
        };
    }

    private Tensor permuted(Operand operand, int turns, boolean clean) {
        Shape shape = operand.spec().shape();
        int rank = shape.rank();
        List<Integer> shuffled =
                new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Collections.shuffle(shuffled, random);
        int[] order = shuffled.stream().mapToInt(Integer::intValue).toArray(); // of the result, in terms of the source
        int[] dims = new int[rank];
        for (int i = 0; i < rank; i++) {
            dims[order[i]] = shape.dim(i);
        }
        double[] values = gather(Shape.of(dims), operand, 0, at -> {
            int[] index = new int[rank];
            for (int i = 0; i < rank; i++) {
                index[i] = at[order[i]];
            }
            return index;
        });
        return view(new Operand(operand.spec().with(Shape.of(dims)), values, true), turns - 1, clean)
                .permute(order);
    }

    private Tensor sliced(Operand operand, int turns, boolean clean) {
        Shape shape = operand.spec().shape();
        if (shape.rank() == 0) {
            return split(operand, turns, clean);
        }
        int axis = random.nextInt(shape.rank());
        int before = random.nextInt(3);
        int dim = shape.dim(axis);
        Shape larger = shape.with(axis, before + dim + random.nextInt(3));
        boolean garbage = dim == 0 || random.nextBoolean();
        double around = operand.spec().dtype().isFloat() ? Double.NaN : 1 << 20;
        double[] values = gather(larger, operand, around, at -> {
            int[] index = at.clone();
            int place = at[axis] - before;
            index[axis] = garbage ? place : Math.clamp(place, 0, dim - 1);
            return index[axis] >= 0 && index[axis] < dim ? index : null;
        });
        return view(new Operand(operand.spec().with(larger), values, true), turns - 1, clean && !garbage)
                .slice(axis, before, before + dim);
    }

    private Tensor repeated(Operand operand, int turns) {
        Shape shape = operand.spec().shape();
        int[] dims = shape.dims();
        for (int axis = 0; axis < dims.length; axis++) {
            if (dims[axis] > 0 && random.nextInt(3) == 0) {
                dims[axis] = 1;
            }
        }
        Shape one = Shape.of(dims);
        double[] values = gather(one, operand, 0, at -> at);
        Tensor source = view(new Operand(operand.spec().with(one), values, true), turns - 1, true);
        int leading = 0;
        while (leading < dims.length && dims[leading] == 1) {
            leading++;
        }
        return random.nextBoolean()
                ? source.broadcastTo(shape)
                : source.reshape(Arrays.copyOfRange(dims, leading, dims.length)).broadcastTo(shape);
    }

    /** Split along the first axis, exchanged and exchanged back, then joined: no view of the source at all. */
    private Tensor split(Operand operand, int turns, boolean clean) {
        Shape shape = operand.spec().shape();
        if (shape.rank() == 0 || shape.dim(0) == 0) {
            return view(
                            new Operand(
                                    operand.spec().with(shape.size() == 0 ? shape : Shape.of(1, 1)),
                                    operand.values(),
                                    true),
                            0,
                            clean)
                    .reshape(shape);
        }
        int first = shape.dim(0);
        int p = 1;
        for (int factor = 2; factor < first; factor++) {
            if (first % factor == 0) {
                p = factor;
            }
        }
        int outer = p;
        int[] dims = new int[shape.rank() + 1];
        System.arraycopy(shape.dims(), 0, dims, 1, shape.rank());
        dims[0] = first / outer;
        dims[1] = outer;
        Shape source = Shape.of(dims);
        int[] exchanged = IntStream.range(0, dims.length).toArray();
        exchanged[0] = 1;
        exchanged[1] = 0;
        double[] values = gather(source, operand, 0, at -> {
            int[] index = Arrays.copyOfRange(at, 1, at.length);
            index[0] = at[1] * (first / outer) + at[0];
            return index;
        });
        return view(new Operand(operand.spec().with(source), values, true), turns - 1, clean)
                .permute(exchanged)
                .reshape(shape);
    }

    /** Where an element of a new tensor is found in an old one; null for nowhere. */
    private interface Source {
        int @Nullable [] of(int... index);
    }

    private static double[] gather(Shape shape, Operand from, double outside, Source source) {
        double[] values = new double[Math.toIntExact(shape.size())];
        int[] strides = from.spec().shape().strides();
        int[] index = new int[shape.rank()];
        for (int i = 0; i < values.length; i++) {
            int[] found = source.of(index);
            if (found == null) {
                values[i] = outside;
            } else {
                int at = 0;
                for (int axis = 0; axis < strides.length; axis++) {
                    at += found[axis] * strides[axis];
                }
                values[i] = from.values()[at];
            }
            Operands.next(index, shape);
        }
        return values;
    }

    private static HostTensor host(Spec spec, double... values) {
        if (spec.dtype() == DType.I32) {
            return HostTensor.of(
                    Arrays.stream(values).mapToInt(v -> (int) v).toArray(),
                    spec.shape().dims());
        }
        return HostTensor.of(values.clone(), spec.shape().dims());
    }
}
