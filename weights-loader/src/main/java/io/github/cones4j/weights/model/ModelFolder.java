package io.github.cones4j.weights.model;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.config.ClipTextConfig;
import io.github.cones4j.weights.config.JsonFile;
import io.github.cones4j.weights.config.UNetConfig;
import io.github.cones4j.weights.config.VaeConfig;
import io.github.cones4j.weights.keys.TextKeys;
import io.github.cones4j.weights.keys.VaeKeys;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/**
 * A model in the diffusers layout: {@code model_index.json} and the folders {@code unet}, {@code vae},
 * {@code text_encoder}, {@code tokenizer} and {@code scheduler}, each with its config.
 */
public final class ModelFolder implements ModelSource {
    private static final String INDEX = "model_index.json";

    /** The parts, and the classes of diffusers and transformers that Cones4J has. */
    private static final Map<String, List<String>> PARTS = Map.of(
            "unet", List.of("UNet2DConditionModel"),
            "vae", List.of("AutoencoderKL"),
            "text_encoder", List.of("CLIPTextModel", "CLIPTextModelWithProjection"),
            "tokenizer", List.of("CLIPTokenizer", "CLIPTokenizerFast"));

    /** Parts without which a model with them would compute something else. */
    private static final List<String> FOREIGN_PARTS = List.of(
            "text_encoder_2", "text_encoder_3", "transformer", "prior", "controlnet", "decoder", "movq", "vqvae");

    private final Path path;

    private ModelFolder(Path path) {
        this.path = path;
    }

    /**
     * Recognises a folder in the diffusers layout; each part is read, and has to be there, when it is asked for.
     *
     * @throws WeightsFormatException if it is none, or of a pipeline whose parts Cones4J does not have
     */
    public static ModelFolder open(Path path) {
        if (!Files.isDirectory(path)) {
            throw new WeightsFormatException(path, Files.exists(path) ? "not a folder" : "no such folder", "");
        }
        if (Files.exists(path.resolve(INDEX))) {
            checkIndex(JsonFile.read(path.resolve(INDEX)));
        } else if (PARTS.keySet().stream().noneMatch(part -> Files.isDirectory(path.resolve(part)))) {
            throw new WeightsFormatException(
                    path,
                    "not a model in the diffusers layout: neither " + INDEX
                            + " nor one of the folders unet, vae, text_encoder, tokenizer",
                    "name the folder that holds " + INDEX + ", or a single .safetensors file");
        }
        return new ModelFolder(path);
    }

    private static void checkIndex(JsonFile index) {
        for (String part : FOREIGN_PARTS) {
            String type = type(index, part);
            if (!type.isEmpty()) {
                throw new WeightsFormatException(
                        index.name(),
                        index.string("_class_name") + " has the part " + part + " (" + type
                                + "), Cones4J has only unet, vae, text_encoder, tokenizer and scheduler",
                        "use a model of the kind of Stable Diffusion 1.x or 2.x");
            }
        }
        PARTS.forEach((part, types) -> {
            String type = type(index, part);
            if (!type.isEmpty() && !types.contains(type)) {
                throw new WeightsFormatException(
                        index.name(), part + " is of the class " + type + ", Cones4J has " + types.getFirst(), "");
            }
        });
    }

    /** The class of a part; empty if the model does not have it. */
    private static String type(JsonFile index, String part) {
        JsonNode entry = index.root().get(part);
        if (entry == null || entry.isNull()) {
            return "";
        }
        if (!entry.isArray() || entry.size() != 2) {
            throw index.error(part, entry, "a list of library and class");
        }
        return entry.get(1).isString() ? entry.get(1).stringValue() : "";
    }

    private Path part(String name) {
        Path part = path.resolve(name);
        if (!Files.isDirectory(part)) {
            throw new WeightsFormatException(path, "the folder " + name + " is missing", "download the whole model");
        }
        return part;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public UNetConfig unetConfig() {
        return UNetConfig.read(part("unet").resolve("config.json"));
    }

    @Override
    public VaeConfig vaeConfig() {
        return VaeConfig.read(part("vae").resolve("config.json"));
    }

    @Override
    public ClipTextConfig textConfig() {
        return ClipTextConfig.read(part("text_encoder").resolve("config.json"));
    }

    @Override
    public JsonFile schedulerConfig() {
        return JsonFile.read(part("scheduler").resolve("scheduler_config.json"));
    }

    @Override
    public TokenizerFiles tokenizer() {
        Path folder = part("tokenizer");
        for (String file : List.of("vocab.json", "merges.txt")) {
            if (!Files.isRegularFile(folder.resolve(file))) {
                throw new WeightsFormatException(
                        folder,
                        file + " is missing",
                        Files.exists(folder.resolve("tokenizer.json"))
                                ? "tokenizer.json alone does not do: take vocab.json and merges.txt from the same model"
                                : "download the whole model");
            }
        }
        return new TokenizerFiles.Folder(folder);
    }

    @Override
    public Weights unet() {
        return open("unet", UnaryOperator.identity());
    }

    @Override
    public Weights vae() {
        return open("vae", VaeKeys::canonical);
    }

    @Override
    public Weights textEncoder() {
        return open("text_encoder", TextKeys::canonical);
    }

    private Weights open(String part, UnaryOperator<Map<String, HostTensor>> rename) {
        Weights file = Safetensors.open(WeightFiles.find(part(part)));
        return Weights.of(file.name(), rename.apply(file.tensors()), file::close);
    }

    @Override
    public List<String> notes() {
        return List.of();
    }
}
