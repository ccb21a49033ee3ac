package io.github.cones4j.diffusion.toyland;

import io.github.cones4j.engine.exec.Device;
import io.github.cones4j.engine.exec.Executable;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.train.TrainingStep;
import io.github.cones4j.weights.files.WholeFile;
import io.github.cones4j.weights.runs.Checkpoint;
import io.github.cones4j.weights.runs.Checkpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs a stage from its last checkpoint to its end, or until told to stop: writes losses to {@code NAME.csv} and the whole
 * state into the folder {@code NAME}. A run that was interrupted and resumed ends with the same bytes as one that was
 * not.
 */
final class StageRun {
    private static final String STEP = "step";
    private static final int KEPT = 2;
    private static final int LOG_EVERY = 10;
    private static final Duration SAVE_EVERY = Duration.ofMinutes(4);

    private final Stage stage;
    private final Path folder;
    private final Consumer<String> progress;
    private final BooleanSupplier stop;

    /**
     * Prepares a run.
     *
     * @param folder where its files lie
     * @param progress receives a line now and then
     * @param stop asked after every step whether to save and end
     */
    StageRun(Stage stage, Path folder, Consumer<String> progress, BooleanSupplier stop) {
        this.stage = stage;
        this.folder = folder;
        this.progress = progress;
        this.stop = stop;
    }

    private static Checkpoints checkpoints(Path folder, Stage stage) {
        return new Checkpoints(folder.resolve(stage.name()), stage.name(), KEPT);
    }

    /** How far a stage got, and its whole state. */
    private record Progress(long step, Map<String, HostTensor> state) {}

    private static @Nullable Progress read(Path folder, Stage stage) throws IOException {
        Checkpoint checkpoint = checkpoints(folder, stage).openLatest();
        if (checkpoint == null) {
            return null;
        }
        Map<String, HostTensor> copy = new LinkedHashMap<>();
        try (Weights weights = checkpoint.weights()) {
            weights.tensors()
                    .forEach((name, tensor) -> copy.put(
                            name,
                            HostTensor.of(tensor.toFloats(), tensor.shape().dims())));
        }
        return new Progress(checkpoint.step(), copy);
    }

    /**
     * The averaged weights of a stage, as far as it was trained.
     *
     * @throws IllegalStateException if it was not begun
     */
    static Map<String, HostTensor> averages(Path folder, Stage stage) throws IOException {
        Progress progress = read(folder, stage);
        if (progress == null) {
            throw new IllegalStateException(folder + ": the stage " + stage.name() + " has not been trained");
        }
        return stage.step().averages(progress.state());
    }

    /**
     * Trains.
     *
     * @return whether the stage is complete
     */
    boolean run(Device device) throws IOException {
        Progress before = read(folder, stage);
        long done = before == null ? 0 : before.step();
        if (done >= stage.steps()) {
            progress.accept(stage.name() + ": complete, " + done + " steps");
            return true;
        }
        TrainingStep training = stage.step();
        Map<String, HostTensor> state = new LinkedHashMap<>(stage.frozenWeights());
        state.putAll(before == null ? training.initialState(stage.initialWeights()) : before.state());
        Log log = new Log(folder.resolve(stage.name() + ".csv"), done);
        try (Batches batches = new Batches(stage, done + 1);
                Executable executable = device.compile(training.program(), Weights.of(stage.name(), state))) {
            progress.accept(stage.name() + ": from step " + done + " of " + stage.steps() + "; memory "
                    + executable.memory().summary());
            long begin = System.nanoTime();
            long saved = begin;
            long first = done;
            while (done < stage.steps() && !stop.getAsBoolean()) {
                done++;
                Map<String, HostTensor> inputs = new LinkedHashMap<>(batches.take(done));
                double rate = stage.rate().at(done);
                inputs.putAll(training.inputs(done, rate));
                Executable.Results results = executable.run(inputs);
                double loss = results.scalar(TrainingStep.LOSS);
                if (!Double.isFinite(loss)) {
                    throw new IllegalStateException(stage.name() + ": the loss is " + loss + " at step " + done
                            + "; lower the learning rate. The last saved state is kept");
                }
                log.add(done, rate, results);
                long now = System.nanoTime();
                if (done % LOG_EVERY == 0) {
                    double seconds = (now - begin) * 1e-9 / (done - first);
                    progress.accept(String.format(
                            Locale.ROOT,
                            "%s: step %,d of %,d, loss %.4f, %.2f s a step, %s left",
                            stage.name(),
                            done,
                            stage.steps(),
                            log.mean(),
                            seconds,
                            time(seconds * (stage.steps() - done))));
                }
                if (now - saved > SAVE_EVERY.toNanos()) {
                    save(executable, log, done);
                    saved = now;
                }
            }
            save(executable, log, done);
            progress.accept(stage.name() + ": " + shares(executable.profile()));
        }
        return done >= stage.steps();
    }

    /** Makes the batch of the next step while the device computes the present one. */
    private static final class Batches implements AutoCloseable {
        private final Stage stage;
        private final ExecutorService maker = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("batches").factory());
        private Future<Map<String, HostTensor>> next;

        Batches(Stage stage, long first) {
            this.stage = stage;
            next = maker.submit(() -> stage.batch(first));
        }

        /** The batch of a step; the steps are asked for one after the other. */
        Map<String, HostTensor> take(long number) {
            try {
                Map<String, HostTensor> batch = next.get();
                next = maker.submit(() -> stage.batch(number + 1));
                return batch;
            } catch (ExecutionException e) {
                throw new IllegalStateException(stage.name() + ": no batch for step " + number, e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(stage.name() + ": interrupted before step " + number, e);
            }
        }

        @Override
        public void close() {
            maker.shutdownNow();
        }
    }

    /** Where the time went, the most first: {@code conv2d 31 %, gemm 22 %, ...}. */
    private static String shares(Map<String, Long> nanosOf) {
        double all = nanosOf.values().stream().mapToLong(Long::longValue).sum();
        return nanosOf.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(entry -> String.format(Locale.ROOT, "%s %.0f %%", entry.getKey(), 100 * entry.getValue() / all))
                .collect(Collectors.joining(", "));
    }

    private static String time(double seconds) {
        long s = Math.round(seconds);
        return s >= 3600 ? s / 3600 + " h " + s / 60 % 60 + " min" : s >= 60 ? s / 60 + " min" : s + " s";
    }

    private void save(Executable executable, Log log, long done) throws IOException {
        checkpoints(folder, stage).write(done, executable.state(), Map.of());
        log.write();
    }

    /** The losses: averages of {@value #LOG_EVERY} steps, one line each. */
    private static final class Log {
        private final Path file;
        private final List<String> lines = new ArrayList<>();
        private final Map<String, Double> sums = new LinkedHashMap<>();
        private int count;
        private double mean;

        Log(Path file, long done) throws IOException {
            this.file = file;
            if (done > 0 && Files.exists(file)) {
                List<String> old = Files.readAllLines(file, StandardCharsets.UTF_8);
                for (String line : old) {
                    if (line.startsWith(STEP) || Long.parseLong(line.substring(0, line.indexOf(','))) <= done) {
                        lines.add(line);
                    }
                }
            }
        }

        void add(long step, double rate, Executable.Results results) {
            results.tensors().forEach((name, value) -> sums.merge(name, value.get(0), Double::sum));
            count++;
            if (step % LOG_EVERY == 0) {
                if (lines.isEmpty()) {
                    lines.add(STEP + ",rate," + String.join(",", sums.keySet()));
                }
                StringBuilder line =
                        new StringBuilder().append(step).append(',').append((float) rate);
                sums.values().forEach(sum -> line.append(',').append((float) (sum / count)));
                lines.add(line.toString());
                mean = sums.getOrDefault(TrainingStep.LOSS, Double.NaN) / count;
                sums.clear();
                count = 0;
            }
        }

        double mean() {
            return mean;
        }

        void write() {
            try {
                WholeFile.write(file, lines.stream().map(line -> line + "\n").collect(Collectors.joining()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
