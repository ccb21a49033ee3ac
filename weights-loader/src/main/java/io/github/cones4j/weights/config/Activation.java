package io.github.cones4j.weights.config;

import java.util.Locale;

/** The non-linearity of a CLIP encoder. */
public enum Activation {
    /** {@code x * sigmoid(1.702 x)}, of OpenAI's CLIP. */
    QUICK_GELU,
    /** {@code x * Phi(x)} with the normal distribution function, of OpenCLIP. */
    GELU;

    static Activation read(JsonFile config) {
        config.only("hidden_act", QUICK_GELU.json(), GELU.json());
        return GELU.json().equals(config.string("hidden_act")) ? GELU : QUICK_GELU;
    }

    String json() {
        return name().toLowerCase(Locale.ROOT);
    }
}
