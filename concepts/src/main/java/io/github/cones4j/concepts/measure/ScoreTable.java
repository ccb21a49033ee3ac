package io.github.cones4j.concepts.measure;

import java.util.Arrays;
import java.util.List;

/**
 * One score for each picture of an arm of an experiment: the same prompts, each with the same seeds, in every arm.
 * Immutable.
 */
public final class ScoreTable {
    private final double[][] scores;

    private ScoreTable(double[][] scores) {
        this.scores = scores;
    }

    /**
     * A table of scores.
     *
     * @param scores by prompt, then by seed; every prompt with the same seeds, at least one of each
     */
    public static ScoreTable of(double[][] scores) {
        if (scores.length == 0 || scores[0].length == 0) {
            throw new IllegalArgumentException("score table: no prompt or no seed");
        }
        for (int p = 0; p < scores.length; p++) {
            if (scores[p].length != scores[0].length) {
                throw new IllegalArgumentException("score table: prompt " + p + " has " + scores[p].length
                        + " seeds, the first has " + scores[0].length);
            }
        }
        return new ScoreTable(Arrays.stream(scores).map(double[]::clone).toArray(double[][]::new));
    }

    /**
     * The mean, picture by picture, over several arms: "another subject's mask", where there are several other
     * subjects.
     */
    public static ScoreTable mean(List<ScoreTable> arms) {
        double[][] sum = new double[arms.getFirst().prompts()][arms.getFirst().seeds()];
        for (ScoreTable arm : arms) {
            arm.checkSameSize(arms.getFirst());
            for (int p = 0; p < sum.length; p++) {
                for (int s = 0; s < sum[p].length; s++) {
                    sum[p][s] += arm.scores[p][s] / arms.size();
                }
            }
        }
        return new ScoreTable(sum);
    }

    /** The number of prompts. */
    public int prompts() {
        return scores.length;
    }

    /** The number of seeds of each prompt. */
    public int seeds() {
        return scores[0].length;
    }

    /** The score of one picture. */
    public double at(int prompt, int seed) {
        return scores[prompt][seed];
    }

    /** Mean over all pictures. */
    public double mean() {
        return Arrays.stream(seedMeans()).sum() / seeds();
    }

    /** For each seed the mean over the prompts. */
    public double[] seedMeans() {
        double[] means = new double[seeds()];
        for (double[] prompt : scores) {
            for (int s = 0; s < means.length; s++) {
                means[s] += prompt[s] / scores.length;
            }
        }
        return means;
    }

    /** For each prompt the mean over the seeds. */
    public double[] promptMeans() {
        return Arrays.stream(scores)
                .mapToDouble(prompt -> Arrays.stream(prompt).sum() / prompt.length)
                .toArray();
    }

    /**
     * This arm against another with the same prompts and seeds: a paired t-test over the seed means. Pictures of one
     * seed start from the same noise, so they resemble each other within an arm and between arms; the seeds are what is
     * independent.
     */
    public Comparison minus(ScoreTable other) {
        checkSameSize(other);
        return Comparison.paired(seedMeans(), other.seedMeans());
    }

    private void checkSameSize(ScoreTable other) {
        if (prompts() != other.prompts() || seeds() != other.seeds()) {
            throw new IllegalArgumentException("score tables of different experiments: " + prompts() + " prompts by "
                    + seeds() + " seeds and " + other.prompts() + " by " + other.seeds());
        }
    }
}
