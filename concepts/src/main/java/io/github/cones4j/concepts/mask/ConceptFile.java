package io.github.cones4j.concepts.mask;

import io.github.cones4j.concepts.mask.Concept.Origin;
import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import io.github.cones4j.engine.graph.DType;
import io.github.cones4j.engine.graph.Shape;
import io.github.cones4j.engine.graph.Spec;
import io.github.cones4j.weights.safetensors.Safetensors;
import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Concepts as files {@code *.concept.safetensors}: the indices of each weight as coded gaps in a tensor of bytes under
 * the weight's own name, everything else as metadata. The format is specified in {@code docs/concept-file.md}.
 */
public final class ConceptFile {
    /** The end of the names of such files. */
    public static final String SUFFIX = ".concept.safetensors";

    private static final String FORMAT = "concept/1";
    private static final String OWN = "cones4j.";
    private static final String ORIGIN = "concept.";
    private static final String LAYER = "layer.";

    private static final Pattern LAYER_VALUE = Pattern.compile("\\[((?:\\d+(?:,\\d+)*)?)] (\\d+)");
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?");

    private ConceptFile() {}

    /**
     * Writes a concept: beside its place first, then renamed. The bytes depend on the concept alone.
     *
     * @throws IOException if the disk does not take it; an old file is then untouched
     */
    public static void write(Path file, Concept concept) throws IOException {
        Map<String, HostTensor> tensors = new TreeMap<>();
        concept.mask().layers().forEach((name, layer) -> {
            byte[] code = GapCode.encode(layer.neurons());
            tensors.put(name, new HostTensor(new Spec(DType.U8, Shape.of(code.length)), MemorySegment.ofArray(code)));
        });
        Safetensors.write(file, tensors, metadata(concept));
    }

    /** The size in bytes of the coded gaps of a mask: the tensors of its file, without the header. */
    public static long codedBytes(NeuronMask mask) {
        return mask.layers().values().stream()
                .mapToLong(layer -> GapCode.encode(layer.neurons()).length)
                .sum();
    }

    private static Map<String, String> metadata(Concept concept) {
        Map<String, String> metadata = new TreeMap<>();
        metadata.put(OWN + "format", FORMAT);
        metadata.put(OWN + "tool", concept.tool());
        metadata.put(OWN + "base_sha256", concept.base());
        metadata.put(OWN + "mask_sha256", Digest.of(concept.mask()));
        metadata.put(OWN + "concepts", String.valueOf(concept.origins().size()));
        for (int i = 0; i < concept.origins().size(); i++) {
            Origin origin = concept.origins().get(i);
            String prefix = ORIGIN + i + ".";
            metadata.put(prefix + "subject", origin.subject());
            metadata.put(prefix + "subject_prompt", origin.subjectPrompt());
            metadata.put(prefix + "class_prompt", origin.classPrompt());
            metadata.put(prefix + "token", origin.token());
            metadata.put(prefix + "statistic", origin.statistic());
            metadata.put(prefix + "selection", origin.selection());
            metadata.put(prefix + "steps", String.valueOf(origin.steps()));
            origin.rho().ifPresent(rho -> metadata.put(prefix + "rho", String.valueOf(rho)));
            origin.relativeStep().ifPresent(step -> metadata.put(prefix + "relative_step", String.valueOf(step)));
            origin.tau().ifPresent(tau -> metadata.put(prefix + "tau", String.valueOf(tau)));
            metadata.put(prefix + "share", String.valueOf(origin.share()));
            metadata.put(prefix + "seed", String.valueOf(origin.seed()));
        }
        concept.mask().layers().forEach((name, layer) -> metadata.put(LAYER + name, describe(layer)));
        return metadata;
    }

    /** As {@code [320,768] 24576}: shape and number of neurons. */
    private static String describe(NeuronMask.Layer layer) {
        return layer.shape() + " " + layer.neurons().size();
    }

    /**
     * Reads a concept and checks everything that can be checked without its model.
     *
     * @throws WeightsFormatException naming what is wrong with the file: the field or tensor, what was expected and
     *     what was found
     */
    public static Concept read(Path file) {
        Fields fields = new Fields(file, Safetensors.header(file).metadata());
        fields.checkFormat();
        try (Weights tensors = Safetensors.open(file)) {
            NeuronMask mask = fields.mask(tensors);
            String digest = fields.digest("mask_sha256");
            if (!digest.equals(Digest.of(mask))) {
                throw fields.damaged("the indices: expected a mask with the SHA-256 digest " + digest + ", found "
                        + Digest.of(mask));
            }
            Concept concept =
                    new Concept(mask, fields.digest("base_sha256"), fields.take(OWN + "tool"), fields.origins());
            fields.checkAllTaken();
            return concept;
        }
    }

    /** The metadata of a file; what was read of it is taken out. */
    private static final class Fields {
        private final Path file;
        private final Map<String, String> left;

        Fields(Path file, Map<String, String> metadata) {
            this.file = file;
            this.left = new TreeMap<>(metadata);
        }

        void checkFormat() {
            String format = left.remove(OWN + "format");
            if (format == null) {
                throw new WeightsFormatException(
                        file,
                        "not a concept file: its metadata has no " + OWN + "format",
                        "give a file that ends in " + SUFFIX);
            }
            if (!format.equals(FORMAT)) {
                throw new WeightsFormatException(
                        file,
                        "metadata " + OWN + "format: expected " + FORMAT + ", found " + format,
                        "read it with a newer version of Cones4J");
            }
        }

        NeuronMask mask(Weights tensors) {
            Map<String, NeuronMask.Layer> layers = new TreeMap<>();
            for (String name : tensors.keys()) {
                HostTensor code = tensors.get(name);
                if (code.dtype() != DType.U8 || code.shape().rank() != 1) {
                    throw tensorError(name, "expected bytes of rank 1, found " + code);
                }
                String described = left.remove(LAYER + name);
                if (described == null) {
                    throw tensorError(name, "expected its shape in the metadata " + LAYER + name + ", found none");
                }
                NeuronMask.Layer layer = layer(name, described, code.data().toArray(ValueLayout.JAVA_BYTE));
                layers.put(name, layer);
            }
            return NeuronMask.of(layers);
        }

        private NeuronMask.Layer layer(String name, String described, byte[] code) {
            Matcher parts = LAYER_VALUE.matcher(described);
            if (!parts.matches()) {
                throw fieldError(LAYER + name, "expected shape and number of neurons, as [320,768] 24576", described);
            }
            try {
                String dims = parts.group(1);
                Shape shape = dims.isEmpty()
                        ? Shape.SCALAR
                        : Shape.of(Arrays.stream(dims.split(",", -1))
                                .mapToInt(Integer::parseInt)
                                .toArray());
                int universe = Math.toIntExact(shape.size());
                int size = Integer.parseInt(parts.group(2));
                if (size > universe) {
                    throw fieldError(LAYER + name, "expected at most " + universe + " neurons", described);
                }
                NeuronMask.Layer layer = new NeuronMask.Layer(shape, decode(name, code, universe, size));
                if (!describe(layer).equals(described)) {
                    throw fieldError(LAYER + name, "expected " + describe(layer), described);
                }
                return layer;
            } catch (ArithmeticException | NumberFormatException _) {
                throw fieldError(
                        LAYER + name, "expected a weight of at most " + Integer.MAX_VALUE + " elements", described);
            }
        }

        private IndexSet decode(String name, byte[] code, int universe, int size) {
            try {
                return GapCode.decode(code, universe, size);
            } catch (IllegalArgumentException e) {
                throw damaged("tensor \"" + name + "\": " + e.getMessage());
            }
        }

        List<Origin> origins() {
            int count = wholeNumber(OWN + "concepts", 1, Integer::parseInt);
            List<Origin> origins = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                String prefix = ORIGIN + i + ".";
                origins.add(new Origin(
                        take(prefix + "subject"),
                        take(prefix + "subject_prompt"),
                        take(prefix + "class_prompt"),
                        take(prefix + "token"),
                        take(prefix + "statistic"),
                        take(prefix + "selection"),
                        wholeNumber(prefix + "steps", 1, Integer::parseInt),
                        optional(prefix + "rho"),
                        optional(prefix + "relative_step"),
                        optional(prefix + "tau"),
                        share(prefix + "share"),
                        wholeNumber(prefix + "seed", Long.MIN_VALUE, Long::parseLong)));
            }
            return origins;
        }

        String take(String key) {
            String value = left.remove(key);
            if (value == null) {
                throw new WeightsFormatException(file, "metadata " + key + ": expected, found none", "");
            }
            return value;
        }

        String digest(String key) {
            String value = take(OWN + key);
            if (!value.matches("[0-9a-f]{64}")) {
                throw fieldError(OWN + key, "expected 64 lower-case hexadecimal digits", value);
            }
            return value;
        }

        private <N extends Number> N wholeNumber(String key, long least, Function<String, N> parse) {
            String text = take(key);
            try {
                N value = parse.apply(text);
                if (value.longValue() >= least && value.toString().equals(text)) {
                    return value;
                }
            } catch (NumberFormatException _) {
                // the same error as for a number out of range
            }
            String range = least == Long.MIN_VALUE ? "a whole number of 64 bits" : "a whole number from " + least;
            throw fieldError(key, "expected " + range, text);
        }

        private double share(String key) {
            double share = number(key, take(key));
            if (share < 0 || share > 1) {
                throw fieldError(key, "expected a number 0 .. 1", String.valueOf(share));
            }
            return share;
        }

        private OptionalDouble optional(String key) {
            @Nullable String text = left.remove(key);
            return text == null ? OptionalDouble.empty() : OptionalDouble.of(number(key, text));
        }

        private double number(String key, String text) {
            double value = NUMBER.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
            if (!Double.isFinite(value)) {
                throw fieldError(key, "expected a finite number", text);
            }
            return value;
        }

        /** Metadata under other prefixes is other programs' own. */
        void checkAllTaken() {
            for (String key : left.keySet()) {
                if (key.startsWith(LAYER)) {
                    throw tensorError(
                            key.substring(LAYER.length()), "expected by the metadata " + key + ", found none");
                }
                if (key.startsWith(OWN) || key.startsWith(ORIGIN)) {
                    throw new WeightsFormatException(file, "metadata " + key + ": expected no such field", "");
                }
            }
        }

        private WeightsFormatException fieldError(String key, String expected, String found) {
            return new WeightsFormatException(file, "metadata " + key + ": " + expected + ", found " + found, "");
        }

        private WeightsFormatException tensorError(String name, String problem) {
            return new WeightsFormatException(file, "tensor \"" + name + "\": " + problem, "");
        }

        WeightsFormatException damaged(String problem) {
            return new WeightsFormatException(file, problem, "the file is damaged: get it again");
        }
    }
}
