package io.github.cones4j.weights.model;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.config.ClipConfig;
import io.github.cones4j.weights.config.ClipTextConfig;
import io.github.cones4j.weights.config.ClipVisionConfig;
import io.github.cones4j.weights.config.JsonFile;
import io.github.cones4j.weights.config.UNetConfig;
import io.github.cones4j.weights.config.VaeConfig;
import io.github.cones4j.weights.keys.TextKeys;
import io.github.cones4j.weights.keys.UNetKeys;
import io.github.cones4j.weights.keys.VaeKeys;
import io.github.cones4j.weights.runs.Checkpoints;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** Says what a file or folder is, or the one error that keeps it from being used. */
public final class Doctor {
    private Doctor() {}

    /** Examines a file or folder; never throws for what is in it. */
    public static Diagnosis examine(Path path) {
        List<String> notes = new ArrayList<>();
        try {
            return new Diagnosis(path, Files.isDirectory(path) ? folder(path, notes) : file(path, notes), notes, null);
        } catch (WeightsFormatException e) {
            return new Diagnosis(path, "", List.of(), Objects.requireNonNull(e.getMessage()));
        }
    }

    private static String folder(Path path, List<String> notes) {
        if (Files.exists(path.resolve("config.json")) && !Files.exists(path.resolve("model_index.json"))) {
            String part = config(JsonFile.read(path.resolve("config.json")));
            try (Weights weights = Safetensors.open(WeightFiles.find(path))) {
                return part + " with its weights: " + size(weights.tensors());
            }
        }
        ModelFolder model = ModelFolder.open(path);
        UNetConfig unet = model.unetConfig();
        VaeConfig vae = model.vaeConfig();
        ClipTextConfig text = model.textConfig();
        String prediction = prediction(model);
        model.tokenizer();
        try (Weights unetWeights = model.unet();
                Weights vaeWeights = model.vae();
                Weights textWeights = model.textEncoder()) {
            notes.add("unet: " + size(unetWeights.tensors()));
            notes.add("vae: " + size(vaeWeights.tensors()));
            notes.add("text_encoder: " + size(textWeights.tensors()));
        }
        notes.addAll(model.notes());
        return "a model in the diffusers layout: " + settings(unet, vae, text, prediction);
    }

    private static String prediction(ModelSource model) {
        String type = Objects.requireNonNullElse(model.schedulerConfig().string("prediction_type"), "epsilon");
        return type.replace("_prediction", "") + " prediction";
    }

    private static String settings(UNetConfig unet, VaeConfig vae, ClipTextConfig text, String prediction) {
        Integer side = unet.sampleSize();
        return "channels " + unet.blockOutChannels() + ", text width " + text.hiddenSize() + ", "
                + (side == null ? "" : side * vae.factor() + "x" + side * vae.factor() + " pixels, ") + prediction;
    }

    private static String file(Path path, List<String> notes) {
        String name = String.valueOf(path.getFileName());
        if (name.endsWith(".json") && !Safetensors.isIndex(path)) {
            return config(JsonFile.read(path));
        }
        try (Weights file = Safetensors.open(path)) {
            Map<String, HostTensor> tensors = file.tensors();
            Map<String, String> metadata = Safetensors.isIndex(path)
                    ? Map.of()
                    : Safetensors.header(path).metadata();
            if (tensors.isEmpty()) {
                notes.add("it holds no tensor");
            }
            SingleFile.refuseForeign(path, tensors);
            String format = metadata.getOrDefault(Checkpoints.FORMAT, "");
            String what;
            if (format.startsWith("concept")) {
                what = "a concept file";
            } else if (format.startsWith("run")) {
                what = "a checkpoint of a training run (" + metadata.getOrDefault("cones4j.run", "?") + ", step "
                        + metadata.getOrDefault("cones4j.step", "?") + ")";
            } else if (has(tensors, UNetKeys.PREFIX) && has(tensors, VaeKeys.PREFIX) && has(tensors, TextKeys.PREFIX)) {
                what = singleFile(path, notes);
            } else {
                what = part(tensors);
            }
            return what + (Safetensors.isIndex(path) ? " in several files: " : ": ") + size(tensors);
        }
    }

    private static String singleFile(Path path, List<String> notes) {
        try {
            SingleFile model = SingleFile.open(path, null);
            notes.addAll(model.notes());
            return "a single-file checkpoint of Stable Diffusion "
                    + (model.unetConfig().useLinearProjection() ? "2.x" : "1.x") + ", " + prediction(model);
        } catch (WeightsFormatException e) {
            notes.add(e.problem() + "; " + e.remedy());
            return "a single-file checkpoint of a Stable Diffusion of no published shape";
        }
    }

    private static boolean has(Map<String, HostTensor> tensors, String prefix) {
        return tensors.keySet().stream().anyMatch(key -> key.startsWith(prefix));
    }

    private static String part(Map<String, HostTensor> tensors) {
        boolean text = has(tensors, "text_model.") || has(tensors, "embeddings.token_embedding.");
        boolean vision = has(tensors, "vision_model.");
        if (has(tensors, "down_blocks.") && tensors.containsKey("conv_in.weight")) {
            return "the weights of a UNet (diffusers)";
        }
        if (tensors.containsKey("encoder.conv_in.weight") && tensors.containsKey("decoder.conv_in.weight")) {
            return has(tensors, "decoder.up_blocks.")
                    ? "the weights of an autoencoder (diffusers)"
                    : "the weights of an autoencoder (original names)";
        }
        if (text && vision) {
            return "the weights of a CLIP";
        }
        if (text) {
            return "the weights of a CLIP text encoder";
        }
        return vision ? "the weights of a CLIP picture encoder" : "a safetensors file";
    }

    private static String config(JsonFile config) {
        String type = Objects.requireNonNullElse(
                config.string("_class_name"), Objects.requireNonNullElse(config.string("model_type"), ""));
        switch (type) {
            case "UNet2DConditionModel" -> UNetConfig.of(config);
            case "AutoencoderKL" -> VaeConfig.of(config);
            case "clip" -> ClipConfig.of(config);
            case "clip_text_model" -> ClipTextConfig.of(config);
            case "clip_vision_model" -> ClipVisionConfig.of(config);
            case "" -> {
                return "a JSON file of no known kind";
            }
            default -> {
                return "a config of the class " + type;
            }
        }
        return "a config of the class " + type;
    }

    private static String size(Map<String, HostTensor> tensors) {
        long bytes = tensors.values().stream()
                .mapToLong(tensor -> tensor.data().byteSize())
                .sum();
        String types = tensors.values().stream()
                .map(tensor -> tensor.dtype().name())
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, "%d tensors, %.1f MB", tensors.size(), bytes / 1e6)
                + (types.isEmpty() ? "" : ", " + types);
    }
}
