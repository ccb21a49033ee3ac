package io.github.cones4j.diffusion.toyland.world;

/**
 * One thing in a picture.
 *
 * @param patternColour equals {@code colour} exactly when the pattern is {@link Pattern#PLAIN}
 * @param detailColour equals {@code colour} when the detail is {@link Detail#NONE}
 */
public record Thing(
        Kind kind,
        Colour colour,
        Pattern pattern,
        Colour patternColour,
        Detail detail,
        Colour detailColour,
        Build build,
        Pose pose) {
    public Thing {
        if ((pattern == Pattern.PLAIN) != (patternColour == colour)) {
            throw new IllegalArgumentException(
                    kind + ": " + colour + " with " + patternColour + " " + pattern + ": the pattern's colour must "
                            + (pattern == Pattern.PLAIN ? "equal the thing's" : "differ from the thing's"));
        }
        if (detail == Detail.NONE && detailColour != colour) {
            throw new IllegalArgumentException(kind + ": without a detail, the detail's colour must be the thing's, "
                    + colour + ", not " + detailColour);
        }
    }

    /** The same individual, standing elsewhere. */
    public Thing at(Pose elsewhere) {
        return new Thing(kind, colour, pattern, patternColour, detail, detailColour, build, elsewhere);
    }
}
