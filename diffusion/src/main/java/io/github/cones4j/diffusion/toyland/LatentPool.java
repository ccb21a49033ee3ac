package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.toyland.world.Renderer;
import io.github.cones4j.diffusion.vae.AutoencoderKL;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The latents of a pool of pictures: the means that the autoencoder gives, and what brings them to unit variance. */
final class LatentPool {
    private static final int BATCH = 32;
    private static final String MEANS = "means";
    private static final String MADE_FROM = "made_from";

    private final float[][] means;
    private final double scalingFactor;

    private LatentPool(float[][] means, double scalingFactor) {
        this.means = means;
        this.scalingFactor = scalingFactor;
    }

    private static LatentPool of(float[][] means) {
        double sum = 0;
        long count = 0;
        for (float[] mean : means) {
            for (float value : mean) {
                sum += (double) value * value;
            }
            count += mean.length;
        }
        // four digits: it goes into the autoencoder's config.json
        return new LatentPool(means, Math.round(1e4 / Math.sqrt(sum / count)) / 1e4);
    }

    /**
     * Reads the latents that a file holds for these weights.
     *
     * @param mark what the file must say it was made from
     * @return null if there is no such file, or it was made from something else
     */
    static @Nullable LatentPool read(Path file, String mark, int count) {
        if (!Files.exists(file)
                || !mark.equals(Safetensors.header(file).metadata().get(MADE_FROM))) {
            return null;
        }
        try (Weights weights = Safetensors.open(file)) {
            HostTensor all = weights.get(MEANS);
            int size = all.shape().dim(1);
            float[][] means = new float[all.shape().dim(0)][size];
            for (int i = 0; i < means.length; i++) {
                all.copyTo((long) i * size, means[i], 0, size);
            }
            return means.length == count ? of(means) : null;
        }
    }

    /** Writes the latents, so that they need not be computed again. */
    void write(Path file, String mark) throws IOException {
        int size = means[0].length;
        float[] all = new float[means.length * size];
        for (int i = 0; i < means.length; i++) {
            System.arraycopy(means[i], 0, all, i * size, size);
        }
        Safetensors.write(file, Map.of(MEANS, HostTensor.of(all, means.length, size)), Map.of(MADE_FROM, mark));
    }

    /** Encodes all pictures of a pool whose size is a multiple of {@value #BATCH}. */
    static LatentPool encode(
            Device device,
            Map<String, HostTensor> weights,
            PicturePool pool,
            Consumer<String> progress,
            BooleanSupplier stop) {
        AutoencoderKL model = new AutoencoderKL(Params.root(), ToylandModels.vae(1));
        Tensor mean = model.encode(Tensor.input("pixels", BATCH, 3, Renderer.SIZE, Renderer.SIZE))
                .mean();
        int size = (int) mean.shape().size() / BATCH;
        float[][] means = new float[pool.size()][size];
        try (Executable executable = device.compile(Program.of(mean), Weights.of("vae", weights))) {
            for (int first = 0; first + BATCH <= pool.size() && !stop.getAsBoolean(); first += BATCH) {
                int[] indices = IntStream.range(first, first + BATCH).toArray();
                HostTensor out =
                        executable.run(Map.of("pixels", pool.batch(indices))).get("out");
                for (int i = 0; i < BATCH; i++) {
                    out.copyTo((long) i * size, means[first + i], 0, size);
                }
                if (first % 4096 == 0) {
                    progress.accept("latents: " + first + " of " + pool.size());
                }
            }
        }
        return of(means);
    }

    /** The same latents, for a model whose scaling factor is settled. */
    LatentPool withScalingFactor(double factor) {
        return new LatentPool(means, factor);
    }

    double scalingFactor() {
        return scalingFactor;
    }

    /** Some latents, scaled to unit variance, [n, 4, 16, 16] flat. */
    float[] batch(int... indices) {
        int size = means[0].length;
        float[] values = new float[indices.length * size];
        for (int b = 0; b < indices.length; b++) {
            for (int i = 0; i < size; i++) {
                values[b * size + i] = (float) (means[indices[b]][i] * scalingFactor);
            }
        }
        return values;
    }
}
