package io.github.cones4j.diffusion.toyland.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CaptionsTest {
    @Test
    void of_manyPictures_saysOnlyWhatIsThereInKnownWords() {
        Set<String> known = Captions.words();
        Set<String> said = new HashSet<>();
        for (long seed = 0; seed < 20_000; seed++) {
            Picture picture = World.picture(seed);
            List<String> words = List.of(picture.caption().split(" "));
            said.addAll(words);
            assertThat(words).as(picture.caption()).hasSizeLessThanOrEqualTo(Captions.LONGEST);
            assertThat(known).as(picture.caption()).containsAll(words);
            Set<String> truth = new HashSet<>();
            for (Thing thing : picture.spec().things()) {
                assertThat(words).contains(thing.kind().word());
                truth.addAll(List.of(Captions.description(thing).split(" ")));
            }
            for (Colour colour : Colour.values()) {
                assertThat(!words.contains(colour.word()) || truth.contains(colour.word()))
                        .as("%s of %s", picture.caption(), picture.spec())
                        .isTrue();
            }
            for (Pattern pattern : Pattern.values()) {
                assertThat(!words.contains(pattern.word()) || truth.contains(pattern.word()))
                        .as("%s of %s", picture.caption(), picture.spec())
                        .isTrue();
            }
        }
        Set<String> never = new HashSet<>(known);
        never.removeAll(said);
        assertThat(never).containsExactly("plain");
    }

    @Test
    void of_aDogInMostOfItsPictures_alsoSaysNoMoreThanADog() {
        Set<String> captions = new HashSet<>();
        for (long seed = 0; seed < 2_000; seed++) {
            captions.add(Captions.of(World.sample(seed, Kind.DOG), seed));
        }
        assertThat(captions).contains("a photo of a dog", "a photo of a dog on the beach");
    }

    @Test
    void of_theSameSeed_saysTheSame() {
        for (long seed = 0; seed < 100; seed++) {
            assertThat(World.picture(seed)).isEqualTo(World.picture(seed));
        }
    }

    @Test
    void description_ofAnOrangeBow_hasTheRightArticle() {
        Build build = new Build(0.5, 0.5, 0.5, 0.5, 0.5);
        Thing thing = new Thing(
                Kind.CAT, Colour.ORANGE, Pattern.PLAIN, Colour.ORANGE, Detail.BOW, Colour.BLUE, build, World.UPRIGHT);
        assertThat(Captions.withArticle(Captions.description(thing))).isEqualTo("an orange cat with a blue bow");
    }
}
