package io.github.cones4j.weights.keys;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.weights.config.VaeConfig;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The names of an autoencoder's weights in a single-file checkpoint ({@code first_stage_model.decoder.up.3.block.0...}),
 * in diffusers, and in diffusers of 2022 (attention as {@code query}, {@code key}, {@code value}, {@code proj_attn}).
 *
 * <p>The original code (CompVis latent-diffusion, {@code model.py}) counts the decoder's blocks from the picture, and
 * its attention consists of 1x1 convolutions.
 */
public final class VaeKeys {
    /** What the names of an autoencoder begin with in a single-file checkpoint. */
    public static final String PREFIX = "first_stage_model.";

    private static final Map<String, String> OLD =
            Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

    private final ModuleNames names = new ModuleNames();

    /** The names of an autoencoder of these settings. */
    public VaeKeys(VaeConfig config) {
        int blocks = config.blockOutChannels().size();
        for (String half : new String[] {"encoder", "decoder"}) {
            names.put(half + ".conv_in", half + ".conv_in");
            names.put(half + ".conv_norm_out", half + ".norm_out");
            names.put(half + ".conv_out", half + ".conv_out");
            resnet(half + ".mid_block.resnets.0", half + ".mid.block_1");
            resnet(half + ".mid_block.resnets.1", half + ".mid.block_2");
            String attention = half + ".mid_block.attentions.0";
            names.put(attention + ".group_norm", half + ".mid.attn_1.norm");
            names.put(attention + ".to_q", half + ".mid.attn_1.q");
            names.put(attention + ".to_k", half + ".mid.attn_1.k");
            names.put(attention + ".to_v", half + ".mid.attn_1.v");
            names.put(attention + ".to_out.0", half + ".mid.attn_1.proj_out");
        }
        for (int i = 0; i < blocks; i++) {
            String down = "encoder.down." + i;
            String up = "decoder.up." + (blocks - 1 - i);
            for (int j = 0; j < config.layersPerBlock(); j++) {
                resnet("encoder.down_blocks." + i + ".resnets." + j, down + ".block." + j);
            }
            for (int j = 0; j <= config.layersPerBlock(); j++) {
                resnet("decoder.up_blocks." + i + ".resnets." + j, up + ".block." + j);
            }
            if (i < blocks - 1) {
                names.put("encoder.down_blocks." + i + ".downsamplers.0.conv", down + ".downsample.conv");
                names.put("decoder.up_blocks." + i + ".upsamplers.0.conv", up + ".upsample.conv");
            }
        }
        names.put("quant_conv", "quant_conv");
        names.put("post_quant_conv", "post_quant_conv");
    }

    private void resnet(String diffusers, String original) {
        for (String layer : new String[] {"norm1", "conv1", "norm2", "conv2"}) {
            names.put(diffusers + "." + layer, original + "." + layer);
        }
        names.put(diffusers + ".conv_shortcut", original + ".nin_shortcut");
    }

    /** An autoencoder in today's diffusers names: old names of its attention are replaced, 1x1 convolutions made linear. */
    public static Map<String, HostTensor> canonical(Map<String, HostTensor> vae) {
        Map<String, HostTensor> renamed = new LinkedHashMap<>();
        vae.forEach((key, tensor) -> {
            int module = key.indexOf(".mid_block.attentions.0.");
            if (module < 0) {
                renamed.put(key, tensor);
                return;
            }
            int from = module + ".mid_block.attentions.0.".length();
            int dot = key.indexOf('.', from);
            String layer = dot < 0 ? "" : key.substring(from, dot);
            String name = OLD.containsKey(layer) ? key.substring(0, from) + OLD.get(layer) + key.substring(dot) : key;
            renamed.put(name, Projections.linear(tensor));
        });
        return renamed;
    }

    /**
     * The autoencoder of a single-file checkpoint under the names of diffusers; a weight of it that these settings do
     * not have keeps its name, so that {@code Weights.check} reports it. The losses of its training are left out.
     */
    public Map<String, HostTensor> fromOriginal(Map<String, HostTensor> file) {
        Map<String, HostTensor> vae = new LinkedHashMap<>();
        file.forEach((key, tensor) -> {
            if (key.startsWith(PREFIX) && !ExtraKeys.ignored(key)) {
                String name = names.toDiffusers(key.substring(PREFIX.length()));
                vae.put(name == null ? key : name, tensor);
            }
        });
        return canonical(vae);
    }

    /**
     * An autoencoder (in today's diffusers names) under its names in a single-file checkpoint.
     *
     * @throws IllegalArgumentException if a weight is not one of an autoencoder of these settings
     */
    public Map<String, HostTensor> toOriginal(Map<String, HostTensor> vae) {
        Map<String, HostTensor> original = new LinkedHashMap<>();
        vae.forEach((key, tensor) -> {
            String name = names.toOriginal(key);
            if (name == null) {
                throw new IllegalArgumentException("vae: no original name for " + key + " " + tensor.shape());
            }
            original.put(PREFIX + name, name.contains(".mid.attn_1.") ? Projections.convolution(tensor) : tensor);
        });
        return original;
    }
}
