package io.github.cones4j.weights.keys;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.weights.config.BlockType;
import io.github.cones4j.weights.config.UNetConfig;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The names of a UNet's weights in a single-file checkpoint ({@code model.diffusion_model.input_blocks.1.0...}) and in
 * diffusers ({@code down_blocks.0.resnets.0...}).
 *
 * <p>The original code (CompVis latent-diffusion, {@code openaimodel.py}) counts all layers of the way down in one list
 * and all of the way up in another; the config says how many make a block.
 */
public final class UNetKeys {
    /** What the names of a UNet begin with in a single-file checkpoint. */
    public static final String PREFIX = "model.diffusion_model.";

    private final UNetConfig config;
    private final ModuleNames names = new ModuleNames();

    /** The names of a UNet of these settings. */
    public UNetKeys(UNetConfig config) {
        this.config = config;
        int blocks = config.downBlockTypes().size();
        names.put("conv_in", "input_blocks.0.0");
        names.put("time_embedding.linear_1", "time_embed.0");
        names.put("time_embedding.linear_2", "time_embed.2");
        // 1. down
        int at = 1;
        for (int i = 0; i < blocks; i++) {
            String block = "down_blocks." + i;
            boolean attends = config.downBlockTypes().get(i) == BlockType.CROSS_ATTENTION;
            for (int j = 0; j < config.layersPerBlock().get(i); j++, at++) {
                resnet(block + ".resnets." + j, "input_blocks." + at + ".0");
                if (attends) {
                    names.put(block + ".attentions." + j, "input_blocks." + at + ".1");
                }
            }
            if (i < blocks - 1) {
                names.put(block + ".downsamplers.0.conv", "input_blocks." + at++ + ".0.op");
            }
        }
        // 2. mid
        resnet("mid_block.resnets.0", "middle_block.0");
        names.put("mid_block.attentions.0", "middle_block.1");
        resnet("mid_block.resnets.1", "middle_block.2");
        // 3. up
        at = 0;
        for (int i = 0; i < blocks; i++) {
            String block = "up_blocks." + i;
            boolean attends = config.upBlockTypes().get(i) == BlockType.CROSS_ATTENTION;
            int layers = config.layersPerBlock().get(blocks - 1 - i) + 1;
            for (int j = 0; j < layers; j++, at++) {
                resnet(block + ".resnets." + j, "output_blocks." + at + ".0");
                if (attends) {
                    names.put(block + ".attentions." + j, "output_blocks." + at + ".1");
                }
                if (i < blocks - 1 && j == layers - 1) {
                    names.put(block + ".upsamplers.0.conv", "output_blocks." + at + (attends ? ".2" : ".1") + ".conv");
                }
            }
        }
        // 4. out
        names.put("conv_norm_out", "out.0");
        names.put("conv_out", "out.2");
    }

    private void resnet(String diffusers, String original) {
        names.put(diffusers + ".norm1", original + ".in_layers.0");
        names.put(diffusers + ".conv1", original + ".in_layers.2");
        names.put(diffusers + ".time_emb_proj", original + ".emb_layers.1");
        names.put(diffusers + ".norm2", original + ".out_layers.0");
        names.put(diffusers + ".conv2", original + ".out_layers.3");
        names.put(diffusers + ".conv_shortcut", original + ".skip_connection");
    }

    /**
     * The UNet of a single-file checkpoint under the names of diffusers; a weight of the UNet that these settings do
     * not have keeps its name, so that {@code Weights.check} reports it.
     */
    public Map<String, HostTensor> fromOriginal(Map<String, HostTensor> file) {
        Map<String, HostTensor> unet = new LinkedHashMap<>();
        file.forEach((key, tensor) -> {
            if (key.startsWith(PREFIX)) {
                String name = names.toDiffusers(key.substring(PREFIX.length()));
                unet.put(name == null ? key : name, name == null ? tensor : projection(name, tensor));
            }
        });
        return unet;
    }

    /**
     * A UNet under its names in a single-file checkpoint.
     *
     * @throws IllegalArgumentException if a weight is not one of a UNet of these settings
     */
    public Map<String, HostTensor> toOriginal(Map<String, HostTensor> unet) {
        Map<String, HostTensor> original = new LinkedHashMap<>();
        unet.forEach((key, tensor) -> {
            String name = names.toOriginal(key);
            if (name == null) {
                throw new IllegalArgumentException("unet: no original name for " + key + " " + tensor.shape());
            }
            original.put(PREFIX + name, tensor);
        });
        return original;
    }

    /** A transformer's first and last projection as the config wants it: linear, or a 1x1 convolution. */
    private HostTensor projection(String name, HostTensor tensor) {
        if (!name.endsWith(".proj_in.weight") && !name.endsWith(".proj_out.weight")) {
            return tensor;
        }
        return config.useLinearProjection() ? Projections.linear(tensor) : Projections.convolution(tensor);
    }
}
