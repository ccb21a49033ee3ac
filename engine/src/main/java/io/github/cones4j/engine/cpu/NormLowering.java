package io.github.cones4j.engine.cpu;

import io.github.cones4j.engine.exec.Layout;
import io.github.cones4j.engine.graph.Norm;
import io.github.cones4j.engine.graph.Op;
import io.github.cones4j.engine.graph.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Turns norms and their gradients into kernel calls. */
final class NormLowering {
    private final Lowering lowering;
    private final Workers workers;
    private final Map<Tensor, Tensor> partners = new IdentityHashMap<>();

    NormLowering(Lowering lowering, Workers workers, List<Tensor> order) {
        this.lowering = lowering;
        this.workers = workers;
        findPartners(order);
    }

    /** Pairs the gradients of a norm with respect to its input and to its gain and bias: one kernel computes both. */
    private void findPartners(List<Tensor> order) {
        Map<Tensor, List<Tensor>> byCotangent = new IdentityHashMap<>();
        for (Tensor tensor : order) {
            boolean ofInput =
                    tensor.op() instanceof Norm.GroupNormGradInput || tensor.op() instanceof Norm.LayerNormGradInput;
            boolean ofAffine =
                    tensor.op() instanceof Norm.GroupNormGradAffine || tensor.op() instanceof Norm.LayerNormGradAffine;
            if (!ofInput && !ofAffine) {
                continue;
            }
            List<Tensor> known = byCotangent.computeIfAbsent(tensor.inputs().getLast(), k -> new ArrayList<>());
            for (Tensor other : known) {
                if (other.input(0) == tensor.input(0) && areOfOneNorm(other.op(), tensor.op())) {
                    partners.put(tensor, other);
                    partners.put(other, tensor);
                }
            }
            known.add(tensor);
        }
    }

    private static boolean areOfOneNorm(Op a, Op b) {
        return switch (a) {
            case Norm.GroupNormGradInput(int groups, double epsilon) ->
                b.equals(new Norm.GroupNormGradAffine(groups, epsilon));
            case Norm.GroupNormGradAffine(int groups, double epsilon) ->
                b.equals(new Norm.GroupNormGradInput(groups, epsilon));
            case Norm.LayerNormGradInput(double epsilon) -> b.equals(new Norm.LayerNormGradAffine(epsilon));
            case Norm.LayerNormGradAffine(double epsilon) -> b.equals(new Norm.LayerNormGradInput(epsilon));
            default -> false;
        };
    }

    /** The partner of a node, if it is still to be computed and its inputs are there. */
    private @Nullable Tensor openPartner(Tensor tensor) {
        Tensor partner = partners.get(tensor);
        return partner != null
                        && !lowering.isComputed(partner)
                        && partner.inputs().stream().allMatch(lowering::isReady)
                ? partner
                : null;
    }

    View lower(Norm norm, Tensor tensor) {
        return switch (norm) {
            case Norm.GroupNorm(int groups, double epsilon) -> groupNorm(groups, epsilon, tensor, false);
            case Norm.GroupNormGradInput g -> groupNormGradient(tensor, null);
            case Norm.GroupNormGradAffine g -> groupNormGradient(tensor, null);
            case Norm.LayerNorm(double epsilon) -> {
                View x = rowMajor(tensor.input(0));
                View gain = rowMajor(tensor.input(1));
                View bias = rowMajor(tensor.input(2));
                View out = lowering.fresh(tensor);
                int c = x.dim(-1);
                lowering.emit(
                        "layer_norm",
                        List.of(gain, bias),
                        List.of(x),
                        List.of(out),
                        () -> NormKernels.layerNorm(
                                workers,
                                x.array(),
                                x.start(),
                                gain.array(),
                                gain.start(),
                                bias.array(),
                                bias.start(),
                                x.size() / Math.max(c, 1),
                                c,
                                (float) epsilon,
                                out.array(),
                                out.start()));
                yield out;
            }
            case Norm.LayerNormGradInput(double epsilon) -> {
                View x = rowMajor(tensor.input(0));
                View gain = rowMajor(tensor.input(1));
                View dy = rowMajor(tensor.input(2));
                View dx = lowering.fresh(tensor);
                Tensor partner = openPartner(tensor);
                View affine = partner == null ? null : lowering.fresh(partner);
                layerNormGrad(epsilon, x, gain, dy, dx, affine);
                yield both(dx, partner, affine);
            }
            case Norm.LayerNormGradAffine(double epsilon) -> {
                View x = rowMajor(tensor.input(0));
                View dy = rowMajor(tensor.input(1));
                View affine = lowering.fresh(tensor);
                Tensor partner = openPartner(tensor);
                View gain = partner == null ? x : rowMajor(partner.input(1));
                View dx = partner == null ? null : lowering.fresh(partner);
                layerNormGrad(epsilon, x, gain, dy, dx, affine);
                yield both(affine, partner, dx);
            }
            case Norm.Softmax() -> {
                View x = rowMajor(tensor.input(0));
                View out = lowering.fresh(tensor);
                int n = x.dim(-1);
                lowering.emit(
                        "softmax",
                        List.of(x),
                        List.of(out),
                        () -> SoftmaxKernels.softmax(
                                workers, x.array(), x.start(), x.size() / Math.max(n, 1), n, out.array(), out.start()));
                yield out;
            }
            case Norm.LogSoftmax() -> {
                View x = rowMajor(tensor.input(0));
                View out = lowering.fresh(tensor);
                int n = x.dim(-1);
                lowering.emit(
                        "log_softmax",
                        List.of(x),
                        List.of(out),
                        () -> SoftmaxKernels.logSoftmax(
                                workers, x.array(), x.start(), x.size() / Math.max(n, 1), n, out.array(), out.start()));
                yield out;
            }
        };
    }

    /** SiLU of a group norm. */
    View siluOf(Tensor norm) {
        if (norm.op() instanceof Norm.GroupNorm(int groups, double epsilon)) {
            return groupNorm(groups, epsilon, norm, true);
        }
        throw new IllegalArgumentException("not a group norm: " + norm);
    }

    private View groupNorm(int groups, double epsilon, Tensor norm, boolean silu) {
        View x = channelsLast(norm.input(0));
        View gain = rowMajor(norm.input(1));
        View bias = rowMajor(norm.input(2));
        View out = lowering.fresh(norm.shape(), Layout.channelsLast(x.rank()));
        lowering.emit(
                silu ? "group_norm_silu" : "group_norm",
                List.of(gain, bias),
                List.of(x),
                List.of(out),
                () -> NormKernels.groupNorm(
                        workers,
                        x.array(),
                        x.start(),
                        gain.array(),
                        gain.start(),
                        bias.array(),
                        bias.start(),
                        x.dim(0),
                        positions(x),
                        x.dim(1),
                        groups,
                        (float) epsilon,
                        silu,
                        out.array(),
                        out.start()));
        return out;
    }

    /**
     * A gradient of a group norm, with the other one if that is still to be computed.
     *
     * @param through where the cotangent comes through the norm's SiLU
     */
    View groupNormGradient(Tensor tensor, Fusion.@Nullable GradientThroughSilu through) {
        boolean ofInput = tensor.op() instanceof Norm.GroupNormGradInput;
        View x = channelsLast(tensor.input(0));
        View dy = channelsLast(through == null ? tensor.inputs().getLast() : through.dy());
        Tensor partner = openPartner(tensor);
        Tensor input = ofInput ? tensor : partner;
        Tensor affine = ofInput ? partner : tensor;
        View gain = x; // not read
        if (through != null) {
            gain = rowMajor(through.norm().input(1));
        } else if (input != null) {
            gain = rowMajor(input.input(1));
        }
        View bias = through == null ? gain : rowMajor(through.norm().input(2));
        View dx = input == null ? null : lowering.fresh(input.shape(), Layout.channelsLast(x.rank()));
        View sums = affine == null ? null : lowering.fresh(affine);
        Norm.GroupNorm norm = switch (tensor.op()) {
            case Norm.GroupNormGradInput(int groups, double epsilon) -> new Norm.GroupNorm(groups, epsilon);
            case Norm.GroupNormGradAffine(int groups, double epsilon) -> new Norm.GroupNorm(groups, epsilon);
            default -> throw new IllegalArgumentException("no gradient of a group norm: " + tensor);
        };
        groupNormGrad(norm, through != null, x, gain, bias, dy, dx, sums);
        if (dx != null && sums != null && partner != null) {
            return ofInput ? both(dx, partner, sums) : both(sums, partner, dx);
        }
        return ofInput ? Objects.requireNonNull(dx) : Objects.requireNonNull(sums);
    }

    /** The first view, when the other has become the partner's. */
    private View both(View own, @Nullable Tensor partner, @Nullable View others) {
        if (partner != null && others != null) {
            lowering.put(partner, others);
        }
        return own;
    }

    private View rowMajor(Tensor tensor) {
        return lowering.rowMajor(lowering.view(tensor));
    }

    private View channelsLast(Tensor tensor) {
        return lowering.channelsLast(lowering.view(tensor));
    }

    /** Pixels, or whatever lies behind batch and channels. */
    private static int positions(View x) {
        return x.size() / Math.max(x.dim(0) * x.dim(1), 1);
    }

    /** One or both gradients; {@code affine} [2, c] holds those of gain and bias. */
    private void groupNormGrad(
            Norm.GroupNorm norm,
            boolean silu,
            View x,
            View gain,
            View bias,
            View dy,
            @Nullable View dx,
            @Nullable View affine) {
        int c = x.dim(1);
        lowering.emit(
                silu ? "group_norm_silu_grad" : "group_norm_grad",
                List.of(x, gain, bias),
                List.of(dy),
                present(dx, affine),
                () -> NormKernels.groupNormGradient(
                        workers,
                        x.array(),
                        x.start(),
                        gain.array(),
                        gain.start(),
                        bias.array(), // matters only under SiLU
                        bias.start(),
                        dy.array(),
                        dy.start(),
                        x.dim(0),
                        positions(x),
                        c,
                        norm.groups(),
                        (float) norm.epsilon(),
                        silu,
                        dx == null ? null : dx.array(),
                        dx == null ? 0 : dx.start(),
                        affine == null ? null : affine.array(),
                        affine == null ? 0 : affine.start(),
                        affine == null ? null : affine.array(),
                        affine == null ? 0 : affine.start() + c));
    }

    /** One or both gradients; {@code affine} [2, c] holds those of gain and bias. */
    private void layerNormGrad(double epsilon, View x, View gain, View dy, @Nullable View dx, @Nullable View affine) {
        int c = x.dim(-1);
        lowering.emit(
                "layer_norm_grad",
                List.of(x, gain),
                List.of(dy),
                present(dx, affine),
                () -> NormKernels.layerNormGradient(
                        workers,
                        x.array(),
                        x.start(),
                        gain.array(),
                        gain.start(),
                        dy.array(),
                        dy.start(),
                        x.size() / Math.max(c, 1),
                        c,
                        (float) epsilon,
                        dx == null ? null : dx.array(),
                        dx == null ? 0 : dx.start(),
                        affine == null ? null : affine.array(),
                        affine == null ? 0 : affine.start(),
                        affine == null ? null : affine.array(),
                        affine == null ? 0 : affine.start() + c));
    }

    private static List<View> present(@Nullable View a, @Nullable View b) {
        List<View> views = new ArrayList<>();
        if (a != null) {
            views.add(a);
        }
        if (b != null) {
            views.add(b);
        }
        return views;
    }
}
