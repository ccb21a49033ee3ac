package io.github.cones4j.concepts.toyland;

/** What is measured of every picture of a study. */
public enum Metric {
    /** Centred cosine of the judge's object embedding with the mean over the subject's photos, -1 .. 1. */
    SIMILARITY("similarity"),
    /** Whether the judge sees the subject's class: 1 or 0. */
    CLASS("class right"),
    /** Whether the judge sees the scene of the prompt: 1 or 0. */
    SCENE("scene right"),
    /** Cosine of the CLIP embeddings of the picture and of the subject's photos, mean over them, -1 .. 1. */
    CLIP_IMAGE("CLIP image alignment"),
    /** Cosine of the CLIP embeddings of the picture and of the prompt with the class's words alone, -1 .. 1. */
    CLIP_TEXT("CLIP text alignment");

    private final String title;

    Metric(String title) {
        this.title = title;
    }

    /** A word or two for reports. */
    public String title() {
        return title;
    }
}
