package io.github.cones4j.diffusion.pipeline;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The last of several dear things that exclude each other: made when another is asked for, closed when it is replaced. */
final class Kept<K, V> implements AutoCloseable {
    private final Consumer<V> closing;
    private @Nullable K key;
    private @Nullable V value;

    Kept(Consumer<V> closing) {
        this.closing = closing;
    }

    V get(K wanted, Supplier<V> maker) {
        V kept = value;
        if (kept != null && wanted.equals(key)) {
            return kept;
        }
        close();
        V made = maker.get();
        key = wanted;
        value = made;
        return made;
    }

    @Override
    public void close() {
        V old = value;
        value = null;
        key = null;
        if (old != null) {
            closing.accept(old);
        }
    }
}
