package io.github.cones4j.bench.kernels;

/**
 * What a {@link Kernel} computes. The names are those of {@code bench/reference/torch_kernels.py}; the sizes that belong to each stand
 * behind it.
 */
enum Kind {
    /** x W^T + bias, W packed once: m, k, n for x [m, k]. */
    LINEAR("m", "k", "n"),
    /** dx = dy W of a linear layer, W packed once. */
    LINEAR_GRAD_INPUT("m", "k", "n"),
    /** dW = dy^T x of a linear layer: both operands are new in every run. */
    LINEAR_GRAD_WEIGHT("m", "k", "n"),
    /** A batch of products [m, k] [k, n] of activations. */
    PRODUCT("batch", "m", "k", "n"),
    /** A batch of products [m, k] [n, k]^T of activations. */
    PRODUCT_TRANSPOSED("batch", "m", "k", "n"),
    /** Convolution of [1, in, side, side] with an odd square kernel and zeros around, weights packed once. */
    CONV("side", "in", "out", "kernel", "stride"),
    /** The gradient of a convolution's input, weights packed once. */
    CONV_GRAD_INPUT("side", "in", "out", "kernel", "stride"),
    /** The gradient of a convolution's weights. */
    CONV_GRAD_WEIGHT("side", "in", "out", "kernel", "stride"),
    /** Attention of all queries to all keys. */
    ATTENTION("queries", "keys", "heads", "width"),
    /** Attention of each position to those up to it. */
    ATTENTION_CAUSAL("queries", "keys", "heads", "width"),
    /** The gradients of q, k and v, the result of the attention being there. */
    ATTENTION_GRAD("queries", "keys", "heads", "width"),
    /** Group norm over 32 groups, then SiLU. */
    GROUP_NORM_SILU("side", "channels"),
    /** The gradients of input, gain and bias of a group norm. */
    GROUP_NORM_GRAD("side", "channels"),
    /** Layer norm of rows. */
    LAYER_NORM("rows", "channels"),
    /** The gradients of input, gain and bias of a layer norm. */
    LAYER_NORM_GRAD("rows", "channels"),
    /** Soft-max of rows. */
    SOFTMAX("rows", "channels"),
    /** The first half of each row times GELU (erf) of the second: x [rows, 2 channels]. */
    GEGLU("rows", "channels"),
    /** SiLU. */
    SILU("rows", "channels"),
    /** The sum of two tensors. */
    ADD("rows", "channels"),
    /** One step of AdamW on one tensor: parameter, gradient and two moments in, parameter and moments out. */
    ADAMW("rows", "channels"),
    /** The sum over the rows: the gradient of a bias. */
    SUM("rows", "channels"),
    /** Nearest-neighbour upsampling of a picture, channels last, to twice the side. */
    UPSAMPLE("side", "channels"),
    /** Two pictures, channels last, one behind the other in channels. */
    CONCAT("side", "channels"),
    /** A copy from channels first to channels last. */
    PERMUTE("side", "channels"),
    /** Rows of a table by their numbers: m of k, n wide. */
    GATHER("m", "k", "n"),
    /** Compiling a program of one linear layer: reading and packing its weights. */
    PACK_LINEAR("k", "n"),
    /** Compiling a program of one 3 x 3 convolution: reading and packing its weights. */
    PACK_CONV("in", "out");

    private final int sizes;

    /** The names of the sizes are for the reader: only their number counts. */
    Kind(String... sizes) {
        this.sizes = sizes.length;
    }

    /** How many sizes it has. */
    int sizes() {
        return sizes;
    }

    /** Whether ND4J has it, as one operation or two. */
    boolean isInNd4j() {
        return switch (this) {
            case LINEAR, LINEAR_GRAD_INPUT, LINEAR_GRAD_WEIGHT, PRODUCT, PRODUCT_TRANSPOSED, CONV -> true;
            case LAYER_NORM, SOFTMAX, SILU, ADD, SUM, UPSAMPLE, CONCAT, PERMUTE -> true;
            default -> false;
        };
    }

    /** Whether compiling is timed and not running. */
    boolean isPacking() {
        return this == PACK_LINEAR || this == PACK_CONV;
    }
}
