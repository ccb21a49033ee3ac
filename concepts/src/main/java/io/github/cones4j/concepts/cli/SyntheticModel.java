package io.github.cones4j.concepts.cli;

import io.github.cones4j.diffusion.clip.ClipTextModel;
import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.diffusion.unet.UNet2DConditionModel;
import io.github.cones4j.diffusion.vae.AutoencoderKL;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.model.Published;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import io.github.cones4j.weights.synthetic.SyntheticWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A whole model of which every weight follows from its name: for comparisons with other languages at full size, without a
 * download. Its pictures are noise.
 *
 * @param settings of all parts
 * @param salt in front of every key; another salt gives other weights
 * @param dtype of the weights: F32, F16 or BF16
 */
record SyntheticModel(Published settings, String salt, DType dtype) {

    /** The weights of a part, and the file that holds them. */
    private record Part(String name, Path file, Map<String, Spec> specs) {
        long bytes() {
            return specs.values().stream()
                    .mapToLong(spec -> spec.shape().size() * spec.dtype().bytes())
                    .sum();
        }
    }

    /** Key, type and shape of every weight of the UNet. */
    Map<String, Spec> unet() {
        Params params = Params.root();
        new UNet2DConditionModel(params, settings.unet());
        return stored(params);
    }

    /** Key, type and shape of every weight of the autoencoder. */
    Map<String, Spec> vae() {
        Params params = Params.root();
        new AutoencoderKL(params, settings.vae());
        return stored(params);
    }

    /** Key, type and shape of every weight of the text encoder. */
    Map<String, Spec> textEncoder() {
        Params params = Params.root();
        new ClipTextModel(params, settings.text());
        return stored(params);
    }

    private Map<String, Spec> stored(Params params) {
        Map<String, Spec> specs = new LinkedHashMap<>();
        params.specs().forEach((key, spec) -> specs.put(key, new Spec(dtype, spec.shape())));
        return specs;
    }

    /**
     * Writes the model in the diffusers layout, one tensor in memory at a time.
     *
     * @param folder created if it does not exist; an earlier synthetic model in it is replaced
     * @param progress receives a line for each part
     * @throws WeightsFormatException if the folder holds weights that are not synthetic, or has not the room
     */
    void write(Path folder, Consumer<String> progress) throws IOException {
        List<Part> parts = List.of(
                new Part("text_encoder", folder.resolve("text_encoder/model.safetensors"), textEncoder()),
                new Part("vae", folder.resolve("vae/diffusion_pytorch_model.safetensors"), vae()),
                new Part("unet", folder.resolve("unet/diffusion_pytorch_model.safetensors"), unet()));
        parts.forEach(part -> requireReplaceable(part.file()));
        Files.createDirectories(folder);
        requireRoom(folder, parts.stream().mapToLong(Part::bytes).sum());
        writeConfig(folder, "unet/config.json", settings.unet().toJson());
        writeConfig(folder, "vae/config.json", settings.vae().toJson());
        writeConfig(folder, "text_encoder/config.json", settings.text().toJson());
        writeConfig(
                folder,
                "scheduler/scheduler_config.json",
                settings.scheduler().root().toPrettyString() + "\n");
        ClipTokenizer.bundled(settings.padToken()).save(folder.resolve("tokenizer"));
        for (Part part : parts) {
            progress.accept(String.format(
                    Locale.ROOT,
                    "%s: %d tensors, %.1f MB",
                    part.name(),
                    part.specs().size(),
                    part.bytes() / 1e6));
            SyntheticWeights.write(part.file(), salt, part.specs());
        }
        Files.writeString(folder.resolve("model_index.json"), index()); // last: the model is whole
    }

    private static void requireReplaceable(Path file) {
        if (Files.exists(file) && !Safetensors.header(file).metadata().containsKey(SyntheticWeights.SALT)) {
            throw new WeightsFormatException(
                    file, "holds weights that are not synthetic, and is not replaced", "name another folder");
        }
    }

    private static void requireRoom(Path folder, long bytes) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < bytes) {
            throw new WeightsFormatException(
                    folder,
                    String.format(Locale.ROOT, "the model takes %.1f GB, %.1f GB are free", bytes / 1e9, free / 1e9),
                    "name a folder on a larger disk");
        }
    }

    private static void writeConfig(Path folder, String name, String json) throws IOException {
        Files.writeString(OutputFile.prepare(folder.resolve(name)), json);
    }

    private String index() {
        Map<String, Object> index = new LinkedHashMap<>();
        index.put("_class_name", "StableDiffusionPipeline");
        index.put("feature_extractor", Arrays.asList(null, null));
        index.put("requires_safety_checker", false);
        index.put("safety_checker", Arrays.asList(null, null));
        index.put(
                "scheduler",
                List.of("diffusers", Objects.requireNonNull(settings.scheduler().string("_class_name"))));
        index.put("text_encoder", List.of("transformers", "CLIPTextModel"));
        index.put("tokenizer", List.of("transformers", "CLIPTokenizer"));
        index.put("unet", List.of("diffusers", "UNet2DConditionModel"));
        index.put("vae", List.of("diffusers", "AutoencoderKL"));
        return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(index) + "\n";
    }
}
