package io.github.cones4j.weights.safetensors;

import java.nio.file.Path;

/**
 * A file or folder that does not hold what it should.
 *
 * <p>The message is meant for the user as it stands: {@code file: what was expected and what was found; remedy}.
 */
public final class WeightsFormatException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final String problem;
    private final String remedy;

    /**
     * An error about one file.
     *
     * @param file the file, usually a path
     * @param problem what was expected and what was found
     * @param remedy what to do about it, or the empty string
     */
    public WeightsFormatException(String file, String problem, String remedy) {
        super(file + ": " + problem + (remedy.isEmpty() ? "" : "; " + remedy));
        this.file = file;
        this.problem = problem;
        this.remedy = remedy;
    }

    /** An error about one file or folder. */
    public WeightsFormatException(Path file, String problem, String remedy) {
        this(file.toString(), problem, remedy);
    }

    /** The file at fault, usually a path. */
    public String file() {
        return file;
    }

    /** What was expected and what was found. */
    public String problem() {
        return problem;
    }

    /** What to do about it; empty if there is nothing better to say. */
    public String remedy() {
        return remedy;
    }
}
