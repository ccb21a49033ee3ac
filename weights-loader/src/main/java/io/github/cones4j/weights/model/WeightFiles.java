package io.github.cones4j.weights.model;

import io.github.cones4j.weights.safetensors.ForeignFile;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The file names under which diffusers and transformers keep the weights of one part of a model. */
final class WeightFiles {
    /** In order of preference: full precision before half, one file before several. */
    private static final List<String> NAMES = List.of(
            "diffusion_pytorch_model.safetensors",
            "model.safetensors",
            "diffusion_pytorch_model.safetensors.index.json",
            "model.safetensors.index.json",
            "diffusion_pytorch_model.fp16.safetensors",
            "model.fp16.safetensors",
            "diffusion_pytorch_model.safetensors.index.fp16.json",
            "model.safetensors.index.fp16.json",
            "diffusion_pytorch_model.non_ema.safetensors");

    private WeightFiles() {}

    /** The weights in a folder of one part. */
    static Path find(Path folder) {
        for (String name : NAMES) {
            // A dangling link is a file that should be there, and the reader says what is wrong with it.
            if (Files.exists(folder.resolve(name)) || Files.isSymbolicLink(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        List<String> files = list(folder);
        boolean pickle = files.stream().anyMatch(name -> name.endsWith(".bin") || name.endsWith(".ckpt"));
        throw new WeightsFormatException(
                folder,
                pickle
                        ? "only weights as pickle (" + String.join(", ", files) + "), Cones4J reads safetensors"
                        : "no weights: expected " + NAMES.get(0) + " or " + NAMES.get(1) + ", found "
                                + (files.isEmpty() ? "nothing" : String.join(", ", files)),
                pickle ? ForeignFile.CONVERT : "download the whole model");
    }

    private static List<String> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> !name.equals("config.json"))
                    .sorted()
                    .limit(10)
                    .toList();
        } catch (IOException e) {
            WeightsFormatException error = new WeightsFormatException(folder, "cannot be read: " + e, "");
            error.initCause(e);
            throw error;
        }
    }
}
