package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.clip.ClipModel;
import io.github.cones4j.diffusion.clip.ClipTokenizer;
import io.github.cones4j.diffusion.pipeline.Pixels;
import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Params;
import io.github.cones4j.weights.config.ClipConfig;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Pictures and texts as vectors of unit length in one space, by the CLIP pair of a Toyland model. */
public final class ToylandClip implements AutoCloseable {
    private static final int BATCH = 16;
    private static final String OUT = "out";

    private final ClipTokenizer tokenizer;
    private final ClipModel model;
    private final int size;
    private final int width;
    private final Weights weights;
    private final Executable pictures;
    private final Executable texts;

    private ToylandClip(Device device, Path folder) {
        Path clip = folder.resolve("clip");
        ClipConfig config = ClipConfig.read(clip.resolve("config.json"));
        tokenizer = ClipTokenizer.load(folder.resolve("tokenizer"));
        Params params = Params.root();
        model = new ClipModel(params, config);
        size = config.vision().imageSize();
        width = config.projectionDim();
        Tensor image = model.imageEmbeds(Tensor.input("pixels", BATCH, 3, size, size));
        Tensor text =
                model.textEmbeds(Tensor.indices("ids", BATCH, tokenizer.maxLength()), Tensor.indices("rows", BATCH));
        weights = Safetensors.open(clip.resolve("model.safetensors"));
        weights.check("clip", params.specs(), Set.of());
        pictures = device.compile(Program.of(Map.of(OUT, image)), weights);
        texts = device.compile(Program.of(Map.of(OUT, text)), weights);
    }

    /**
     * The CLIP pair that lies in the folder of a Toyland model.
     *
     * @throws io.github.cones4j.weights.safetensors.WeightsFormatException if there is none
     */
    public static ToylandClip open(Device device, Path model) {
        return new ToylandClip(device, model);
    }

    /** The vectors of pictures of 64 x 64 pixels, in their order. */
    public List<float[]> pictures(List<BufferedImage> images) {
        List<float[]> vectors = new ArrayList<>();
        for (int first = 0; first < images.size(); first += BATCH) {
            int count = Math.min(BATCH, images.size() - first);
            BufferedImage[] some = new BufferedImage[BATCH];
            for (int i = 0; i < BATCH; i++) {
                some[i] = images.get(first + Math.min(i, count - 1)); // the last one fills up the batch
            }
            HostTensor pixels = HostTensor.of(Pixels.of(some), BATCH, 3, size, size);
            addRows(pictures.run(Map.of("pixels", pixels)), count, vectors);
        }
        return vectors;
    }

    /** The vectors of texts, in their order. */
    public List<float[]> texts(List<String> captions) {
        int length = tokenizer.maxLength();
        List<float[]> vectors = new ArrayList<>();
        for (int first = 0; first < captions.size(); first += BATCH) {
            int count = Math.min(BATCH, captions.size() - first);
            int[] ids = new int[BATCH * length];
            for (int i = 0; i < BATCH; i++) {
                String caption = captions.get(first + Math.min(i, count - 1));
                System.arraycopy(tokenizer.tokenize(caption).ids(), 0, ids, i * length, length);
            }
            HostTensor rows = HostTensor.of(model.text().pooledRows(ids, BATCH), BATCH);
            addRows(texts.run(Map.of("ids", HostTensor.of(ids, BATCH, length), "rows", rows)), count, vectors);
        }
        return vectors;
    }

    private void addRows(Executable.Results results, int count, List<float[]> vectors) {
        for (int i = 0; i < count; i++) {
            float[] vector = new float[width];
            results.get(OUT).copyTo((long) i * width, vector, 0, width);
            vectors.add(vector);
        }
    }

    @Override
    public void close() {
        pictures.close();
        texts.close();
        weights.close();
    }
}
