package io.github.cones4j.concepts.measure;

import java.util.List;

/**
 * How alike two embeddings are, seen from the middle of all: the cosine of the angle between them after the mean
 * embedding of a reference set is taken off. Without that, embeddings of one network share most of their length, all
 * cosines lie close together, and differences that the eye sees are lost.
 */
public final class CentredSimilarity {
    private final double[] centre;

    private CentredSimilarity(double[] centre) {
        this.centre = centre;
    }

    /**
     * Similarity around the mean of a reference set.
     *
     * @param reference embeddings of many unlike pictures, all of one length
     */
    public static CentredSimilarity around(List<float[]> reference) {
        return new CentredSimilarity(mean(reference));
    }

    /** Similarity around a given centre. */
    public static CentredSimilarity around(float[] centre) {
        return around(List.of(centre));
    }

    /**
     * (a - c) . (b - c) / (|a - c| |b - c|), -1 .. 1, with c the centre.
     *
     * @throws IllegalArgumentException if the lengths differ, or an embedding is the centre and so has no direction
     */
    public double cosine(float[] a, float[] b) {
        return cosine(widened(a), widened(b));
    }

    /**
     * The similarity of a picture to a subject: its centred cosine with the mean embedding of the subject's photos.
     *
     * @param picture embedding of a picture
     * @param photos embeddings of the photos, at least one
     */
    public double toSubject(float[] picture, List<float[]> photos) {
        return cosine(widened(picture), mean(photos));
    }

    private double cosine(double[] a, double[] b) {
        checkLength(a);
        checkLength(b);
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < centre.length; i++) {
            double x = a[i] - centre[i];
            double y = b[i] - centre[i];
            dot += x * y;
            aa += x * x;
            bb += y * y;
        }
        if (aa == 0 || bb == 0) {
            throw new IllegalArgumentException("similarity: an embedding equals the centre, so it has no direction");
        }
        return dot / Math.sqrt(aa) / Math.sqrt(bb);
    }

    private void checkLength(double[] embedding) {
        if (embedding.length != centre.length) {
            throw new IllegalArgumentException(
                    "similarity: an embedding has " + embedding.length + " numbers, the centre " + centre.length);
        }
    }

    private static double[] widened(float[] embedding) {
        return mean(List.of(embedding));
    }

    private static double[] mean(List<float[]> embeddings) {
        if (embeddings.isEmpty()) {
            throw new IllegalArgumentException("similarity: the mean of no embedding");
        }
        double[] mean = new double[embeddings.getFirst().length];
        for (float[] embedding : embeddings) {
            if (embedding.length != mean.length) {
                throw new IllegalArgumentException(
                        "similarity: embeddings of " + mean.length + " and " + embedding.length + " numbers together");
            }
            for (int i = 0; i < mean.length; i++) {
                mean[i] += (double) embedding[i] / embeddings.size();
            }
        }
        return mean;
    }
}
