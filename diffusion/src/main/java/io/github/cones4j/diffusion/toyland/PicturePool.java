package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.toyland.world.Picture;
import io.github.cones4j.diffusion.toyland.world.Renderer;
import io.github.cones4j.diffusion.toyland.world.World;
import io.github.cones4j.engine.exec.HostTensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** Pictures of consecutive seeds, each drawn when it is first asked for and then kept as bytes. */
final class PicturePool {
    private static final int VALUES = 3 * Renderer.SIZE * Renderer.SIZE;

    private final List<Picture> pictures;
    private final byte[][] bytes;

    /**
     * The pictures of {@code count} seeds.
     *
     * @param first the first seed; seeds from 0 up are for training, negative ones for evaluation
     */
    PicturePool(long first, int count) {
        pictures =
                LongStream.range(first, first + count).mapToObj(World::picture).toList();
        bytes = new byte[count][];
    }

    int size() {
        return bytes.length;
    }

    Picture picture(int index) {
        return pictures.get(index);
    }

    /** Some pictures as [n, 3, 64, 64] in -1..1. */
    HostTensor batch(int... indices) {
        Arrays.stream(indices)
                .distinct()
                .filter(index -> bytes[index] == null)
                .parallel()
                .forEach(index ->
                        bytes[index] = Renderer.bytes(pictures.get(index).spec()));
        float[] values = new float[indices.length * VALUES];
        for (int b = 0; b < indices.length; b++) {
            byte[] picture = bytes[indices[b]];
            for (int i = 0; i < VALUES; i++) {
                values[b * VALUES + i] = (picture[i] & 0xFF) / 127.5f - 1;
            }
        }
        return HostTensor.of(values, indices.length, 3, Renderer.SIZE, Renderer.SIZE);
    }
}
