package io.github.cones4j.weights.keys;

import java.util.regex.Pattern;

/** What training left in a single-file checkpoint and no model needs. */
public final class ExtraKeys {
    private static final Pattern IGNORED = Pattern.compile("model_ema\\..*"
            + "|(first_stage_model\\.)?loss\\..*"
            + "|(model\\.)?(betas|alphas_cumprod(_prev)?|log_one_minus_alphas_cumprod|sqrt_\\w+|posterior_\\w+|lvlb_weights"
            + "|logvar|scale_factor|global_step|epoch|num_timesteps)"
            + "|denoiser\\..*|.*\\.position_ids|cond_stage_model\\.(model\\.)?(logit_scale|attn_mask|logit_bias)");

    private ExtraKeys() {}

    /**
     * Whether a tensor of that name in a single-file checkpoint is left out by rule: moving averages
     * ({@code model_ema.*}), the noise schedule ({@code betas}, {@code alphas_cumprod}, ...), losses, counters, and
     * {@code position_ids}.
     */
    public static boolean ignored(String key) {
        return IGNORED.matcher(key).matches();
    }
}
