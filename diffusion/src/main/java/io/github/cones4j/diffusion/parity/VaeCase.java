package io.github.cones4j.diffusion.parity;

import io.github.cones4j.diffusion.vae.AutoencoderKL;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The autoencoder: picture to moments and sample, latent to picture. */
final class VaeCase {
    private static final double ONE_LEVEL = 1; // of 255: where a value lies between two levels either may come out

    private VaeCase() {}

    static void run(Subject subject, CaseFile file, Comparisons to) {
        Params params = Params.root();
        AutoencoderKL model = new AutoencoderKL(params, subject.source().vaeConfig());
        try (Weights weights = subject.source().vae()) {
            weights.check("VAE", params.specs(), Set.of());
            for (int n = 0; n < file.count("image"); n++) {
                one(subject, file, to, n + ".", model, weights);
            }
        }
    }

    private static void one(
            Subject subject, CaseFile file, Comparisons to, String prefix, AutoencoderKL model, Weights weights) {
        HostTensor image = file.get(prefix + "image");
        HostTensor noise = file.get(prefix + "sample_noise");
        HostTensor latent = file.get(prefix + "latent_scaled");
        int[] latentDims = latent.shape().dims();
        AutoencoderKL.Latent encoded =
                model.encode(Tensor.input("image", image.shape().dims()));
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put("moments", encoded.moments());
        outputs.put("mean", encoded.mean());
        outputs.put("logvar", encoded.logvar());
        outputs.put("sample", encoded.sample(Tensor.input("noise", latentDims)));
        outputs.put("decoded", model.decode(model.unscaled(Tensor.input("latent", latentDims))));
        subject.run(outputs, weights, Map.of("image", image, "noise", noise, "latent", latent))
                .forEach((name, value) -> {
                    String key = prefix + name;
                    to.add(key, value, file.get(key), to.tolerances().outputs());
                    if (name.equals("decoded")) {
                        to.levels(key + "_u8", levels(value), file.get(key + "_u8"), ONE_LEVEL);
                    }
                });
    }

    static void runFull(Subject subject, CaseFile file, Comparisons to) {
        Params params = Params.root();
        AutoencoderKL model = new AutoencoderKL(params, subject.source().vaeConfig());
        try (Weights weights = subject.source().vae()) {
            weights.check("VAE", params.specs(), Set.of());
            HostTensor latent = file.get("latent");
            Tensor decoded = model.decode(Tensor.input("latent", latent.shape().dims()));
            subject.run(Map.of("decoded", decoded), weights, Map.of("latent", latent))
                    .forEach((key, value) ->
                            to.add(key, value, file.get(key), to.tolerances().outputs()));
            HostTensor image = file.get("image");
            Tensor moments =
                    model.encode(Tensor.input("image", image.shape().dims())).moments();
            subject.run(Map.of("moments", moments), weights, Map.of("image", image))
                    .forEach((key, value) ->
                            to.add(key, value, file.get(key), to.tolerances().outputs()));
        }
    }

    /** A picture [b, 3, h, w] in -1..1 as levels 0..255 [b, h, w, 3], half to even as NumPy rounds. */
    private static HostTensor levels(HostTensor decoded) {
        Shape shape = decoded.shape();
        int channels = shape.dim(1);
        int pixels = shape.dim(2) * shape.dim(3);
        float[] levels = new float[Math.toIntExact(shape.size())];
        for (int i = 0; i < levels.length; i++) {
            int batch = i / (channels * pixels);
            int channel = i / pixels % channels;
            double value = Math.clamp(decoded.get(i) / 2 + 0.5, 0, 1);
            levels[(batch * pixels + i % pixels) * channels + channel] = (float) Math.rint(value * 255);
        }
        return HostTensor.of(levels, shape.dim(0), shape.dim(2), shape.dim(3), channels);
    }
}
