package io.github.cones4j.engine.tornado;

import java.util.ArrayList;
import java.util.List;

/**
 * The axes that a loop over several operands of one shape has to tell apart: in the order of one of them in memory, without
 * axes of extent 1, and with neighbours joined where all operands see them as one.
 */
final class Axes {
    private final int[] extents;
    private final int[][] strides; // of each operand

    private Axes(int[] extents, int[][] strides) {
        this.extents = extents;
        this.strides = strides;
    }

    /** The axes of operands of equal shape, from the outermost to the innermost of {@code order}; at least one. */
    static Axes of(int[] order, Operand... operands) {
        List<Integer> extents = new ArrayList<>();
        List<List<Integer>> strides = new ArrayList<>();
        for (int i = 0; i < operands.length; i++) {
            strides.add(new ArrayList<>());
        }
        for (int axis : order) {
            int extent = operands[0].dim(axis);
            if (extent == 1) {
                continue;
            }
            int last = extents.size() - 1;
            boolean joins = last >= 0;
            for (int k = 0; k < operands.length && joins; k++) {
                joins = strides.get(k).get(last) == operands[k].stride(axis) * extent;
            }
            if (joins) {
                extents.set(last, extents.get(last) * extent);
            } else {
                extents.add(extent);
                last++;
                strides.forEach(list -> list.add(0));
            }
            for (int k = 0; k < operands.length; k++) {
                strides.get(k).set(last, operands[k].stride(axis));
            }
        }
        if (extents.isEmpty()) {
            extents.add(1);
            strides.forEach(list -> list.add(0));
        }
        return new Axes(
                extents.stream().mapToInt(Integer::intValue).toArray(),
                strides.stream()
                        .map(list -> list.stream().mapToInt(Integer::intValue).toArray())
                        .toArray(int[][]::new));
    }

    int count() {
        return extents.length;
    }

    int extent(int axis) {
        return extents[axis];
    }

    /** The stride of an operand, counted as given, along an axis. */
    int stride(int operand, int axis) {
        return strides[operand][axis];
    }
}
