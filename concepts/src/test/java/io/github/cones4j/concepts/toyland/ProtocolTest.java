package io.github.cones4j.concepts.toyland;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cones4j.concepts.find.Selection;
import io.github.cones4j.concepts.find.Statistic;
import io.github.cones4j.diffusion.toyland.world.Subject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ProtocolTest {
    /** Two subjects, two prompts each, two seeds, and a search of three steps. */
    static Protocol small() {
        Protocol.SearchPlan search = new Protocol.SearchPlan("mean", 0.03, 0.5, 0.1, false, 0.7, 3, 1, 2, 2, 1, 7);
        return new Protocol(
                "0".repeat(64),
                "sks",
                Map.of(
                        "dev-fish",
                        Protocol.subject("dev-fish").evaluationPrompts().subList(0, 2)),
                List.of(1L, 2L),
                2,
                4,
                1,
                search);
    }

    @Test
    void json_isReadBackAsItWas() {
        assertThat(Protocol.parse("x", small().toJson())).isEqualTo(small());
    }

    @Test
    void settings_areThoseOfTheFile() {
        var settings = Protocol.parse(
                        "x",
                        small().toJson()
                                .replace("\"mean\"", "\"masked\"")
                                .replace("\"per_layer\" : false", "\"per_layer\" : true"))
                .search()
                .settings();

        assertThat(settings.statistic()).isEqualTo(Statistic.MASKED);
        assertThat(settings.selection()).isEqualTo(new Selection.Share(0.1, Selection.Scope.PER_LAYER));
        assertThat(settings.steps()).isEqualTo(3);
        assertThat(settings.subjectBatch()).isEqualTo(2);
        assertThat(settings.seed()).isEqualTo(7);
    }

    @Test
    void aFileThatIsWrong_isRefusedByNameFieldAndLine() {
        String json = small().toJson();

        assertThatThrownBy(() -> Protocol.parse("p.json", json.replace("\"guidance\"", "\"guidence\"")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("p.json (line ")
                .hasMessageEndingWith(": the field 'guidance' is missing");
        assertThatThrownBy(() -> Protocol.parse("p.json", json.replace("\"guidance\"", "\"seed\" : 1, \"guidance\"")))
                .hasMessageStartingWith("p.json (line ")
                .hasMessageEndingWith("the field \"seed\" is not known");
        assertThatThrownBy(() -> Protocol.parse("p.json", json.replace("\"mean\"", "\"median\"")))
                .hasMessageContaining("p.json")
                .hasMessageContaining("expected mean, sign, masked or learned, found 'median'");
        assertThatThrownBy(() -> Protocol.parse("p.json", json.replace("dev-fish", "unicorn")))
                .hasMessageContaining("expected one of dev-fish, dev-mug, dog")
                .hasMessageContaining("found 'unicorn'");
        assertThatThrownBy(() -> Protocol.parse("p.json", json.replace("[ 1, 2 ]", "[ 1 ]")))
                .hasMessageContaining("at least 2 seeds");
    }

    /** What a subject's photos show must not be asked for: the mask could have learned it. */
    @Test
    void aPromptInTheSceneOfAPhoto_isRefused() {
        Subject fish = Protocol.subject("dev-fish");
        String asked = fish.evaluationPrompts().getFirst();
        String photo = fish.prompt(fish.photoScenes().getFirst());

        assertThatThrownBy(() -> Protocol.parse("p.json", small().toJson().replace(asked, photo)))
                .hasMessageContaining("is in the scene of one of its photos");
        assertThatThrownBy(() -> Protocol.parse("p.json", small().toJson().replace(asked, "a fish")))
                .hasMessageContaining("expected a prompt like");
    }
}
