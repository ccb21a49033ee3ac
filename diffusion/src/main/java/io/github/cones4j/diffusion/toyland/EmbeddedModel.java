package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.weights.model.ModelFolder;
import io.github.cones4j.weights.model.ModelSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Map;

/** Toyland's trained model, which comes with the program: the default of every command. */
public final class EmbeddedModel {
    private static final String MARK = "/io/github/cones4j/toyland/model/model_index.json";

    private EmbeddedModel() {}

    /**
     * The model in the diffusers layout.
     *
     * @throws IllegalStateException if this build holds none
     */
    public static ModelSource open() {
        return ModelFolder.open(folder());
    }

    /** Its folder, which may lie inside a jar file. */
    public static Path folder() {
        URL mark = EmbeddedModel.class.getResource(MARK);
        if (mark == null) {
            throw new IllegalStateException("this build holds no embedded model; train one with: cones train-toyland");
        }
        try {
            URI uri = mark.toURI();
            if ("jar".equals(uri.getScheme())) {
                mount(uri);
            }
            Path file = Path.of(uri);
            Path folder = file.getParent();
            return folder == null ? file : folder;
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Opens the jar as a file system that stays open as long as the program runs. */
    private static void mount(URI uri) throws IOException {
        try {
            FileSystems.newFileSystem(uri, Map.of());
        } catch (FileSystemAlreadyExistsException e) {
            // it is open already, which is all that is wanted
        }
    }
}
