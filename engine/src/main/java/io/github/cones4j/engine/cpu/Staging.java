package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.HostTensor;

/**
 * Where one worker reads weights to before it packs them: one array for all, so that preparing a large model does not
 * leave a heap full of copies behind.
 */
final class Staging {
    private final int largest;
    private float[] floats = new float[0];

    /**
     * Nothing is allocated yet.
     *
     * @param largest number of elements of the largest tensor to come
     */
    Staging(int largest) {
        this.largest = largest;
    }

    /** The values of a tensor from index {@link Workers#ALIGNED} on, until the next call. */
    float[] read(HostTensor source) {
        int size = Math.toIntExact(source.size());
        if (floats.length == 0) {
            floats = new float[Math.addExact(Workers.ALIGNED, largest)];
        }
        source.copyTo(0, floats, Workers.ALIGNED, size);
        return floats;
    }
}
