package io.github.cones4j.concepts.measure;

/**
 * The four arms that tell what a mask does to one subject, with the same prompts and seeds in each: not all of a gain
 * is the subject's own, as any mask moves the pictures, and another subject's mask more than a random one.
 *
 * @param unmasked the original model
 * @param own the subject's mask
 * @param others other subjects' masks, the mean over them
 * @param random a random mask of the same layer-wise size
 */
public record Arms(ScoreTable unmasked, ScoreTable own, ScoreTable others, ScoreTable random) {
    /** What the mask does beyond a random one. */
    public Comparison ownOverRandom() {
        return own.minus(random);
    }

    /** What the mask does beyond those of other subjects. */
    public Comparison ownOverOthers() {
        return own.minus(others);
    }

    /** What the mask does in all. */
    public Comparison ownOverUnmasked() {
        return own.minus(unmasked);
    }
}
