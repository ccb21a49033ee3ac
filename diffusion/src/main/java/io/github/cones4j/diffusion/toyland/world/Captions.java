package io.github.cones4j.diffusion.toyland.world;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What one may say of a picture, in lower case and without punctuation: {@code a photo of a small red dog with white
 * spots and a blue hat on the beach}. Every word is one token of {@link Vocabulary}.
 */
public final class Captions {
    /** The most words of a caption; with start and end token it fills {@value #LONGEST} + 2 tokens. */
    public static final int LONGEST = 20;

    private static final double SMALL = 0.56;
    private static final double BIG = 0.66;

    private Captions() {}

    /** A caption that may leave out the size, colours, pattern, detail and scene: {@code a photo of a dog} occurs. */
    public static String of(PictureSpec spec, long seed) {
        Dice dice = new Dice(~seed); // other dice than those of the picture of the same seed
        List<String> words = new ArrayList<>();
        do {
            words.clear();
            prefix(words, dice);
            List<Thing> things = new ArrayList<>(spec.things());
            if (dice.chance(0.5)) {
                Collections.reverse(things);
            }
            boolean alone = things.size() == 1;
            describe(things.getFirst(), alone, words, dice);
            if (!alone) {
                words.addAll(dice.chance(0.75) ? List.of("and") : List.of("next", "to"));
                describe(things.getLast(), false, words, dice);
            }
            if (dice.chance(0.88)) {
                words.addAll(List.of(spec.scene().phrase().split(" ")));
            }
        } while (words.size() > LONGEST);
        return String.join(" ", words);
    }

    /** All that can be said of a thing, without article: {@code red dog with white spots and a blue hat}. */
    public static String description(Thing thing) {
        List<String> words =
                new ArrayList<>(List.of(thing.colour().word(), thing.kind().word()));
        if (thing.pattern() != Pattern.PLAIN) {
            words.addAll(List.of(
                    "with", thing.patternColour().word(), thing.pattern().word()));
        }
        if (thing.detail() != Detail.NONE) {
            words.add(thing.pattern() == Pattern.PLAIN ? "with" : "and");
            article(thing.detailColour().word(), words);
            words.addAll(List.of(thing.detailColour().word(), thing.detail().word()));
        }
        return String.join(" ", words);
    }

    /** A noun phrase with {@code a} or {@code an} before it. */
    public static String withArticle(String phrase) {
        return (startsWithVowel(phrase) ? "an " : "a ") + phrase;
    }

    /** All words that captions and subjects use, sorted. */
    public static Set<String> words() {
        Set<String> words = new TreeSet<>(
                List.of("a", "an", "photo", "picture", "of", "small", "big", "with", "and", "next", "to"));
        for (Kind kind : Kind.values()) {
            words.add(kind.word());
        }
        for (Colour colour : Colour.values()) {
            words.add(colour.word());
        }
        for (Pattern pattern : Pattern.values()) {
            words.add(pattern.word());
        }
        for (Detail detail : Detail.values()) {
            if (detail != Detail.NONE) {
                words.add(detail.word());
            }
        }
        for (Scene scene : Scene.values()) {
            words.addAll(List.of(scene.phrase().split(" ")));
        }
        return words;
    }

    private static void prefix(List<String> words, Dice dice) {
        double choice = dice.unit();
        if (choice < 0.7) {
            words.addAll(List.of("a", choice < 0.55 ? "photo" : "picture", "of"));
        }
    }

    private static void describe(Thing thing, boolean alone, List<String> words, Dice dice) {
        List<String> noun = new ArrayList<>();
        double size = thing.pose().size();
        if (alone && (size < SMALL || size > BIG) && dice.chance(0.4)) {
            noun.add(size < SMALL ? "small" : "big");
        }
        if (dice.chance(0.85)) {
            noun.add(thing.colour().word());
        }
        noun.add(thing.kind().word());
        article(noun.getFirst(), words);
        words.addAll(noun);
        boolean said = false;
        if (thing.pattern() != Pattern.PLAIN && dice.chance(0.85)) {
            words.add("with");
            if (dice.chance(0.92)) {
                words.add(thing.patternColour().word());
            }
            words.add(thing.pattern().word());
            said = true;
        }
        if (thing.detail() != Detail.NONE && dice.chance(0.85)) {
            words.add(said ? "and" : "with");
            String colour = thing.detailColour().word();
            if (dice.chance(0.92)) {
                article(colour, words);
                words.add(colour);
            } else {
                words.add("a");
            }
            words.add(thing.detail().word());
        }
    }

    private static void article(String next, List<String> words) {
        words.add(startsWithVowel(next) ? "an" : "a");
    }

    private static boolean startsWithVowel(String phrase) {
        return "aeiou".indexOf(phrase.charAt(0)) >= 0;
    }
}
