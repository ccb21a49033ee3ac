package io.github.cones4j.concepts.edit;

import io.github.cones4j.concepts.mask.NeuronMask;
import io.github.cones4j.diffusion.pipeline.Branches;
import io.github.cones4j.engine.exec.Weights;
import java.util.List;

/**
 * What is done to a model's weights so that it draws one subject or several: the neurons of all of them (their union) are
 * multiplied by a factor, 0 to shut them (Liu et al. 2023, arXiv:2303.05125, sections 3.1 and 3.2). The model's own weights
 * are left alone.
 *
 * @param masks the neurons of each subject, at least one
 * @param factor of the weights in the masks: 0 shuts them, 1 changes nothing
 * @param unconditional which weights the unconditional branch of the guidance uses
 */
public record ConceptEdit(List<NeuronMask> masks, float factor, Unconditional unconditional) {
    /** Which weights the unconditional branch of classifier-free guidance uses. */
    public enum Unconditional {
        /**
         * The model's own: guidance then pushes towards the subject, and the background stays. Not in the paper; measured as
         * the most useful deviation from it.
         */
        ORIGINAL,
        /** Those with the neurons shut, as in the paper: part of the effect cancels. */
        SHUT
    }

    /** Checks the values. */
    public ConceptEdit {
        masks = List.copyOf(masks);
        if (masks.isEmpty()) {
            throw new IllegalArgumentException("edit: no mask is given");
        }
        if (!Float.isFinite(factor)) {
            throw new IllegalArgumentException("edit: the factor must be finite, but is " + factor);
        }
    }

    /** Shuts neurons in the conditional branch only. */
    public static ConceptEdit shut(NeuronMask... masks) {
        return new ConceptEdit(List.of(masks), 0, Unconditional.ORIGINAL);
    }

    /** The neurons of all subjects. */
    public NeuronMask cluster() {
        return NeuronMask.union(masks);
    }

    /**
     * The weights of both branches of the guidance.
     *
     * @param unet the model's weights, which stay open as long as the result is used
     * @throws IllegalArgumentException if a mask does not fit the model
     */
    public Branches branches(Weights unet) {
        NeuronMask cluster = cluster();
        Weights edited = factor == 0 ? cluster.shut(unet) : cluster.scale(unet, factor);
        return switch (unconditional) {
            case ORIGINAL -> new Branches(edited, unet);
            case SHUT -> Branches.both(edited);
        };
    }
}
