package io.github.cones4j.diffusion.clip;

import io.github.cones4j.diffusion.noise.TorchCpuGenerator;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.config.ClipTextConfig;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * A word that stands for a subject and means nothing else: one token with a random vector of the mean length of all token
 * vectors, which is never trained (the V* of Liu et al. 2023, arXiv:2303.05125).
 *
 * @param word as it is written in prompts, for instance {@code <v>}
 * @param seed decides the vector, together with the word
 */
public record ReservedWord(String word, long seed) {
    private static final String TABLE = "text_model.embeddings.token_embedding.weight";

    /**
     * A tokenizer and a text encoder that know some words.
     *
     * @param tokenizer with a token for every word
     * @param config of the encoder, its vocabulary as large as the tokenizer's where that grew
     * @param weights an overlay of the encoder's weights
     */
    public record Known(ClipTokenizer tokenizer, ClipTextConfig config, Weights weights) {}

    /**
     * Teaches words to a text encoder. A word that is one token already gets the random vector in place of its own; any
     * other becomes a new token.
     *
     * @param known tokenizer, configuration and weights as they are; the weights stay the caller's
     */
    public static Known teach(Known known, Iterable<ReservedWord> words) {
        ClipTokenizer tokenizer = known.tokenizer();
        HostTensor table = known.weights().get(TABLE);
        int width = table.shape().dim(1);
        float[] vectors = table.toFloats();
        double length = 0;
        int rows = table.shape().dim(0);
        for (int row = 0; row < rows; row++) {
            double square = 0;
            for (int i = row * width; i < (row + 1) * width; i++) {
                square += (double) vectors[i] * vectors[i];
            }
            length += Math.sqrt(square) / rows;
        }
        for (ReservedWord word : words) {
            Optional<Integer> id = tokenizer.id(word.word() + "</w>");
            int row;
            if (id.isPresent()) {
                row = id.get();
            } else {
                tokenizer = tokenizer.withToken(word.word());
                row = tokenizer.vocabularySize() - 1;
            }
            if (row >= vectors.length / width) {
                vectors = Arrays.copyOf(vectors, (row + 1) * width);
            }
            float[] drawn = new TorchCpuGenerator(word.seed() * 31 + word.word().hashCode()).randn(width);
            double square = 0;
            for (float value : drawn) {
                square += (double) value * value;
            }
            for (int i = 0; i < width; i++) {
                vectors[row * width + i] = (float) (drawn[i] * length / Math.sqrt(square));
            }
        }
        ClipTextConfig c = known.config();
        ClipTextConfig grown = new ClipTextConfig(
                vectors.length / width,
                c.hiddenSize(),
                c.intermediateSize(),
                c.numHiddenLayers(),
                c.numAttentionHeads(),
                c.maxPositionEmbeddings(),
                c.hiddenAct(),
                c.layerNormEps(),
                c.projectionDim(),
                c.projected(),
                c.bosTokenId(),
                c.eosTokenId(),
                c.padTokenId());
        HostTensor taught = HostTensor.of(vectors, vectors.length / width, width);
        return new Known(
                tokenizer, grown, known.weights().overlay(known.weights().name(), Map.of(TABLE, taught)));
    }
}
