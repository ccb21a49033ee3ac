package io.github.cones4j.weights.config;

import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Settings of a UNet2DConditionModel (diffusers 0.40) of the kind of Stable Diffusion 1.x and 2.x.
 *
 * <p>A list "per block" has one entry per down block; the middle block uses the last one, the up blocks use the list
 * reversed. What is not a field here has the one value that these models have: SiLU, a middle block with cross-attention,
 * convolutions of 3x3, a time embedding of {@code 4 * blockOutChannels[0]}.
 *
 * @param inChannels of the latents
 * @param outChannels of the prediction
 * @param sampleSize side of the square latents in training; null if the config does not say
 * @param downBlockTypes from the input to the middle
 * @param upBlockTypes from the middle to the output
 * @param blockOutChannels channels per block
 * @param layersPerBlock residual blocks per block; an up block has one more
 * @param transformerLayersPerBlock transformer layers of each attention, per block
 * @param numAttentionHeads per block; named {@code attention_head_dim} in the file, by an old mistake of diffusers
 * @param crossAttentionDim width of the text embedding, per block
 * @param useLinearProjection whether a transformer's {@code proj_in} and {@code proj_out} are linear layers (SD 2.x)
 *     instead of 1x1 convolutions (SD 1.x)
 * @param upcastAttention whether attention wants float32 even where the rest is float16
 * @param normNumGroups groups of every group norm
 * @param normEps added to the variance in the residual blocks and at the output (transformers use 1e-6)
 * @param flipSinToCos whether the time embedding has its cosines first
 * @param freqShift subtracted from the number of frequencies of the time embedding: 0 or 1
 */
public record UNetConfig(
        int inChannels,
        int outChannels,
        @Nullable Integer sampleSize,
        List<BlockType> downBlockTypes,
        List<BlockType> upBlockTypes,
        List<Integer> blockOutChannels,
        List<Integer> layersPerBlock,
        List<Integer> transformerLayersPerBlock,
        List<Integer> numAttentionHeads,
        List<Integer> crossAttentionDim,
        boolean useLinearProjection,
        boolean upcastAttention,
        int normNumGroups,
        double normEps,
        boolean flipSinToCos,
        int freqShift) {
    private static final BlockType ATTENTION = BlockType.CROSS_ATTENTION;

    /** Checks that lists have one entry per block and that groups and heads divide the channels. */
    public UNetConfig {
        downBlockTypes = List.copyOf(downBlockTypes);
        upBlockTypes = List.copyOf(upBlockTypes);
        blockOutChannels = List.copyOf(blockOutChannels);
        layersPerBlock = List.copyOf(layersPerBlock);
        transformerLayersPerBlock = List.copyOf(transformerLayersPerBlock);
        numAttentionHeads = List.copyOf(numAttentionHeads);
        crossAttentionDim = List.copyOf(crossAttentionDim);
        int blocks = downBlockTypes.size();
        requireSize("up_block_types", upBlockTypes, blocks);
        requireSize("block_out_channels", blockOutChannels, blocks);
        requireSize("layers_per_block", layersPerBlock, blocks);
        requireSize("transformer_layers_per_block", transformerLayersPerBlock, blocks);
        requireSize("attention_head_dim", numAttentionHeads, blocks);
        requireSize("cross_attention_dim", crossAttentionDim, blocks);
        for (int i = 0; i < blocks; i++) {
            int channels = blockOutChannels.get(i);
            if (channels % normNumGroups != 0) {
                throw new IllegalArgumentException("norm_num_groups " + normNumGroups + " does not divide "
                        + "block_out_channels[" + i + "] = " + channels);
            }
            boolean attends = downBlockTypes.get(i) == ATTENTION
                    || upBlockTypes.get(blocks - 1 - i) == ATTENTION
                    || i == blocks - 1;
            if (attends && channels % numAttentionHeads.get(i) != 0) {
                throw new IllegalArgumentException(numAttentionHeads.get(i)
                        + " heads (attention_head_dim) do not divide " + "block_out_channels[" + i + "] = " + channels);
            }
        }
    }

    private static void requireSize(String field, List<?> list, int blocks) {
        if (list.size() != blocks) {
            throw new IllegalArgumentException(field + " has " + list.size() + " entries, down_block_types " + blocks);
        }
    }

    /**
     * Reads a {@code unet/config.json}; absent fields have diffusers' defaults.
     *
     * @throws WeightsFormatException naming file, field and value, for what Cones4J does not compute
     */
    public static UNetConfig read(Path file) {
        return of(JsonFile.read(file));
    }

    /** Takes the settings from a JSON object; absent fields have diffusers' defaults. */
    public static UNetConfig of(JsonFile config) {
        config.only("_class_name", "UNet2DConditionModel");
        requireSupported(config);
        List<BlockType> down = BlockType.read(config, true, List.of(ATTENTION, ATTENTION, ATTENTION, BlockType.PLAIN));
        int blocks = down.size();
        String heads = config.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
        return config.located(() -> new UNetConfig(
                config.positive("in_channels", 4),
                config.positive("out_channels", 4),
                sampleSize(config),
                down,
                BlockType.read(config, false, List.of(BlockType.PLAIN, ATTENTION, ATTENTION, ATTENTION)),
                config.positives("block_out_channels", List.of(320, 640, 1280, 1280)),
                config.positives("layers_per_block", blocks, 2),
                config.positives("transformer_layers_per_block", blocks, 1),
                config.positives(heads, blocks, 8),
                config.positives("cross_attention_dim", blocks, 1280),
                config.flag("use_linear_projection", false),
                config.flag("upcast_attention", false),
                config.positive("norm_num_groups", 32),
                config.positiveNumber("norm_eps", 1e-5),
                config.flag("flip_sin_to_cos", true),
                config.natural("freq_shift", 0)));
    }

    private static void requireSupported(JsonFile config) {
        config.only("act_fn", "silu", "swish");
        config.only("addition_embed_type", (Object) null);
        config.only("attention_type", "default");
        config.only("center_input_sample", false);
        config.only("class_embed_type", (Object) null);
        config.only("conv_in_kernel", 3);
        config.only("conv_out_kernel", 3);
        config.only("cross_attention_norm", (Object) null);
        config.only("downsample_padding", 1);
        config.only("dropout", 0);
        config.only("dual_cross_attention", false);
        config.only("encoder_hid_dim", (Object) null);
        config.only("encoder_hid_dim_type", (Object) null);
        config.only("mid_block_only_cross_attention", null, false);
        config.only("mid_block_scale_factor", 1);
        config.only("mid_block_type", "UNetMidBlock2DCrossAttn");
        config.only("num_class_embeds", (Object) null);
        config.only("only_cross_attention", false);
        config.only("resnet_out_scale_factor", 1);
        config.only("resnet_skip_time_act", false);
        config.only("resnet_time_scale_shift", "default");
        config.only("reverse_transformer_layers_per_block", (Object) null);
        config.only("time_cond_proj_dim", (Object) null);
        config.only("time_embedding_act_fn", (Object) null);
        config.only("time_embedding_dim", (Object) null);
        config.only("time_embedding_type", "positional");
        config.only("timestep_post_act", (Object) null);
    }

    private static @Nullable Integer sampleSize(JsonFile config) {
        if (!config.has("sample_size")) {
            return null;
        }
        List<Integer> sides = config.positives("sample_size", 2, 1);
        if (!sides.get(0).equals(sides.get(1))) {
            throw config.error("sample_size", config.root().get("sample_size"), "one number (square latents)");
        }
        return sides.get(0);
    }

    /** Width of the time embedding that every residual block receives. */
    public int timeEmbedDim() {
        return 4 * blockOutChannels.get(0);
    }

    /** The {@code config.json} of these settings. */
    public String toJson() {
        ObjectNode json = JsonFile.object();
        json.put("_class_name", "UNet2DConditionModel");
        json.put("act_fn", "silu");
        put(json, "attention_head_dim", numAttentionHeads);
        putList(json, "block_out_channels", blockOutChannels);
        json.put("center_input_sample", false);
        put(json, "cross_attention_dim", crossAttentionDim);
        ArrayNode down = json.putArray("down_block_types");
        downBlockTypes.forEach(type -> down.add(type.down()));
        json.put("downsample_padding", 1);
        json.put("flip_sin_to_cos", flipSinToCos);
        json.put("freq_shift", freqShift);
        json.put("in_channels", inChannels);
        put(json, "layers_per_block", layersPerBlock);
        json.put("mid_block_scale_factor", 1);
        json.put("norm_eps", normEps);
        json.put("norm_num_groups", normNumGroups);
        json.put("out_channels", outChannels);
        json.put("sample_size", sampleSize);
        put(json, "transformer_layers_per_block", transformerLayersPerBlock);
        ArrayNode up = json.putArray("up_block_types");
        upBlockTypes.forEach(type -> up.add(type.up()));
        json.put("upcast_attention", upcastAttention);
        json.put("use_linear_projection", useLinearProjection);
        return JsonFile.text(json);
    }

    /** One number where all blocks agree, as published files have it. */
    private static void put(ObjectNode json, String field, List<Integer> values) {
        if (new HashSet<>(values).size() == 1) {
            json.put(field, Collections.max(values));
        } else {
            putList(json, field, values);
        }
    }

    static void putList(ObjectNode json, String field, List<Integer> values) {
        ArrayNode list = json.putArray(field);
        values.forEach(list::add);
    }
}
