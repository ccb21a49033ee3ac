package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.weights.config.VaeConfig;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All stages but the last, as a finished model holds them.
 *
 * @param origin the SHA-256 of all weights, in hexadecimal digits
 * @param scalingFactor of the latents
 * @param clip weights of the CLIP pair
 * @param vae weights of the autoencoder
 * @param unet weights of the UNet
 * @param classifier weights of the judge of pictures
 */
record FinishedStages(
        String origin,
        double scalingFactor,
        Map<String, HostTensor> clip,
        Map<String, HostTensor> vae,
        Map<String, HostTensor> unet,
        Map<String, HostTensor> classifier) {
    /**
     * Reads the stages from a model of Toyland.
     *
     * @param model its folder
     * @throws io.github.cones4j.weights.safetensors.WeightsFormatException if a part is not there
     */
    static FinishedStages read(Path model) throws IOException {
        Path clip = ModelWriter.weights(model, ModelWriter.CLIP);
        Path vae = ModelWriter.weights(model, ModelWriter.VAE);
        Path unet = ModelWriter.weights(model, ModelWriter.UNET);
        Path classifier = ToylandJudge.file(model);
        return new FinishedStages(
                digest(clip, vae, unet, classifier),
                VaeConfig.read(ModelWriter.config(model, ModelWriter.VAE)).scalingFactor(),
                floats(clip),
                floats(vae),
                floats(unet),
                floats(classifier));
    }

    private static Map<String, HostTensor> floats(Path file) {
        Map<String, HostTensor> floats = new LinkedHashMap<>();
        try (Weights weights = Safetensors.open(file)) {
            weights.tensors()
                    .forEach((name, tensor) -> floats.put(
                            name,
                            HostTensor.of(tensor.toFloats(), tensor.shape().dims())));
        }
        return floats;
    }

    private static String digest(Path... files) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
