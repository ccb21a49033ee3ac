package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.HostTensor;

/**
 * Reads weights with the whole team. Those that are packed are read into the slab of activations, which is not in use
 * before the first run, so that preparing a large model leaves no heap full of copies behind.
 */
final class Staging {
    private static final int CHUNK = 1 << 18; // floats per task

    private final Workers workers;
    private final float[] slab;

    /**
     * @param slab at least {@link Workers#ALIGNED} floats longer than the largest tensor to be packed
     */
    Staging(Workers workers, float[] slab) {
        this.workers = workers;
        this.slab = slab;
    }

    /** Who reads and packs. */
    Workers workers() {
        return workers;
    }

    /** The values of a tensor in the slab, from index {@link Workers#ALIGNED} on, until the next call. */
    float[] read(HostTensor source) {
        read(source, slab, Workers.ALIGNED);
        return slab;
    }

    /** Reads the values of a tensor into an array. */
    void read(HostTensor source, float[] into, int at) {
        int size = Math.toIntExact(source.size());
        workers.run(Math.ceilDiv(size, CHUNK), (task, worker) -> {
            int from = task * CHUNK;
            source.copyTo(from, into, at + from, Math.min(CHUNK, size - from));
        });
    }
}
