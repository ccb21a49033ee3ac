package io.github.cones4j.concepts.cli;

import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.weights.model.ModelSource;
import io.github.cones4j.weights.model.TokenizerFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that name a model. */
final class ModelOption {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "PATH",
            description = "The model: a folder in the diffusers layout or a single .safetensors file.")
    private Path model = Path.of("");

    @Option(
            names = "--config",
            paramLabel = "DIR",
            description = "For a single file of no published shape: a diffusers folder with its settings.")
    private @Nullable Path config;

    /** The folder or file. */
    Path path() {
        return model;
    }

    /** Where the settings of a single file are, if not those of a published model. */
    @Nullable
    Path config() {
        return config;
    }

    /** The model; nothing of it is read yet. */
    ModelSource open() {
        return ModelSource.open(model, config);
    }

    /** The model's tokenizer, of which nothing else needs to be there; the folder of a tokenizer does, too. */
    ClipTokenizer tokenizer() {
        if (List.of("vocab.json", "tokenizer.json").stream().anyMatch(file -> Files.exists(model.resolve(file)))) {
            return ClipTokenizer.load(model);
        }
        return switch (open().tokenizer()) {
            case TokenizerFiles.Folder(Path folder) -> ClipTokenizer.load(folder);
            case TokenizerFiles.Clip(String padToken) -> ClipTokenizer.bundled(padToken);
        };
    }
}
