package io.github.cones4j.bench.kernels;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.Attention;
import io.github.cones4j.engine.graph.Conv;
import io.github.cones4j.engine.graph.Movement;
import io.github.cones4j.engine.graph.Norm;
import io.github.cones4j.engine.graph.Program;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.train.AdamW;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A row of the table: one kernel at one size. Its program reads everything from weights, which lie on the device in the order that the kernel
 * takes, and gives one element of the result, so that a run is the kernel and little else. Operands that a device would pack once if they
 * were weights, and that are activations in a model, are inputs instead; copying them in is timed for itself and taken off.
 */
record Kernel(Kind kind, List<Integer> sizes) {
    private static final double EPSILON = 1e-5;
    private static final int GROUPS = 32;
    private static final String IDS = "ids";
    private static final AdamW ADAMW = AdamW.defaults();

    Kernel {
        if (sizes.size() != kind.sizes()) {
            throw new IllegalArgumentException(kind + " has " + kind.sizes() + " sizes, not " + sizes);
        }
    }

    private static Kernel of(Kind kind, int... sizes) {
        return new Kernel(kind, Arrays.stream(sizes).boxed().toList());
    }

    /** For example {@code linear 4096 x 320 x 320}. */
    String name() {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') + " "
                + sizes.stream().map(String::valueOf).collect(Collectors.joining(" x "));
    }

    /** The kernel of that name. */
    static Kernel named(String name) {
        return all().stream()
                .filter(kernel -> kernel.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no kernel " + name));
    }

    /** All rows of the table: the sizes are those of Stable Diffusion 1.5 at 64 x 64 latents (512 x 512 pixels). */
    static List<Kernel> all() {
        List<Kernel> all = new ArrayList<>(quick());
        for (Kernel kernel : more()) {
            if (!all.contains(kernel)) {
                all.add(kernel);
            }
        }
        all.sort((a, b) -> a.kind().compareTo(b.kind()));
        return all;
    }

    /** One row or two of each kind that counts. */
    static List<Kernel> quick() {
        return List.of(
                of(Kind.LINEAR, 4096, 320, 320),
                of(Kind.LINEAR, 256, 1280, 1280),
                of(Kind.LINEAR_GRAD_WEIGHT, 4096, 320, 320),
                of(Kind.PRODUCT, 8, 1024, 80, 1024),
                of(Kind.CONV, 64, 320, 320, 3, 1),
                of(Kind.CONV, 16, 1280, 1280, 3, 1),
                of(Kind.CONV, 32, 1280, 640, 1, 1),
                of(Kind.CONV, 64, 320, 320, 3, 2),
                of(Kind.CONV_GRAD_INPUT, 64, 320, 320, 3, 1),
                of(Kind.CONV_GRAD_WEIGHT, 64, 320, 320, 3, 1),
                of(Kind.ATTENTION, 1024, 1024, 8, 80),
                of(Kind.ATTENTION_GRAD, 1024, 1024, 8, 80),
                of(Kind.GROUP_NORM_SILU, 64, 320),
                of(Kind.LAYER_NORM, 4096, 320),
                of(Kind.SOFTMAX, 4096, 1024),
                of(Kind.GEGLU, 4096, 1280),
                of(Kind.ADD, 4096, 320),
                of(Kind.UPSAMPLE, 32, 640),
                of(Kind.PERMUTE, 64, 320),
                of(Kind.PACK_CONV, 640, 640));
    }

    private static List<Kernel> more() {
        return List.of(
                of(Kind.LINEAR, 4096, 320, 2560),
                of(Kind.LINEAR, 4096, 1280, 320),
                of(Kind.LINEAR, 1024, 640, 640),
                of(Kind.LINEAR, 1024, 640, 5120),
                of(Kind.LINEAR, 256, 1280, 10240),
                of(Kind.LINEAR, 256, 5120, 1280),
                of(Kind.LINEAR, 64, 1280, 1280),
                of(Kind.LINEAR, 77, 768, 320),
                of(Kind.LINEAR, 77, 768, 3072),
                of(Kind.LINEAR, 1, 1280, 1280),
                of(Kind.LINEAR_GRAD_INPUT, 4096, 320, 320),
                of(Kind.LINEAR_GRAD_INPUT, 1024, 640, 5120),
                of(Kind.LINEAR_GRAD_INPUT, 256, 1280, 1280),
                of(Kind.LINEAR_GRAD_WEIGHT, 1024, 640, 5120),
                of(Kind.LINEAR_GRAD_WEIGHT, 256, 1280, 1280),
                of(Kind.LINEAR_GRAD_WEIGHT, 77, 768, 320),
                of(Kind.LINEAR_GRAD_WEIGHT, 77, 768, 1280),
                of(Kind.PRODUCT, 8, 1024, 1024, 80),
                of(Kind.PRODUCT_TRANSPOSED, 8, 1024, 80, 1024),
                of(Kind.PRODUCT_TRANSPOSED, 12, 77, 64, 77),
                of(Kind.CONV, 64, 4, 320, 3, 1),
                of(Kind.CONV, 64, 960, 320, 3, 1),
                of(Kind.CONV, 64, 320, 4, 3, 1),
                of(Kind.CONV, 32, 640, 640, 3, 1),
                of(Kind.CONV, 32, 1280, 640, 3, 1),
                of(Kind.CONV, 16, 2560, 1280, 3, 1),
                of(Kind.CONV, 8, 1280, 1280, 3, 1),
                of(Kind.CONV, 64, 512, 512, 3, 1),
                of(Kind.CONV, 128, 512, 512, 3, 1),
                of(Kind.CONV, 256, 256, 256, 3, 1),
                of(Kind.CONV, 512, 128, 128, 3, 1),
                of(Kind.CONV, 512, 3, 128, 3, 1),
                of(Kind.CONV, 512, 128, 3, 3, 1),
                of(Kind.CONV, 64, 320, 320, 1, 1),
                of(Kind.CONV, 16, 2560, 1280, 1, 1),
                of(Kind.CONV, 32, 640, 640, 3, 2),
                of(Kind.CONV, 512, 128, 128, 3, 2),
                of(Kind.CONV_GRAD_INPUT, 32, 640, 640, 3, 1),
                of(Kind.CONV_GRAD_INPUT, 16, 1280, 1280, 3, 1),
                of(Kind.CONV_GRAD_INPUT, 8, 1280, 1280, 3, 1),
                of(Kind.CONV_GRAD_INPUT, 32, 1280, 640, 1, 1),
                of(Kind.CONV_GRAD_INPUT, 64, 320, 320, 3, 2),
                of(Kind.CONV_GRAD_WEIGHT, 32, 640, 640, 3, 1),
                of(Kind.CONV_GRAD_WEIGHT, 16, 1280, 1280, 3, 1),
                of(Kind.CONV_GRAD_WEIGHT, 8, 1280, 1280, 3, 1),
                of(Kind.CONV_GRAD_WEIGHT, 32, 1280, 640, 1, 1),
                of(Kind.CONV_GRAD_WEIGHT, 64, 320, 320, 3, 2),
                of(Kind.ATTENTION, 4096, 4096, 8, 40),
                of(Kind.ATTENTION, 256, 256, 8, 160),
                of(Kind.ATTENTION, 64, 64, 8, 160),
                of(Kind.ATTENTION, 4096, 77, 8, 40),
                of(Kind.ATTENTION, 1024, 77, 8, 80),
                of(Kind.ATTENTION, 4096, 4096, 1, 512),
                of(Kind.ATTENTION_CAUSAL, 77, 77, 12, 64),
                of(Kind.ATTENTION_GRAD, 4096, 4096, 8, 40),
                of(Kind.ATTENTION_GRAD, 256, 256, 8, 160),
                of(Kind.ATTENTION_GRAD, 4096, 77, 8, 40),
                of(Kind.ATTENTION_GRAD, 1024, 77, 8, 80),
                of(Kind.GROUP_NORM_SILU, 64, 960),
                of(Kind.GROUP_NORM_SILU, 32, 640),
                of(Kind.GROUP_NORM_SILU, 16, 1280),
                of(Kind.GROUP_NORM_SILU, 8, 2560),
                of(Kind.GROUP_NORM_SILU, 512, 128),
                of(Kind.GROUP_NORM_GRAD, 64, 320),
                of(Kind.GROUP_NORM_GRAD, 16, 1280),
                of(Kind.LAYER_NORM, 1024, 640),
                of(Kind.LAYER_NORM, 77, 768),
                of(Kind.LAYER_NORM_GRAD, 4096, 320),
                of(Kind.SOFTMAX, 32768, 77),
                of(Kind.GEGLU, 1024, 2560),
                of(Kind.SILU, 4096, 320),
                of(Kind.ADAMW, 1280, 1280),
                of(Kind.SUM, 4096, 320),
                of(Kind.UPSAMPLE, 256, 256),
                of(Kind.CONCAT, 64, 320),
                of(Kind.CONCAT, 16, 1280),
                of(Kind.PERMUTE, 16, 1280),
                of(Kind.GATHER, 77, 49408, 768),
                of(Kind.PACK_LINEAR, 1280, 10240),
                of(Kind.PACK_CONV, 1280, 1280));
    }

    private int size(int i) {
        return sizes.get(i);
    }

    /** Multiplications and additions, by the usual count of a direct computation; 0 if memory and not arithmetic bounds the kernel. */
    double flop() {
        return switch (kind) {
            case LINEAR, LINEAR_GRAD_INPUT, LINEAR_GRAD_WEIGHT -> 2.0 * size(0) * size(1) * size(2);
            case PRODUCT, PRODUCT_TRANSPOSED -> 2.0 * size(0) * size(1) * size(2) * size(3);
            case CONV, CONV_GRAD_INPUT, CONV_GRAD_WEIGHT ->
                2.0 * outSide() * outSide() * size(1) * size(2) * size(3) * size(3);
            case ATTENTION -> 4.0 * size(0) * size(1) * size(2) * size(3);
            case ATTENTION_CAUSAL -> 2.0 * size(0) * (size(1) + 1) * size(2) * size(3);
            case ATTENTION_GRAD -> 10.0 * size(0) * size(1) * size(2) * size(3);
            default -> 0;
        };
    }

    /** Bytes of all operands and of the result. */
    double bytes() {
        double elements = 0;
        for (int[] operand : operands()) {
            elements += Shape.of(operand).size();
        }
        return 4
                * switch (kind) {
                    case GATHER -> 2.0 * size(0) * size(2); // only the rows asked for are read
                    case ADAMW -> 7.0 * size(0) * size(1); // parameter, gradient, moments; three of them written
                    case PACK_LINEAR, PACK_CONV -> 2 * elements;
                    default ->
                        elements
                                + results(tensors()).stream()
                                        .mapToDouble(y -> y.shape().size())
                                        .sum();
                };
    }

    private int outSide() {
        return (size(0) - 1) / size(4) + 1;
    }

    /** The shapes of the operands. */
    List<int[]> operands() {
        return switch (kind) {
            case LINEAR -> List.of(dims(size(0), size(1)), dims(size(2), size(1)), dims(size(2)));
            case LINEAR_GRAD_INPUT -> List.of(dims(size(0), size(2)), dims(size(2), size(1)));
            case LINEAR_GRAD_WEIGHT -> List.of(dims(size(0), size(2)), dims(size(0), size(1)));
            case PRODUCT -> List.of(dims(size(0), size(1), size(2)), dims(size(0), size(2), size(3)));
            case PRODUCT_TRANSPOSED -> List.of(dims(size(0), size(1), size(2)), dims(size(0), size(3), size(2)));
            case CONV -> List.of(picture(size(1), size(0)), filter(), dims(size(2)));
            case CONV_GRAD_INPUT -> List.of(picture(size(2), outSide()), filter());
            case CONV_GRAD_WEIGHT -> List.of(picture(size(1), size(0)), picture(size(2), outSide()));
            case ATTENTION, ATTENTION_CAUSAL -> List.of(tokens(0), tokens(1), tokens(1));
            case ATTENTION_GRAD -> List.of(tokens(0), tokens(1), tokens(1), tokens(0), tokens(0));
            case GROUP_NORM_SILU -> List.of(picture(size(1), size(0)), dims(size(1)), dims(size(1)));
            case GROUP_NORM_GRAD -> List.of(picture(size(1), size(0)), dims(size(1)), picture(size(1), size(0)));
            case LAYER_NORM -> List.of(rows(), dims(size(1)), dims(size(1)));
            case LAYER_NORM_GRAD -> List.of(rows(), dims(size(1)), rows());
            case SOFTMAX, SILU, SUM -> List.of(rows());
            case GEGLU -> List.of(dims(size(0), 2 * size(1)));
            case ADD -> List.of(rows(), rows());
            case ADAMW -> List.of(rows(), rows());
            case UPSAMPLE, PERMUTE -> List.of(picture(size(1), size(0)));
            case CONCAT -> List.of(dims(1, size(0), size(0), size(1)), dims(1, size(0), size(0), size(1)));
            case GATHER -> List.of(dims(size(1), size(2)));
            case PACK_LINEAR -> List.of(dims(size(1), size(0)));
            case PACK_CONV -> List.of(dims(size(1), size(0), 3, 3));
        };
    }

    private static int[] dims(int... dims) {
        return dims;
    }

    private static int[] picture(int channels, int side) {
        return dims(1, channels, side, side);
    }

    private int[] filter() {
        return dims(size(2), size(1), size(3), size(3));
    }

    private int[] tokens(int i) {
        return dims(1, size(i), size(2) * size(3));
    }

    private int[] rows() {
        return dims(size(0), size(1));
    }

    private List<Tensor> tensors() {
        List<int[]> operands = operands();
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            int[] dims = operands.get(i);
            tensors.add(isGiven(i) ? Tensor.input(operand(i), dims) : Tensor.weight(operand(i), dims));
        }
        return tensors;
    }

    private static String operand(int i) {
        return "operand " + i;
    }

    /** Whether an operand is an input. */
    private boolean isGiven(int i) {
        return kind == Kind.LINEAR_GRAD_WEIGHT && i == 1;
    }

    /** The kernel alone. */
    Program program() {
        List<Tensor> x = tensors();
        return kind == Kind.ADAMW
                ? Program.of(Map.of(), ADAMW.updates(x.get(0), x.get(1), true))
                : Program.of(corners(results(x)));
    }

    /** Copying the operands in that are inputs, and no kernel. */
    Program copyIn() {
        List<Tensor> x = tensors();
        return Program.of(corners(IntStream.range(0, x.size())
                .filter(this::isGiven)
                .mapToObj(x::get)
                .toList()));
    }

    /** Whether {@link #copyIn} does anything. */
    boolean hasInputs() {
        return IntStream.range(0, operands().size()).anyMatch(this::isGiven);
    }

    /** The first element of each. */
    private static Map<String, Tensor> corners(List<Tensor> all) {
        Map<String, Tensor> corners = new LinkedHashMap<>();
        all.forEach(x -> corners.put("corner " + corners.size(), corner(x)));
        return corners;
    }

    private static Tensor corner(Tensor x) {
        Tensor corner = x;
        for (int axis = 0; axis < x.shape().rank(); axis++) {
            corner = corner.slice(axis, 0, 1);
        }
        return corner;
    }

    /** Values for the operands that are weights. */
    Weights weights() {
        Map<String, HostTensor> values = new LinkedHashMap<>();
        List<int[]> operands = operands();
        for (int i = 0; i < operands.size(); i++) {
            if (!isGiven(i)) {
                values.put(operand(i), random(i, operands.get(i)));
            }
        }
        if (kind == Kind.ADAMW) {
            values.putAll(ADAMW.initialState(tensors().getFirst()));
        }
        return Weights.of("operands of " + name(), values);
    }

    /** Values for the operands that are inputs; with it the few numbers that are always inputs. */
    Map<String, HostTensor> inputs() {
        Map<String, HostTensor> values = new LinkedHashMap<>();
        List<int[]> operands = operands();
        for (int i = 0; i < operands.size(); i++) {
            if (isGiven(i)) {
                values.put(operand(i), random(i, operands.get(i)));
            }
        }
        if (kind == Kind.GATHER) {
            values.put(
                    IDS,
                    HostTensor.of(
                            IntStream.range(0, size(0))
                                    .map(i -> i * 631 % size(1))
                                    .toArray(),
                            size(0)));
        }
        if (kind == Kind.ADAMW) {
            values.putAll(ADAMW.inputs(1000, 1e-5));
        }
        return values;
    }

    /** Numbers between -0.05 and 0.05. */
    static HostTensor random(int seed, int... dims) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[Math.toIntExact(Shape.of(dims).size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt() * (0.05f / (1L << 31));
        }
        return HostTensor.of(values, dims);
    }

    private List<Tensor> results(List<Tensor> x) {
        Tensor a = x.getFirst();
        return switch (kind) {
            case GROUP_NORM_GRAD ->
                List.of(
                        Tensor.of(new Norm.GroupNormGradInput(GROUPS, EPSILON), x),
                        Tensor.of(new Norm.GroupNormGradAffine(GROUPS, EPSILON), a, x.get(2)));
            case LAYER_NORM_GRAD ->
                List.of(
                        Tensor.of(new Norm.LayerNormGradInput(EPSILON), x),
                        Tensor.of(new Norm.LayerNormGradAffine(EPSILON), a, x.get(2)));
            default -> List.of(result(a, x));
        };
    }

    private Tensor result(Tensor a, List<Tensor> x) {
        return switch (kind) {
            case LINEAR -> a.linear(x.get(1), x.get(2));
            case LINEAR_GRAD_INPUT -> a.matmul(x.get(1));
            case LINEAR_GRAD_WEIGHT -> a.matmul(x.get(1), true, false);
            case PRODUCT -> a.matmul(x.get(1));
            case PRODUCT_TRANSPOSED -> a.matmul(x.get(1), false, true);
            case CONV -> a.conv2d(x.get(1), x.get(2), size(4), padding());
            case CONV_GRAD_INPUT ->
                Tensor.of(new Conv.Conv2dGradInput(size(0), size(0), size(4), padding()), a, x.get(1));
            case CONV_GRAD_WEIGHT ->
                Tensor.of(new Conv.Conv2dGradWeight(size(3), size(3), size(4), padding()), a, x.get(1));
            case ATTENTION -> a.attention(x.get(1), x.get(2), size(2), false);
            case ATTENTION_CAUSAL -> a.attention(x.get(1), x.get(2), size(2), true);
            case ATTENTION_GRAD -> Tensor.of(new Attention.Gradient(size(2), 1 / Math.sqrt(size(3)), false), x);
            case GROUP_NORM_SILU ->
                a.groupNorm(GROUPS, x.get(1), x.get(2), EPSILON).silu();
            case LAYER_NORM -> a.layerNorm(x.get(1), x.get(2), EPSILON);
            case SOFTMAX -> a.softmax();
            case GEGLU ->
                a.slice(1, 0, size(1)).mul(a.slice(1, size(1), 2 * size(1)).gelu());
            case SILU -> a.silu();
            case ADD -> a.add(x.get(1));
            case SUM -> a.sum(0);
            case UPSAMPLE -> a.upsampleNearest(2 * size(0), 2 * size(0));
            case CONCAT -> Tensor.concat(3, x);
            case PERMUTE -> Tensor.of(new Movement.Concat(0), a.permute(0, 2, 3, 1));
            case GATHER -> a.gather(Tensor.indices(IDS, size(0)));
            case PACK_LINEAR -> Tensor.full(0, Spec.f32(1, size(0))).linear(a, null);
            case PACK_CONV -> Tensor.full(0, Spec.f32(1, size(0), 16, 16)).conv2d(a, null, 1, Conv.Padding.same(1));
            case GROUP_NORM_GRAD, LAYER_NORM_GRAD, ADAMW ->
                throw new IllegalStateException(kind + " has several results");
        };
    }

    private Conv.Padding padding() {
        return Conv.Padding.same(size(3) / 2);
    }
}
