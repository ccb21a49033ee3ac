package io.github.cones4j.weights.keys;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.weights.config.ClipTextConfig;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names of a CLIP text encoder's weights: in transformers up to version 4 and the files on the net
 * ({@code text_model.encoder.layers.0...}, the names used here), in transformers 5 (without {@code text_model.}), in
 * single-file checkpoints of Stable Diffusion 1.x (the same behind {@code cond_stage_model.transformer.}) and of 2.x
 * (OpenCLIP behind {@code cond_stage_model.model.}: queries, keys and values in one matrix).
 */
public final class TextKeys {
    /** What the names of a text encoder begin with in a single-file checkpoint. */
    public static final String PREFIX = "cond_stage_model.";

    /** What the names of OpenAI's CLIP begin with in a single-file checkpoint (SD 1.x). */
    public static final String CLIP = PREFIX + "transformer.";

    /** What the names of OpenCLIP begin with in a single-file checkpoint (SD 2.x). */
    public static final String OPEN_CLIP = PREFIX + "model.";

    private static final String TEXT_MODEL = "text_model.";
    private static final Pattern LAYER =
            Pattern.compile("(?:transformer\\.resblocks|text_model\\.encoder\\.layers)" + "\\.(\\d{1,4})\\.(.+)");
    private static final Pattern POSITION_IDS = Pattern.compile("(.*\\.)?embeddings\\.position_ids");

    /** Names of one layer: transformers to OpenCLIP. */
    private static final Map<String, String> LAYER_NAMES = Map.of(
            "layer_norm1", "ln_1",
            "layer_norm2", "ln_2",
            "mlp.fc1", "mlp.c_fc",
            "mlp.fc2", "mlp.c_proj",
            "self_attn.out_proj", "attn.out_proj");

    /** Names outside the layers: transformers to OpenCLIP. */
    private static final Map<String, String> OUTER_NAMES = Map.of(
            "text_model.embeddings.position_embedding.weight", "positional_embedding",
            "text_model.embeddings.token_embedding.weight", "token_embedding.weight",
            "text_model.final_layer_norm.weight", "ln_final.weight",
            "text_model.final_layer_norm.bias", "ln_final.bias");

    private static final Map<String, String> LAYER_NAMES_BACK = inverse(LAYER_NAMES);
    private static final Map<String, String> OUTER_NAMES_BACK = inverse(OUTER_NAMES);

    private TextKeys() {}

    private static Map<String, String> inverse(Map<String, String> map) {
        Map<String, String> inverse = new LinkedHashMap<>();
        map.forEach((key, value) -> inverse.put(value, key));
        return inverse;
    }

    /** A text encoder under names with {@code text_model.}, without {@code position_ids} (the numbers 0 .. 76). */
    public static Map<String, HostTensor> canonical(Map<String, HostTensor> text) {
        Map<String, HostTensor> renamed = new LinkedHashMap<>();
        text.forEach((key, tensor) -> {
            boolean bare =
                    key.startsWith("embeddings.") || key.startsWith("encoder.") || key.startsWith("final_layer_norm.");
            if (!POSITION_IDS.matcher(key).matches()) {
                renamed.put(bare ? TEXT_MODEL + key : key, tensor);
            }
        });
        return renamed;
    }

    /**
     * The text encoder of a single-file checkpoint under the names of transformers. Layers beyond those of the config
     * are left out (SD 2.x stops before the last), and so is a projection that it does not ask for. A weight with an
     * unknown name keeps it, so that {@code Weights.check} reports it.
     */
    public static Map<String, HostTensor> fromOriginal(Map<String, HostTensor> file, ClipTextConfig config) {
        Map<String, HostTensor> text = new LinkedHashMap<>();
        file.forEach((key, tensor) -> {
            if (ExtraKeys.ignored(key)) {
                return;
            }
            if (key.startsWith(CLIP)) {
                text.put(key.substring(CLIP.length()), tensor);
            } else if (key.startsWith(OPEN_CLIP)) {
                fromOpenClip(key, tensor, text);
            } else if (key.startsWith(PREFIX)) {
                text.put(key, tensor);
            }
        });
        if (!config.projected()) {
            text.remove("text_projection.weight");
        }
        text.keySet().removeIf(key -> layer(key) >= config.numHiddenLayers());
        return canonical(text);
    }

    private static int layer(String key) {
        Matcher layer = LAYER.matcher(key);
        return layer.matches() ? Integer.parseInt(layer.group(1)) : -1;
    }

    private static void fromOpenClip(String key, HostTensor tensor, Map<String, HostTensor> text) {
        String name = key.substring(OPEN_CLIP.length());
        String outer = OUTER_NAMES_BACK.get(name);
        Matcher layer = LAYER.matcher(name);
        if (outer != null) {
            text.put(outer, tensor);
        } else if (name.equals("text_projection")) {
            text.put("text_projection.weight", transposed(tensor));
        } else if (layer.matches()) {
            fromOpenClipLayer(key, "text_model.encoder.layers." + layer.group(1) + ".", layer.group(2), tensor, text);
        } else {
            text.put(key, tensor);
        }
    }

    private static void fromOpenClipLayer(
            String key, String layer, String name, HostTensor tensor, Map<String, HostTensor> text) {
        if (name.equals("attn.in_proj_weight") || name.equals("attn.in_proj_bias")) {
            String kind = name.substring(name.lastIndexOf('_') + 1);
            if (tensor.shape().rank() == 0 || tensor.shape().dim(0) % 3 != 0) {
                text.put(key, tensor);
                return;
            }
            text.put(layer + "self_attn.q_proj." + kind, third(tensor, 0));
            text.put(layer + "self_attn.k_proj." + kind, third(tensor, 1));
            text.put(layer + "self_attn.v_proj." + kind, third(tensor, 2));
            return;
        }
        int dot = name.lastIndexOf('.');
        String module = dot < 0 ? null : LAYER_NAMES_BACK.get(name.substring(0, dot));
        text.put(module == null ? key : layer + module + name.substring(dot), tensor);
    }

    /** Rows {@code part * n/3 .. (part+1) * n/3} of a tensor, a view. */
    private static HostTensor third(HostTensor tensor, int part) {
        Shape shape = tensor.shape().with(0, tensor.shape().dim(0) / 3);
        long bytes = tensor.data().byteSize() / 3;
        return new HostTensor(tensor.spec().with(shape), tensor.data().asSlice(part * bytes, bytes));
    }

    private static HostTensor transposed(HostTensor tensor) {
        if (tensor.shape().rank() != 2) {
            return tensor;
        }
        int rows = tensor.shape().dim(0);
        int columns = tensor.shape().dim(1);
        int size = tensor.dtype().bytes();
        MemorySegment out =
                MemorySegment.ofArray(new byte[Math.toIntExact(tensor.data().byteSize())]);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                MemorySegment.copy(
                        tensor.data(), ((long) i * columns + j) * size, out, ((long) j * rows + i) * size, size);
            }
        }
        return new HostTensor(new Spec(tensor.dtype(), Shape.of(columns, rows)), out);
    }

    /** A text encoder under its names in a single-file checkpoint of Stable Diffusion 1.x. */
    public static Map<String, HostTensor> toClip(Map<String, HostTensor> text) {
        Map<String, HostTensor> original = new LinkedHashMap<>();
        canonical(text).forEach((key, tensor) -> original.put(CLIP + key, tensor));
        return original;
    }

    /**
     * A text encoder under its names in a single-file checkpoint of Stable Diffusion 2.x.
     *
     * @throws IllegalArgumentException if a weight has no place in OpenCLIP, or a part of an attention is missing
     */
    public static Map<String, HostTensor> toOpenClip(Map<String, HostTensor> text) {
        Map<String, HostTensor> original = new LinkedHashMap<>();
        Map<String, HostTensor> canonical = canonical(text);
        canonical.forEach((key, tensor) -> {
            String name = openClipName(key);
            if (key.endsWith("self_attn.q_proj.weight") || key.endsWith("self_attn.q_proj.bias")) {
                String layer = key.substring(0, key.lastIndexOf("self_attn"));
                String kind = key.substring(key.lastIndexOf('.') + 1);
                original.put(
                        OPEN_CLIP + "transformer.resblocks." + layer(key) + ".attn.in_proj_" + kind,
                        stacked(List.of(
                                tensor,
                                require(canonical, layer + "self_attn.k_proj." + kind),
                                require(canonical, layer + "self_attn.v_proj." + kind))));
            } else if (key.equals("text_projection.weight")) {
                original.put(OPEN_CLIP + "text_projection", transposed(tensor));
            } else if (name != null) {
                original.put(OPEN_CLIP + name, tensor);
            } else if (key.contains(".self_attn.k_proj.") || key.contains(".self_attn.v_proj.")) {
                require(canonical, key.replace(".k_proj.", ".q_proj.").replace(".v_proj.", ".q_proj."));
            } else {
                throw new IllegalArgumentException("text encoder: no OpenCLIP name for " + key + " " + tensor.shape());
            }
        });
        return original;
    }

    private static @Nullable String openClipName(String key) {
        Matcher layer = LAYER.matcher(key);
        if (!layer.matches()) {
            return OUTER_NAMES.get(key);
        }
        int dot = layer.group(2).lastIndexOf('.');
        String module = dot < 0 ? null : LAYER_NAMES.get(layer.group(2).substring(0, dot));
        return module == null
                ? null
                : "transformer.resblocks." + layer.group(1) + "." + module
                        + layer.group(2).substring(dot);
    }

    private static HostTensor require(Map<String, HostTensor> text, String key) {
        HostTensor tensor = text.get(key);
        if (tensor == null) {
            throw new IllegalArgumentException("text encoder: missing " + key);
        }
        return tensor;
    }

    private static HostTensor stacked(List<HostTensor> parts) {
        List<MemorySegment> data = new ArrayList<>();
        int rows = 0;
        long bytes = 0;
        DType dtype = parts.getFirst().dtype();
        for (HostTensor part : parts) {
            data.add(part.data());
            rows += part.shape().dim(0);
            bytes += part.data().byteSize();
        }
        MemorySegment out = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
        long at = 0;
        for (MemorySegment segment : data) {
            MemorySegment.copy(segment, 0, out, at, segment.byteSize());
            at += segment.byteSize();
        }
        return new HostTensor(new Spec(dtype, parts.getFirst().shape().with(0, rows)), out);
    }
}
