package io.github.cones4j.concepts.cli;

import io.github.cones4j.diffusion.noise.NoiseGenerator;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.weights.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cones noise}: the normal numbers that a seed stands for. */
@Command(name = "noise", description = "Writes the normal numbers of a seed, bit for bit those of PyTorch.")
final class NoiseCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--seed",
            required = true,
            paramLabel = "S",
            converter = Seed.class,
            description = "Seed, a whole number of 64 bits.")
    private long seed;

    @Option(
            names = "--shape",
            required = true,
            split = ",",
            paramLabel = "N",
            description = "Extents, separated by commas: images,channels,height,width.")
    private int[] shape = {};

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            defaultValue = "torch-cpu",
            description = "torch-cpu (torch.randn on the CPU) or philox (GPU front ends). Default: ${DEFAULT-VALUE}.")
    private String kind = "";

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "The safetensors file to write; its tensor is named noise, float32.")
    private Path out = Path.of("");

    NoiseCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        NoiseGenerator generator = NoiseGenerator.of(NoiseGenerator.Kind.of(kind), seed);
        HostTensor noise = HostTensor.of(generator.randn(shape), shape);
        Safetensors.write(
                OutputFile.prepare(out), Map.of("noise", noise), Map.of("seed", Long.toString(seed), "kind", kind));
        console.out().println(out + ": noise " + noise.shape() + ", " + kind + ", seed " + seed);
        return 0;
    }
}
