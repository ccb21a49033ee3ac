package io.github.cones4j.concepts.cli;

import static io.github.cones4j.concepts.cli.CommandRun.reference;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class DoctorCommandTest {
    @TempDir
    private Path folder;

    @Test
    void goodPaths_areNamedAndExitWithZero() {
        CommandRun run = CommandRun.of(
                "doctor",
                reference("pipelines/micro-sd15"),
                reference("pipelines/micro-sd15/unet/diffusion_pytorch_model.safetensors"));

        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("a model in the diffusers layout", "  unet: 684 tensors", "the weights of a UNet");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void oneBadPath_exitsWithOneAndTheOthersAreStillExamined() throws IOException {
        Path page = Files.writeString(folder.resolve("model.safetensors"), "<!DOCTYPE html><html></html>");

        CommandRun run = CommandRun.of("doctor", page, reference("pipelines/micro-sd15"));

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).startsWith(page + ": ").contains("a model in the diffusers layout");
    }

    @Test
    void json_isOneObjectPerPath() {
        Path missing = folder.resolve("nö.safetensors");

        CommandRun run = CommandRun.of("doctor", "--json", reference("pipelines/micro-sd21"), missing, "");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.json()).hasSize(3);
        JsonNode good = run.json().getFirst();
        assertThat(good.get("ok").booleanValue()).isTrue();
        assertThat(good.get("error").isNull()).isTrue();
        JsonNode bad = run.json().get(1);
        assertThat(bad.get("path").stringValue()).isEqualTo(missing.toString());
        assertThat(bad.get("ok").booleanValue()).isFalse();
        assertThat(bad.get("error").stringValue()).isEqualTo(missing + ": no such file");
        assertThat(run.json().get(2).get("error").stringValue()).isEqualTo("an empty path");
    }

    @Test
    void aFileNamedAsAConceptThatIsNone_isNotGood() throws IOException {
        Path file = folder.resolve("dog.concept.safetensors");
        Safetensors.write(file, Map.of("weight", HostTensor.scalar(1)), Map.of());

        CommandRun run = CommandRun.of("doctor", file);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("not a concept file");
    }

    @Test
    void withoutAPath_saysWhetherTheJvmCompilesVectorOperations() {
        CommandRun run = CommandRun.of("doctor");

        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("-bit vectors): vector operations are compiled to machine instructions");
        assertThat(CommandRun.of("doctor", "--json").json().getFirst().get("ok").booleanValue())
                .isTrue();
    }
}
