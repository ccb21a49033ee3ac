package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.graph.Movement.UpsampleNearest;
import java.util.Arrays;

/** Nearest-neighbour resizing of pictures [b, c, h, w] that lie channels last. */
final class ResizeKernels {
    private ResizeKernels() {}

    /** y[b, :, i, j] = x[b, :, floor(i h / H), floor(j w / W)]; one task is one row of the result. */
    static void nearest(Workers workers, View x, View y) {
        int c = x.dim(1);
        int h = x.dim(2);
        int w = x.dim(3);
        int height = y.dim(2);
        int width = y.dim(3);
        workers.run(y.dim(0) * height, (task, worker) -> {
            int row = task / height * h + UpsampleNearest.source(task % height, h, height);
            for (int j = 0; j < width; j++) {
                System.arraycopy(
                        x.array(),
                        x.start() + (row * w + UpsampleNearest.source(j, w, width)) * c,
                        y.array(),
                        y.start() + (task * width + j) * c,
                        c);
            }
        });
    }

    /** The transpose of {@link #nearest}: dx collects the dy of all copies; one task is one row of the result. */
    static void nearestGrad(Workers workers, View dy, View dx) {
        int c = dx.dim(1);
        int h = dx.dim(2);
        int w = dx.dim(3);
        int height = dy.dim(2);
        int width = dy.dim(3);
        workers.run(dx.dim(0) * h, (task, worker) -> {
            int row = dx.start() + task * w * c;
            Arrays.fill(dx.array(), row, row + w * c, 0f);
            for (int i = 0; i < height; i++) {
                if (UpsampleNearest.source(i, h, height) != task % h) {
                    continue;
                }
                int from = dy.start() + (task / h * height + i) * width * c;
                for (int j = 0; j < width; j++) {
                    int into = row + UpsampleNearest.source(j, w, width) * c;
                    ElementwiseKernels.add(dx.array(), into, dy.array(), from + j * c, dx.array(), into, c);
                }
            }
        });
    }
}
