package io.github.cones4j.weights.model;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.weights.config.ClipTextConfig;
import io.github.cones4j.weights.config.JsonFile;
import io.github.cones4j.weights.config.UNetConfig;
import io.github.cones4j.weights.config.VaeConfig;
import io.github.cones4j.weights.keys.ExtraKeys;
import io.github.cones4j.weights.keys.TextKeys;
import io.github.cones4j.weights.keys.UNetKeys;
import io.github.cones4j.weights.keys.VaeKeys;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint of a whole model in one file, as the original code (CompVis, later Stability AI) and its successors write
 * it.
 *
 * <p>Such a file says nothing of head counts, groups, activations or the kind of prediction: they come from the published
 * model whose shapes it has, or from a folder that the user names.
 */
public final class SingleFile implements ModelSource {
    private static final String REMEDY =
            "give the settings with --config DIR, a folder in the diffusers layout (its weights are not needed)";

    /** Beginnings of tensor names that only other kinds of files have, and what these are. */
    private static final Map<String, String> FOREIGN = foreign();

    private final Path path;
    private final UNetConfig unetConfig;
    private final VaeConfig vaeConfig;
    private final ClipTextConfig textConfig;
    private final JsonFile schedulerConfig;
    private final TokenizerFiles tokenizer;
    private final List<String> notes;

    private SingleFile(Path path, Published published, List<String> notes) {
        this.path = path;
        this.unetConfig = published.unet();
        this.vaeConfig = published.vae();
        this.textConfig = published.text();
        this.schedulerConfig = published.scheduler();
        this.tokenizer = new TokenizerFiles.Clip(published.padToken());
        this.notes = List.copyOf(notes);
    }

    private SingleFile(Path path, ModelSource config, List<String> notes) {
        this.path = path;
        this.unetConfig = config.unetConfig();
        this.vaeConfig = config.vaeConfig();
        this.textConfig = config.textConfig();
        this.schedulerConfig = config.schedulerConfig();
        this.tokenizer = config.tokenizer();
        this.notes = List.copyOf(notes);
    }

    private static Map<String, String> foreign() {
        Map<String, String> foreign = new LinkedHashMap<>();
        foreign.put("conditioner.embedders.", "a Stable Diffusion XL checkpoint");
        foreign.put("model.diffusion_model.joint_blocks.", "a Stable Diffusion 3 checkpoint");
        foreign.put("model.diffusion_model.double_blocks.", "a Flux checkpoint");
        foreign.put("double_blocks.", "a Flux checkpoint");
        foreign.put("control_model.", "a ControlNet checkpoint");
        foreign.put("lora_unet_", "a LoRA");
        foreign.put("lora_te_", "a LoRA");
        foreign.put("emb_params", "a textual-inversion embedding");
        return foreign;
    }

    /**
     * Recognises a single-file checkpoint.
     *
     * @param config where to take the settings from; null for the published model that fits
     * @throws WeightsFormatException if it is none, or fits no published model
     */
    public static SingleFile open(Path path, @Nullable ModelSource config) {
        try (Weights file = Safetensors.open(path)) {
            Map<String, HostTensor> tensors = file.tensors();
            requireWholeModel(path, tensors);
            List<String> notes = new ArrayList<>();
            noteUnused(tensors, notes);
            return config == null
                    ? new SingleFile(path, published(path, tensors, notes), notes)
                    : new SingleFile(path, config, notes);
        }
    }

    /** Refuses what by the names of its tensors is something else. */
    static void refuseForeign(Path path, Map<String, HostTensor> tensors) {
        FOREIGN.forEach((part, what) -> {
            if (tensors.keySet().stream().anyMatch(key -> key.startsWith(part))) {
                throw new WeightsFormatException(path, what + ", not a Stable Diffusion 1.x or 2.x checkpoint", "");
            }
        });
    }

    private static void requireWholeModel(Path path, Map<String, HostTensor> tensors) {
        refuseForeign(path, tensors);
        for (String prefix : List.of(UNetKeys.PREFIX, VaeKeys.PREFIX, TextKeys.PREFIX)) {
            if (tensors.keySet().stream().noneMatch(key -> key.startsWith(prefix))) {
                throw new WeightsFormatException(
                        path,
                        "not a checkpoint of a whole model: no tensor is named " + prefix + "*; it holds "
                                + TensorNames.summary(tensors),
                        "name a single-file checkpoint or a folder in the diffusers layout");
            }
        }
    }

    private static void noteUnused(Map<String, HostTensor> tensors, List<String> notes) {
        Map<String, HostTensor> unused = new LinkedHashMap<>(tensors);
        unused.keySet()
                .removeIf(key -> key.startsWith(UNetKeys.PREFIX)
                        || key.startsWith(VaeKeys.PREFIX)
                        || key.startsWith(TextKeys.PREFIX)
                        || ExtraKeys.ignored(key));
        if (!unused.isEmpty()) {
            notes.add("not used: " + TensorNames.summary(unused));
        }
    }

    private static Published published(Path path, Map<String, HostTensor> tensors, List<String> notes) {
        boolean second = tensors.keySet().stream().anyMatch(key -> key.startsWith(TextKeys.OPEN_CLIP));
        Published published = second ? second(path, notes) : Published.sd1();
        UNetConfig unet = published.unet();
        int first = unet.blockOutChannels().getFirst();
        int last = unet.blockOutChannels().getLast();
        int width = published.text().hiddenSize();
        String layer = "text_model.encoder.layers." + (published.text().numHiddenLayers() - 1);
        Map<String, Shape> unetShapes = Map.of(
                "conv_in.weight", Shape.of(first, unet.inChannels(), 3, 3),
                "time_embedding.linear_1.weight", Shape.of(unet.timeEmbedDim(), first),
                "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", Shape.of(first, width),
                "down_blocks.3.resnets.1.conv1.weight", Shape.of(last, last, 3, 3),
                "mid_block.resnets.0.conv1.weight", Shape.of(last, last, 3, 3),
                "up_blocks.3.resnets.2.conv1.weight", Shape.of(first, 2 * first, 3, 3),
                "conv_out.weight", Shape.of(unet.outChannels(), first, 3, 3));
        Map<String, Shape> vaeShapes = Map.of(
                "encoder.conv_in.weight", Shape.of(128, 3, 3, 3),
                "encoder.down_blocks.3.resnets.1.conv1.weight", Shape.of(512, 512, 3, 3),
                "decoder.conv_in.weight", Shape.of(512, 4, 3, 3),
                "decoder.mid_block.attentions.0.to_q.weight", Shape.of(512, 512));
        Map<String, Shape> textShapes = Map.of(
                "text_model.embeddings.token_embedding.weight",
                Shape.of(published.text().vocabSize(), width),
                layer + ".mlp.fc1.weight",
                Shape.of(published.text().intermediateSize(), width));
        String name = published.name();
        require(path, name + ": unet", new UNetKeys(unet).fromOriginal(tensors), unetShapes);
        require(path, name + ": vae", new VaeKeys(published.vae()).fromOriginal(tensors), vaeShapes);
        require(path, name + ": text encoder", TextKeys.fromOriginal(tensors, published.text()), textShapes);
        return published;
    }

    private static void require(Path path, String part, Map<String, HostTensor> tensors, Map<String, Shape> shapes) {
        new TreeMap<>(shapes).forEach((key, expected) -> {
            HostTensor tensor = tensors.get(key);
            if (tensor == null || !tensor.shape().equals(expected)) {
                throw new WeightsFormatException(
                        path,
                        "not of the shape of " + part + ": " + key + " should be " + expected + ", is "
                                + (tensor == null ? "missing" : tensor.shape()),
                        REMEDY);
            }
        });
    }

    /** SD 2.x: no shape tells whether it predicts epsilon or v; some files say it in their metadata. */
    private static Published second(Path path, List<String> notes) {
        Map<String, String> metadata =
                Safetensors.isIndex(path) ? Map.of() : Safetensors.header(path).metadata();
        String prediction = metadata.getOrDefault("modelspec.prediction_type", "");
        String architecture = metadata.getOrDefault("modelspec.architecture", "");
        if (prediction.startsWith("eps") || architecture.equals("stable-diffusion-v2-512")) {
            return Published.sd2Base();
        }
        if (!prediction.startsWith("v") && !architecture.equals("stable-diffusion-v2-768-v")) {
            notes.add("the file does not say what it predicts: v is assumed, as in Stable Diffusion 2.0 and 2.1; "
                    + "for a model made from 2.0-base or 2.1-base " + REMEDY);
        }
        return Published.sd2();
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public UNetConfig unetConfig() {
        return unetConfig;
    }

    @Override
    public VaeConfig vaeConfig() {
        return vaeConfig;
    }

    @Override
    public ClipTextConfig textConfig() {
        return textConfig;
    }

    @Override
    public JsonFile schedulerConfig() {
        return schedulerConfig;
    }

    @Override
    public TokenizerFiles tokenizer() {
        return tokenizer;
    }

    @Override
    public Weights unet() {
        return view("unet", new UNetKeys(unetConfig)::fromOriginal);
    }

    @Override
    public Weights vae() {
        return view("vae", new VaeKeys(vaeConfig)::fromOriginal);
    }

    @Override
    public Weights textEncoder() {
        return view("text encoder", file -> TextKeys.fromOriginal(file, textConfig));
    }

    private Weights view(String part, UnaryOperator<Map<String, HostTensor>> select) {
        Weights file = Safetensors.open(path);
        return Weights.of(path + " (" + part + ")", select.apply(file.tensors()), file::close);
    }

    @Override
    public List<String> notes() {
        return notes;
    }
}
