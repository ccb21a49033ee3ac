package io.github.cones4j.diffusion.toyland.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SubjectTest {
    @Test
    void all_areTwoForDevelopmentAndSixToReport_eachOfItsOwnKind() {
        assertThat(Subject.ALL.stream().filter(Subject::development)).hasSize(2);
        assertThat(Subject.ALL.stream().filter(subject -> !subject.development()))
                .hasSize(6);
        assertThat(Subject.ALL.stream().map(Subject::classWord)).doesNotHaveDuplicates();
        assertThat(Subject.ALL.stream().map(Subject::photoSeed)).doesNotHaveDuplicates();
    }

    @Test
    void photos_areFiveInDifferentScenes_noneOfThemAnEvaluationScene() {
        for (Subject subject : Subject.ALL) {
            Set<Scene> shown = new HashSet<>();
            for (Picture photo : subject.photos()) {
                shown.add(photo.spec().scene());
                Thing thing = photo.spec().things().getFirst();
                assertThat(photo.spec().things()).hasSize(1);
                assertThat(thing).isEqualTo(subject.thing().at(thing.pose()));
            }
            assertThat(shown).hasSize(5);
            assertThat(subject.evaluationScenes()).hasSize(4).doesNotHaveDuplicates();
            assertThat(subject.evaluationScenes()).doesNotContainAnyElementsOf(shown);
            assertThat(subject.photos()).isEqualTo(subject.photos());
        }
    }

    @Test
    void prompts_ofTheDog_readNaturally() {
        Subject dog = Subject.ALL.stream()
                .filter(subject -> subject.name().equals("dog"))
                .findFirst()
                .orElseThrow();
        assertThat(dog.photos().getFirst().caption()).isEqualTo("a photo of <v> dog on the beach");
        assertThat(dog.classPrompt(Scene.BEACH)).isEqualTo("a photo of a dog on the beach");
        assertThat(dog.descriptionPrompt(Scene.BEACH))
                .isEqualTo("a photo of a green dog with pink spots and a yellow hat on the beach");
        assertThat(dog.evaluationPrompts())
                .isEqualTo(List.of(
                        "a photo of <v> dog in the meadow",
                        "a photo of <v> dog in the desert",
                        "a photo of <v> dog in the forest",
                        "a photo of <v> dog in the kitchen"));
        assertThat(dog.classCaptions()).hasSize(Scene.values().length);
    }
}
