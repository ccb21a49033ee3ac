package io.github.cones4j.diffusion.pipeline;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Map;

/** A finished picture, what was asked for, and how it was made. */
public record Generated(Shot shot, BufferedImage image, Recipe recipe) {
    /** Writes the picture as a PNG file that holds its recipe under {@link Recipe#KEYWORD}. */
    public void write(Path file) {
        Png.write(file, image, Map.of(Recipe.KEYWORD, recipe.toJson()));
    }
}
