package io.github.cones4j.diffusion.toyland.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorldTest {
    private static final int MANY = 100_000;

    @Test
    void sample_neverShowsASubjectsKindColourAndPattern() {
        for (long seed = 0; seed < MANY; seed++) {
            for (Thing thing : World.sample(seed).things()) {
                for (Subject subject : Subject.ALL) {
                    Thing own = subject.thing();
                    boolean same = thing.kind() == own.kind()
                            && thing.colour() == own.colour()
                            && thing.pattern() == own.pattern();
                    assertThat(same)
                            .as("seed %d shows %s", seed, subject.name())
                            .isFalse();
                }
            }
        }
    }

    @Test
    void isHeldOut_ofASubjectsPhoto_holdsAlsoWithoutItsDetail() {
        for (Subject subject : Subject.ALL) {
            assertThat(World.isHeldOut(subject.photos().getFirst().spec())).isTrue();
            Thing own = subject.thing();
            Thing bare = new Thing(
                    own.kind(),
                    own.colour(),
                    own.pattern(),
                    own.patternColour(),
                    Detail.NONE,
                    own.colour(),
                    own.build(),
                    own.pose());
            assertThat(World.isHeldOut(new PictureSpec(Scene.BEACH, 0, List.of(bare))))
                    .isTrue();
        }
        assertThat(World.isHeldOut(World.sample(0))).isFalse();
    }

    @Test
    void sample_showsEveryKindColourPatternDetailAndSceneOften() {
        Map<Kind, Integer> kinds = new EnumMap<>(Kind.class);
        Map<Colour, Integer> colours = new EnumMap<>(Colour.class);
        Map<Pattern, Integer> patterns = new EnumMap<>(Pattern.class);
        Map<Detail, Integer> details = new EnumMap<>(Detail.class);
        Map<Scene, Integer> scenes = new EnumMap<>(Scene.class);
        int two = 0;
        int pictures = 10_000;
        for (long seed = 0; seed < pictures; seed++) {
            PictureSpec spec = World.sample(seed);
            scenes.merge(spec.scene(), 1, Integer::sum);
            two += spec.things().size() - 1;
            for (Thing thing : spec.things()) {
                kinds.merge(thing.kind(), 1, Integer::sum);
                colours.merge(thing.colour(), 1, Integer::sum);
                patterns.merge(thing.pattern(), 1, Integer::sum);
                details.merge(thing.detail(), 1, Integer::sum);
            }
        }
        // each share is at least 0.06; five standard deviations below it lie 480 of 10,000
        int often = 480;
        assertThat(kinds)
                .hasSize(Kind.values().length)
                .allSatisfy((kind, n) -> assertThat(n).isGreaterThan(often));
        assertThat(colours)
                .hasSize(Colour.values().length)
                .allSatisfy((c, n) -> assertThat(n).isGreaterThan(often));
        assertThat(patterns)
                .hasSize(Pattern.values().length)
                .allSatisfy((p, n) -> assertThat(n).isGreaterThan(often));
        assertThat(details)
                .hasSize(Detail.values().length)
                .allSatisfy((d, n) -> assertThat(n).isGreaterThan(often));
        assertThat(scenes)
                .hasSize(Scene.values().length)
                .allSatisfy((s, n) -> assertThat(n).isGreaterThan(often));
        assertThat(two).isBetween(pictures / 5, pictures * 3 / 10);
    }

    @Test
    void sample_keepsPatternsAndDetailsApartFromTheColourBelow() {
        for (long seed = 0; seed < 10_000; seed++) {
            PictureSpec spec = World.sample(seed);
            for (Thing thing : spec.things()) {
                assertThat(thing.pattern() == Pattern.PLAIN).isEqualTo(thing.patternColour() == thing.colour());
                assertThat(thing.pattern() == Pattern.PLAIN
                                || thing.patternColour().contrastsWith(thing.colour()))
                        .isTrue();
                assertThat(thing.detail() == Detail.NONE || thing.detailColour().contrastsWith(thing.colour()))
                        .isTrue();
            }
            if (spec.things().size() == 2) {
                Thing far = spec.things().getFirst();
                Thing near = spec.things().getLast();
                assertThat(far.kind()).isNotEqualTo(near.kind());
                assertThat(far.pose().y()).isLessThanOrEqualTo(near.pose().y());
            }
        }
    }

    @Test
    void pictures_ofTheFirstSeeds_areStillThoseThatTheModelWasTrainedOn() throws NoSuchAlgorithmException {
        // pinned when the world was frozen: whoever changes it must train the embedded model anew
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (long seed = -500; seed < 500; seed++) {
            digest.update(World.picture(seed).toString().getBytes(StandardCharsets.UTF_8));
        }
        for (Subject subject : Subject.ALL) {
            digest.update(subject.photos().toString().getBytes(StandardCharsets.UTF_8));
        }
        assertThat(HexFormat.of().formatHex(digest.digest()))
                .isEqualTo("4dd240e52cf0f6705b1c86b1497437a77b49dd8fb9051939ef250085dad69379");
    }

    @Test
    void sample_ofAKind_showsThatKindAlone() {
        for (Kind kind : Kind.values()) {
            for (long seed = 0; seed < 50; seed++) {
                PictureSpec spec = World.sample(seed, kind);
                assertThat(spec.things()).hasSize(1);
                assertThat(spec.things().getFirst().kind()).isEqualTo(kind);
                assertThat(World.isHeldOut(spec)).isFalse();
            }
        }
    }

    @Test
    void everyColour_hasFourOthersToStandOutOn() {
        for (Colour colour : Colour.values()) {
            long others =
                    Arrays.stream(Colour.values()).filter(colour::contrastsWith).count();
            assertThat(others).as(colour.word()).isGreaterThanOrEqualTo(4);
            assertThat(colour.contrastsWith(colour)).isFalse();
        }
    }

    @Test
    void thing_plainWithAPatternColour_saysWhichMustChange() {
        Build build = new Build(0.5, 0.5, 0.5, 0.5, 0.5);
        assertThatThrownBy(() -> new Thing(
                        Kind.DOG,
                        Colour.RED,
                        Pattern.PLAIN,
                        Colour.BLUE,
                        Detail.NONE,
                        Colour.RED,
                        build,
                        World.UPRIGHT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("DOG: RED with BLUE PLAIN: the pattern's colour must equal the thing's");
    }
}
