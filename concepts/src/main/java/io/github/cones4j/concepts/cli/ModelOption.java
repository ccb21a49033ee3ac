package io.github.cones4j.concepts.cli;

import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.diffusion.pipeline.StableDiffusion;
import io.github.cones4j.diffusion.toyland.EmbeddedModel;
import io.github.cones4j.weights.model.ModelSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that name a model. */
final class ModelOption {
    @Option(
            names = "--model",
            paramLabel = "PATH",
            description = "A diffusers folder or a single .safetensors file. Default: the embedded model.")
    private @Nullable Path model;

    @Option(
            names = "--config",
            paramLabel = "DIR",
            description = "For a single file of no published shape: a diffusers folder with its settings.")
    private @Nullable Path config;

    /** The model; nothing of it is read yet. */
    ModelSource open() {
        if (model != null) {
            return ModelSource.open(model, config);
        }
        if (config != null) {
            throw new IllegalArgumentException("--config is for a single file: name it with --model");
        }
        return EmbeddedModel.open();
    }

    /** The model's folder, where it must be one of Toyland. */
    Path toyland() {
        if (config != null) {
            throw new IllegalArgumentException(
                    "--config is for a single file, and this command needs a model of Toyland");
        }
        return model != null ? model : EmbeddedModel.folder();
    }

    /** The model's tokenizer, of which nothing else needs to be there; the folder of a tokenizer does, too. */
    ClipTokenizer tokenizer() {
        Path folder = model;
        if (folder != null
                && List.of("vocab.json", "tokenizer.json").stream()
                        .anyMatch(file -> Files.exists(folder.resolve(file)))) {
            return ClipTokenizer.load(folder);
        }
        return StableDiffusion.tokenizer(open().tokenizer());
    }
}
