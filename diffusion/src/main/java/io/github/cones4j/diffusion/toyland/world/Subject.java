package io.github.cones4j.diffusion.toyland.world;

import java.util.ArrayList;
import java.util.List;

/**
 * An individual: a thing in a combination of kind, colour and pattern that training never shows, with five photos. In
 * captions and prompts {@value #PLACEHOLDER} stands for the word that is to become its name.
 *
 * @param name {@code dev-...} where it may be used to choose settings; all others are only reported on
 * @param photoScenes the scenes of its photos
 * @param evaluationScenes the scenes of its evaluation prompts, of which it has no photo
 * @param photoSeed decides place, size and look of the photos
 */
public record Subject(String name, Thing thing, List<Scene> photoScenes, List<Scene> evaluationScenes, long photoSeed) {
    /** Stands for the subject's name in captions and prompts. */
    public static final String PLACEHOLDER = "<v>";

    /** Two subjects for development, six to report on. */
    public static final List<Subject> ALL = List.of(
            new Subject(
                    "dev-fish",
                    thing(Kind.FISH, Colour.PURPLE, Pattern.STRIPES, Colour.YELLOW, Detail.HAT, Colour.RED, 0.6, 0.5),
                    List.of(Scene.UNDERWATER, Scene.BEACH, Scene.MEADOW, Scene.LIVING_ROOM, Scene.CITY),
                    List.of(Scene.SNOW, Scene.DESERT, Scene.FOREST, Scene.KITCHEN),
                    101),
            new Subject(
                    "dev-mug",
                    thing(Kind.MUG, Colour.ORANGE, Pattern.SPOTS, Colour.BLUE, Detail.BOW, Colour.WHITE, 0.7, 0.4),
                    List.of(Scene.KITCHEN, Scene.SNOW, Scene.FOREST, Scene.DESERT, Scene.CITY),
                    List.of(Scene.BEACH, Scene.MEADOW, Scene.LIVING_ROOM, Scene.NIGHT),
                    102),
            new Subject(
                    "dog",
                    thing(Kind.DOG, Colour.GREEN, Pattern.SPOTS, Colour.PINK, Detail.HAT, Colour.YELLOW, 0.6, 0.3),
                    List.of(Scene.BEACH, Scene.LIVING_ROOM, Scene.SNOW, Scene.CITY, Scene.NIGHT),
                    List.of(Scene.MEADOW, Scene.DESERT, Scene.FOREST, Scene.KITCHEN),
                    103),
            new Subject(
                    "cat",
                    thing(Kind.CAT, Colour.BLUE, Pattern.STRIPES, Colour.ORANGE, Detail.CROWN, Colour.YELLOW, 0.4, 0.6),
                    List.of(Scene.KITCHEN, Scene.MEADOW, Scene.DESERT, Scene.UNDERWATER, Scene.FOREST),
                    List.of(Scene.BEACH, Scene.SNOW, Scene.CITY, Scene.LIVING_ROOM),
                    104),
            new Subject(
                    "car",
                    thing(Kind.CAR, Colour.PINK, Pattern.CHECKS, Colour.BLACK, Detail.FLAG, Colour.YELLOW, 0.5, 0.7),
                    List.of(Scene.CITY, Scene.BEACH, Scene.FOREST, Scene.LIVING_ROOM, Scene.SNOW),
                    List.of(Scene.MEADOW, Scene.DESERT, Scene.NIGHT, Scene.KITCHEN),
                    105),
            new Subject(
                    "boat",
                    thing(Kind.BOAT, Colour.RED, Pattern.CHECKS, Colour.WHITE, Detail.STAR, Colour.BLUE, 0.5, 0.5),
                    List.of(Scene.BEACH, Scene.UNDERWATER, Scene.NIGHT, Scene.KITCHEN, Scene.MEADOW),
                    List.of(Scene.SNOW, Scene.CITY, Scene.LIVING_ROOM, Scene.DESERT),
                    106),
            new Subject(
                    "teapot",
                    thing(
                            Kind.TEAPOT,
                            Colour.YELLOW,
                            Pattern.STRIPES,
                            Colour.PURPLE,
                            Detail.FLAG,
                            Colour.RED,
                            0.6,
                            0.4),
                    List.of(Scene.LIVING_ROOM, Scene.SNOW, Scene.DESERT, Scene.NIGHT, Scene.MEADOW),
                    List.of(Scene.BEACH, Scene.CITY, Scene.FOREST, Scene.KITCHEN),
                    107),
            new Subject(
                    "mushroom",
                    thing(Kind.MUSHROOM, Colour.TEAL, Pattern.SPOTS, Colour.YELLOW, Detail.BOW, Colour.RED, 0.5, 0.6),
                    List.of(Scene.FOREST, Scene.CITY, Scene.KITCHEN, Scene.UNDERWATER, Scene.BEACH),
                    List.of(Scene.MEADOW, Scene.SNOW, Scene.LIVING_ROOM, Scene.DESERT),
                    108));

    public Subject {
        photoScenes = List.copyOf(photoScenes);
        evaluationScenes = List.copyOf(evaluationScenes);
    }

    /** Whether settings may be chosen on it. */
    public boolean development() {
        return name.startsWith("dev-");
    }

    /** The noun of its class, for example {@code dog}. */
    public String classWord() {
        return thing.kind().word();
    }

    /** All that words can say of it, for example {@code green dog with pink spots and a yellow hat}. */
    public String description() {
        return Captions.description(thing);
    }

    /** Its photos, captioned {@code a photo of <v> dog on the beach}. */
    public List<Picture> photos() {
        List<Picture> photos = new ArrayList<>();
        Dice dice = new Dice(photoSeed);
        for (Scene scene : photoScenes) {
            long sceneSeed = dice.bits();
            PictureSpec spec = new PictureSpec(scene, sceneSeed, List.of(World.alone(thing, dice)));
            photos.add(new Picture(spec, prompt(scene)));
        }
        return List.copyOf(photos);
    }

    /** A real picture of it in any scene, with a caption as {@link #photos}: what a perfect model would show. */
    public Picture picture(Scene scene, long seed) {
        Dice dice = new Dice(seed);
        long sceneSeed = dice.bits();
        return new Picture(new PictureSpec(scene, sceneSeed, List.of(World.alone(thing, dice))), prompt(scene));
    }

    /** {@code a photo of <v> dog on the beach}. */
    public String prompt(Scene scene) {
        return "a photo of " + PLACEHOLDER + " " + classWord() + " " + scene.phrase();
    }

    /** The prior's caption of the same scene: {@code a photo of a dog on the beach}. */
    public String classPrompt(Scene scene) {
        return "a photo of " + Captions.withArticle(classWord()) + " " + scene.phrase();
    }

    /** The same scene with all that words can say: {@code a photo of a green dog with pink spots ... on the beach}. */
    public String descriptionPrompt(Scene scene) {
        return "a photo of " + Captions.withArticle(description()) + " " + scene.phrase();
    }

    /** The class captions for prior preservation, one per scene of Toyland. */
    public List<String> classCaptions() {
        List<String> captions = new ArrayList<>();
        for (Scene scene : Scene.values()) {
            captions.add(classPrompt(scene));
        }
        return List.copyOf(captions);
    }

    /** The evaluation prompts with {@value #PLACEHOLDER}, one per evaluation scene. */
    public List<String> evaluationPrompts() {
        return evaluationScenes.stream().map(this::prompt).toList();
    }

    private static Thing thing(
            Kind kind,
            Colour colour,
            Pattern pattern,
            Colour patternColour,
            Detail detail,
            Colour detailColour,
            double girth,
            double trait) {
        Build build = new Build(girth, 0.5, trait, 0.6, 0.25);
        return new Thing(kind, colour, pattern, patternColour, detail, detailColour, build, World.UPRIGHT);
    }
}
