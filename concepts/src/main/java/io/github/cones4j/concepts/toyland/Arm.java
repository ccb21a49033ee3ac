package io.github.cones4j.concepts.toyland;

/** What is done to the model; all arms have the same prompts and the same noise. */
public enum Arm {
    /** Nothing. */
    UNMASKED("unmasked", "the original model"),
    /** The subject's own neurons are shut. */
    OWN("own mask", "the subject’s neurons shut"),
    /** Another subject's neurons are shut: the mean over all others. */
    OTHERS("others’ masks", "another subject’s neurons shut"),
    /** As many random weights of every layer are shut as the subject has neurons in it. */
    RANDOM("random mask", "as many in every layer, at random");

    private final String title;
    private final String note;

    Arm(String title, String note) {
        this.title = title;
        this.note = note;
    }

    /** A word or two for reports. */
    public String title() {
        return title;
    }

    /** What it is, for reports. */
    public String note() {
        return note;
    }
}
