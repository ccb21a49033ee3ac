package io.github.cones4j.concepts.cli;

import io.github.cones4j.concepts.find.Example;
import io.github.cones4j.diffusion.pipeline.Photos;
import io.github.cones4j.diffusion.pipeline.PictureCodec;
import io.github.cones4j.diffusion.pipeline.StableDiffusion;
import io.github.cones4j.engine.graph.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Pictures and captions as a search sees them: cut to a square, and encoded as the mean of their latents. */
final class Examples {
    private final StableDiffusion model;
    private final int side;

    /**
     * Examples for a model.
     *
     * @param side in pixels
     */
    Examples(StableDiffusion model, int side) {
        this.model = model;
        this.side = side;
    }

    /** The caption of a picture: that of the text file beside it, if there is one. */
    static String caption(Path file, String usual) throws IOException {
        Path own = file.resolveSibling(String.valueOf(file.getFileName()).replaceFirst("\\.\\w+$", "") + ".txt");
        return Files.exists(own) ? Files.readString(own).strip() : usual;
    }

    /** The example of a picture and its caption. */
    Example of(BufferedImage picture, String caption) {
        PictureCodec codec = model.codec(side, side);
        int size = Math.toIntExact(Shape.of(codec.latentDims()).size());
        float[] latent = codec.encode(Photos.fit(picture, side, side), new float[size]);
        return new Example(latent, model.prompts().encode(List.of(caption)));
    }
}
