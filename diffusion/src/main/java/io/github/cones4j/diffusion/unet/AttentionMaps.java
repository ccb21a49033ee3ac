package io.github.cones4j.diffusion.unet;

import io.github.cones4j.engine.graph.Attention;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Segment;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Where a model looked: the attention probabilities of chosen layers as ordinary nodes, found in the graph of the
 * model's result. The model itself is traced as always; only what is asked for is computed, and it can be differentiated
 * (Attend-and-Excite; Chefer et al. 2023, arXiv:2301.13826).
 */
public final class AttentionMaps {
    private AttentionMaps() {}

    /**
     * The probabilities of every attention whose module path satisfies {@code chosen}.
     *
     * @param result what the model returned
     * @param chosen for instance {@code path -> path.endsWith("attn2")}
     * @return module path to softmax(q k^T / sqrt(d)), [b, heads, queries, keys], in the order of computation; queries
     *     are pixels row by row
     */
    public static Map<String, Tensor> of(Tensor result, Predicate<String> chosen) {
        Map<String, Tensor> maps = new LinkedHashMap<>();
        for (Tensor tensor : Program.topological(List.of(result))) {
            Segment segment = tensor.segment();
            if (segment != null
                    && tensor.op() instanceof Attention.ScaledDotProduct attention
                    && chosen.test(segment.path())) {
                maps.put(segment.path(), probabilities(attention, tensor.input(0), tensor.input(1)));
            }
        }
        return maps;
    }

    private static Tensor probabilities(Attention.ScaledDotProduct attention, Tensor q, Tensor k) {
        if (attention.causal()) {
            throw new IllegalArgumentException("maps of causal attention are not defined here");
        }
        return heads(q, attention.heads())
                .matmul(heads(k, attention.heads()), false, true)
                .mul(attention.scale())
                .softmax();
    }

    /** [b, n, heads * d] as [b, heads, n, d]. */
    private static Tensor heads(Tensor x, int heads) {
        Shape shape = x.shape();
        return x.reshape(shape.dim(0), shape.dim(1), heads, shape.dim(2) / heads)
                .permute(0, 2, 1, 3);
    }
}
