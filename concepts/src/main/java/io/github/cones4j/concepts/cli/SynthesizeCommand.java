package io.github.cones4j.concepts.cli;

import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.weights.model.Published;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cones synthesize}: a model of full size whose weights follow from their names. */
@Command(
        name = "synthesize",
        description = "Writes a full-size model with synthetic weights, for comparisons (its pictures are noise).")
final class SynthesizeCommand implements Callable<Integer> {
    private final Console console;

    /** The published models whose shapes there are. */
    enum Arch {
        sd15,
        sd21;

        Published settings() {
            return switch (this) {
                case sd15 -> Published.sd1();
                case sd21 -> Published.sd2();
            };
        }
    }

    /** The types in which weights are stored. */
    enum Type {
        float32(DType.F32),
        float16(DType.F16),
        bfloat16(DType.BF16);

        private final DType dtype;

        Type(DType dtype) {
            this.dtype = dtype;
        }
    }

    @Option(
            names = "--arch",
            required = true,
            paramLabel = "NAME",
            description = "The shapes of Stable Diffusion 1.5 (sd15, 4.3 GB) or 2.1 (sd21, 5.2 GB).")
    private Arch arch = Arch.sd15;

    @Option(
            names = "--salt",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "Text in front of every weight's name; another text gives other weights. Default: none.")
    private String salt = "";

    @Option(
            names = "--dtype",
            paramLabel = "NAME",
            defaultValue = "float32",
            description = "How weights are stored: float32, float16 or bfloat16 (half the size). Default: float32.")
    private Type type = Type.float32;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The folder to write, diffusers layout.")
    private Path out = Path.of("");

    SynthesizeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        new SyntheticModel(arch.settings(), salt, type.dtype).write(out, console::progress);
        console.out()
                .println(out + ": synthetic weights in the shapes of "
                        + arch.settings().name());
        return 0;
    }
}
