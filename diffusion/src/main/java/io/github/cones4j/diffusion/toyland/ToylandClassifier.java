package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.diffusion.toyland.world.Colour;
import io.github.cones4j.diffusion.toyland.world.Detail;
import io.github.cones4j.diffusion.toyland.world.Kind;
import io.github.cones4j.diffusion.toyland.world.Pattern;
import io.github.cones4j.diffusion.toyland.world.PictureSpec;
import io.github.cones4j.diffusion.toyland.world.Scene;
import io.github.cones4j.diffusion.toyland.world.Thing;
import io.github.cones4j.engine.graph.Conv.Padding;
import io.github.cones4j.engine.graph.Tensor;
import io.github.cones4j.engine.nn.Conv2d;
import io.github.cones4j.engine.nn.GroupNorm;
import io.github.cones4j.engine.nn.Linear;
import io.github.cones4j.engine.nn.Params;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Says what a picture of one thing shows. It is trained on Toyland apart from the generator and judges its pictures. The
 * <em>object embedding</em>, from which all answers about the thing follow, is what subjects are compared by; the scene is
 * read off elsewhere, so that a background does not make two things alike.
 */
final class ToylandClassifier {
    /** Width of the object embedding. */
    static final int EMBEDDING = 64;

    private static final int[] CHANNELS = {24, 48, 72, 96};
    private static final int GROUPS = 8;

    private final Conv2d convIn;
    private final List<Block> blocks = new ArrayList<>();
    private final Linear object;
    private final Map<Question, Linear> heads = new LinkedHashMap<>();

    /** What is asked about a picture. */
    enum Question {
        /** What the thing is. */
        KIND(Kind.values().length),
        /** Its main colour. */
        COLOUR(Colour.values().length),
        /** What is painted on it. */
        PATTERN(Pattern.values().length),
        /** The colour of the pattern; the main one if it is plain. */
        PATTERN_COLOUR(Colour.values().length),
        /** What it wears. */
        DETAIL(Detail.values().length),
        /** The colour of that; the main one if it wears nothing. */
        DETAIL_COLOUR(Colour.values().length),
        /** Where it is. */
        SCENE(Scene.values().length);

        private final int answers;

        Question(int answers) {
            this.answers = answers;
        }

        /** The number of possible answers. */
        int answers() {
            return answers;
        }

        /** The true answer for a picture of one thing, 0 .. answers-1. */
        @SuppressWarnings("EnumOrdinal") // answers are numbered in the order of the constants
        int truth(PictureSpec spec) {
            Thing thing = spec.things().getFirst();
            return switch (this) {
                case KIND -> thing.kind().ordinal();
                case COLOUR -> thing.colour().ordinal();
                case PATTERN -> thing.pattern().ordinal();
                case PATTERN_COLOUR -> thing.patternColour().ordinal();
                case DETAIL -> thing.detail().ordinal();
                case DETAIL_COLOUR -> thing.detailColour().ordinal();
                case SCENE -> spec.scene().ordinal();
            };
        }

        private String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    ToylandClassifier(Params p) {
        convIn = new Conv2d(p.at("conv_in"), 3, CHANNELS[0], 3);
        int channels = CHANNELS[0];
        for (int i = 0; i < CHANNELS.length; i++) {
            blocks.add(new Block(p.at("blocks").at(i), channels, CHANNELS[i]));
            channels = CHANNELS[i];
        }
        object = new Linear(p.at("object"), channels * 16, EMBEDDING, true);
        for (Question question : Question.values()) {
            int features = question == Question.SCENE ? channels * 16 : EMBEDDING;
            heads.put(question, new Linear(p.at("heads").at(question.key()), features, question.answers(), true));
        }
    }

    /**
     * What the classifier makes of pictures.
     *
     * @param embedding the object embedding [b, {@value #EMBEDDING}]
     * @param logits for each question [b, answers]
     */
    record Answers(Tensor embedding, Map<Question, Tensor> logits) {}

    /** Shapes: pictures [b, 3, 64, 64] in -1..1. */
    Answers apply(Tensor pictures) {
        Tensor h = convIn.apply(pictures);
        for (Block block : blocks) {
            h = block.apply(h);
        }
        Tensor features = h.reshape(h.shape().dim(0), -1);
        Tensor embedding = object.apply(features);
        Map<Question, Tensor> logits = new LinkedHashMap<>();
        heads.forEach((question, head) ->
                logits.put(question, head.apply(question == Question.SCENE ? features : embedding.silu())));
        return new Answers(embedding, logits);
    }

    /** A residual block at half the size of its input. */
    private static final class Block {
        private final Conv2d down;
        private final GroupNorm norm1;
        private final Conv2d conv1;
        private final GroupNorm norm2;
        private final Conv2d conv2;

        Block(Params p, int in, int out) {
            down = new Conv2d(p.at("down"), in, out, 3, 2, Padding.same(1));
            norm1 = new GroupNorm(p.at("norm1"), GROUPS, out, 1e-5);
            conv1 = new Conv2d(p.at("conv1"), out, out, 3);
            norm2 = new GroupNorm(p.at("norm2"), GROUPS, out, 1e-5);
            conv2 = new Conv2d(p.at("conv2"), out, out, 3);
        }

        Tensor apply(Tensor x) {
            Tensor h = down.apply(x);
            return conv2.apply(norm2.apply(conv1.apply(norm1.apply(h).silu())).silu())
                    .add(h);
        }
    }
}
