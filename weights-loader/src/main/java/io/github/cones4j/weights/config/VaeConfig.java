package io.github.cones4j.weights.config;

import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Settings of an AutoencoderKL (diffusers 0.40).
 *
 * @param inChannels of the picture
 * @param outChannels of the decoded picture
 * @param latentChannels of the latents; the encoder gives twice as many, mean and log variance
 * @param blockOutChannels channels per block, from the picture to the latents; each block but the last halves the sides
 * @param layersPerBlock residual blocks per encoder block; a decoder block has one more
 * @param normNumGroups groups of every group norm (their epsilon is 1e-6)
 * @param sampleSize side of the square pictures in training; null if the config does not say
 * @param scalingFactor the UNet sees {@code (latent - shiftFactor) * scalingFactor}
 * @param shiftFactor see {@code scalingFactor}; 0 in Stable Diffusion 1.x and 2.x
 * @param useQuantConv whether a 1x1 convolution follows the encoder
 * @param usePostQuantConv whether a 1x1 convolution precedes the decoder
 * @param midBlockAddAttention whether the middle blocks attend to themselves
 */
public record VaeConfig(
        int inChannels,
        int outChannels,
        int latentChannels,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        int normNumGroups,
        @Nullable Integer sampleSize,
        double scalingFactor,
        double shiftFactor,
        boolean useQuantConv,
        boolean usePostQuantConv,
        boolean midBlockAddAttention) {

    /** Checks that the groups divide the channels. */
    public VaeConfig {
        blockOutChannels = List.copyOf(blockOutChannels);
        for (int channels : blockOutChannels) {
            if (channels % normNumGroups != 0) {
                throw new IllegalArgumentException(
                        "norm_num_groups " + normNumGroups + " does not divide block_out_channels " + channels);
            }
        }
    }

    /**
     * Reads a {@code vae/config.json}; absent fields have diffusers' defaults.
     *
     * @throws WeightsFormatException naming file, field and value, for what Cones4J does not compute
     */
    public static VaeConfig read(Path file) {
        return of(JsonFile.read(file));
    }

    /** Takes the settings from a JSON object; absent fields have diffusers' defaults. */
    public static VaeConfig of(JsonFile config) {
        config.only("_class_name", "AutoencoderKL");
        config.only("act_fn", "silu", "swish");
        config.only("latents_mean", (Object) null);
        config.only("latents_std", (Object) null);
        List<Integer> channels = config.positives("block_out_channels", List.of(64));
        requireAll(config, "down_block_types", "DownEncoderBlock2D", channels.size());
        requireAll(config, "up_block_types", "UpDecoderBlock2D", channels.size());
        return config.located(() -> new VaeConfig(
                config.positive("in_channels", 3),
                config.positive("out_channels", 3),
                config.positive("latent_channels", 4),
                channels,
                config.positive("layers_per_block", 1),
                config.positive("norm_num_groups", 32),
                config.has("sample_size") ? (Integer) config.positive("sample_size", 32) : null,
                config.positiveNumber("scaling_factor", 0.18215),
                config.has("shift_factor") ? config.number("shift_factor", 0) : 0,
                config.flag("use_quant_conv", true),
                config.flag("use_post_quant_conv", true),
                config.flag("mid_block_add_attention", true)));
    }

    private static void requireAll(JsonFile config, String field, String type, int blocks) {
        if (!config.strings(field, List.of(type)).equals(Collections.nCopies(blocks, type))) {
            throw config.error(
                    field, config.root().get(field), blocks + " times " + type + ", as often as block_out_channels");
        }
    }

    /** How many times smaller than the picture the latents' sides are: 8 for Stable Diffusion. */
    public int factor() {
        return 1 << (blockOutChannels.size() - 1);
    }

    /** The {@code config.json} of these settings. */
    public String toJson() {
        ObjectNode json = JsonFile.object();
        json.put("_class_name", "AutoencoderKL");
        json.put("act_fn", "silu");
        UNetConfig.putList(json, "block_out_channels", blockOutChannels);
        ArrayNode down = json.putArray("down_block_types");
        blockOutChannels.forEach(_ -> down.add("DownEncoderBlock2D"));
        json.put("in_channels", inChannels);
        json.put("latent_channels", latentChannels);
        json.put("layers_per_block", layersPerBlock);
        json.put("mid_block_add_attention", midBlockAddAttention);
        json.put("norm_num_groups", normNumGroups);
        json.put("out_channels", outChannels);
        json.put("sample_size", sampleSize);
        json.put("scaling_factor", scalingFactor);
        if (shiftFactor == 0) {
            json.putNull("shift_factor");
        } else {
            json.put("shift_factor", shiftFactor);
        }
        ArrayNode up = json.putArray("up_block_types");
        blockOutChannels.forEach(_ -> up.add("UpDecoderBlock2D"));
        json.put("use_post_quant_conv", usePostQuantConv);
        json.put("use_quant_conv", useQuantConv);
        return JsonFile.text(json);
    }
}
