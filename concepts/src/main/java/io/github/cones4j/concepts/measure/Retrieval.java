package io.github.cones4j.concepts.measure;

import java.util.List;

/**
 * Whether pictures and captions find each other among all, by the cosine of their embeddings (Radford et al. 2021,
 * arXiv:2103.00020).
 *
 * @param captionOfPicture pictures whose own caption is closer than every other
 * @param pictureOfCaption captions whose own picture is closer than every other
 */
public record Retrieval(Proportion captionOfPicture, Proportion pictureOfCaption) {

    /**
     * Retrieval among pairs. A tie is a miss.
     *
     * @param pictures embeddings, none of them zero
     * @param captions embeddings of their captions, in the same order; captions should be pairwise different
     */
    public static Retrieval top1(List<float[]> pictures, List<float[]> captions) {
        int n = pictures.size();
        if (n != captions.size() || n == 0) {
            throw new IllegalArgumentException("retrieval: " + n + " pictures and " + captions.size() + " captions");
        }
        CentredSimilarity similarity = CentredSimilarity.around(new float[pictures.getFirst().length]);
        double[][] cosines = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                cosines[i][j] = similarity.cosine(pictures.get(i), captions.get(j));
            }
        }
        int captionsFound = 0;
        int picturesFound = 0;
        for (int i = 0; i < n; i++) {
            boolean captionFound = true;
            boolean pictureFound = true;
            for (int j = 0; j < n; j++) {
                captionFound &= j == i || cosines[i][j] < cosines[i][i];
                pictureFound &= j == i || cosines[j][i] < cosines[i][i];
            }
            captionsFound += captionFound ? 1 : 0;
            picturesFound += pictureFound ? 1 : 0;
        }
        return new Retrieval(new Proportion(captionsFound, n), new Proportion(picturesFound, n));
    }
}
