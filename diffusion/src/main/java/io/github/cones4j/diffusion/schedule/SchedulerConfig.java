package io.github.cones4j.diffusion.schedule;

import io.github.cones4j.weights.safetensors.WeightsFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A {@code scheduler_config.json} of diffusers: the sampler and the fields that were given, all others at that sampler's defaults.
 *
 * <p>{@link #with(SamplerKind)} keeps the given fields and takes the defaults of another sampler, as {@code from_config} does.
 * One field is ours: {@code eta}, which diffusers takes with each step.
 *
 * <p>Immutable. A field of a wrong type or value, one that is not known, and one that asks for what is not implemented are errors
 * when the configuration is made.
 */
public final class SchedulerConfig {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // lambda_min_clipped is -Infinity in published files
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /** What a field may be that only says that something is not done, or how it would be done. */
    private static final Map<String, List<Object>> ONLY = Map.of(
            "use_beta_sigmas", List.of(false),
            "use_lu_lambdas", List.of(false),
            "use_flow_sigmas", List.of(false),
            "use_dynamic_shifting", List.of(false),
            "interpolation_type", List.of("linear"),
            "timestep_type", List.of("discrete"));

    private static final Set<String> KNOWN = Set.of(
            "algorithm_type",
            "beta_end",
            "beta_schedule",
            "beta_start",
            "clip_sample",
            "clip_sample_range",
            "disable_corrector",
            "dynamic_thresholding_ratio",
            "eta",
            "euler_at_final",
            "final_sigmas_type",
            "lambda_min_clipped",
            "lower_order_final",
            "num_train_timesteps",
            "predict_x0",
            "prediction_type",
            "rescale_betas_zero_snr",
            "sample_max_value",
            "set_alpha_to_one",
            "sigma_max",
            "sigma_min",
            "skip_prk_steps",
            "solver_order",
            "solver_type",
            "steps_offset",
            "thresholding",
            "timestep_spacing",
            "trained_betas",
            "use_exponential_sigmas",
            "use_karras_sigmas",
            "variance_type",
            "flow_shift",
            "time_shift_type");

    private final String origin;
    private final SamplerKind kind;
    private final Map<String, Object> given;

    private SchedulerConfig(String origin, SamplerKind kind, Map<String, ?> given) {
        this.origin = origin;
        this.kind = kind;
        this.given = Collections.unmodifiableMap(new TreeMap<>(given));
        check();
    }

    /**
     * Reads a {@code scheduler_config.json}.
     *
     * @throws WeightsFormatException if the file is missing, is no JSON object, or holds a field that cannot be followed
     */
    public static SchedulerConfig read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new WeightsFormatException(
                    file, Files.exists(file) ? "cannot be read: " + e.getMessage() : "no such file", "");
        }
        return parse(file.toString(), text);
    }

    /**
     * Reads the text of a {@code scheduler_config.json}.
     *
     * @param origin the file's name, for messages
     * @throws WeightsFormatException if it is no JSON object or holds a field that cannot be followed
     */
    public static SchedulerConfig parse(String origin, String json) {
        Map<?, ?> read;
        try {
            read = JSON.readValue(json, Map.class);
        } catch (JacksonException e) {
            throw new WeightsFormatException(origin, "expected a JSON object: " + e.getOriginalMessage(), "");
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        read.forEach((name, value) -> {
            if (value != null) {
                fields.put(String.valueOf(name), value);
            }
        });
        Object className = fields.remove("_class_name");
        if (className == null) {
            throw new WeightsFormatException(origin, "has no _class_name", "");
        }
        return new SchedulerConfig(origin, kind(origin, className), fields);
    }

    /** A sampler with the given fields, named as in diffusers; all others at its defaults. */
    public static SchedulerConfig of(SamplerKind kind, Map<String, ?> fields) {
        return new SchedulerConfig("scheduler", kind, fields);
    }

    /** A sampler as published with Stable Diffusion 1.x: sqrt(beta) linear from 0.00085 to 0.012, {@code leading} from timestep 1. */
    public static SchedulerConfig stableDiffusion(SamplerKind kind) {
        return of(
                kind,
                Map.of(
                        "beta_start",
                        0.00085,
                        "beta_end",
                        0.012,
                        "beta_schedule",
                        "scaled_linear",
                        "clip_sample",
                        false,
                        "set_alpha_to_one",
                        false,
                        "skip_prk_steps",
                        true,
                        "steps_offset",
                        1,
                        "timestep_spacing",
                        "leading"));
    }

    /** The same given fields for another sampler. */
    public SchedulerConfig with(SamplerKind other) {
        return new SchedulerConfig(origin, other, given);
    }

    /** With one field, named as in diffusers, set to another value. */
    public SchedulerConfig with(String field, Object value) {
        Map<String, Object> fields = new LinkedHashMap<>(given);
        fields.put(field, value);
        return new SchedulerConfig(origin, kind, fields);
    }

    /** Writes the sampler and the given fields as diffusers reads them. */
    public void write(Path file) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("_class_name", kind.className());
        fields.putAll(given);
        fields.remove("eta");
        try {
            Files.writeString(file, JSON.writeValueAsString(fields) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }

    /** The sampler. */
    public SamplerKind kind() {
        return kind;
    }

    /** The number of timesteps in training, T. */
    public int numTrainTimesteps() {
        return integer("num_train_timesteps", 1000, 1, 1_000_000);
    }

    /** The first beta of {@link #betaSchedule()}, 0..1. */
    public double betaStart() {
        return number("beta_start", kind == SamplerKind.HEUN ? 0.00085 : 0.0001, 0, 1);
    }

    /** The last beta of {@link #betaSchedule()}, 0..1. */
    public double betaEnd() {
        return number("beta_end", kind == SamplerKind.HEUN ? 0.012 : 0.02, 0, 1);
    }

    /** The formula of the betas. */
    public BetaSchedule betaSchedule() {
        return choice("beta_schedule", BetaSchedule.LINEAR, BetaSchedule.values());
    }

    /** Betas that take the place of the formula's. */
    public Optional<float[]> trainedBetas() {
        Object value = field("trained_betas");
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof List<?> list) || list.size() != numTrainTimesteps()) {
            throw wrong("trained_betas", "a list of " + numTrainTimesteps() + " numbers", value);
        }
        float[] betas = new float[list.size()];
        for (int i = 0; i < betas.length; i++) {
            if (!(list.get(i) instanceof Number beta)) {
                throw wrong("trained_betas[" + i + "]", "a number", list.get(i));
            }
            betas[i] = beta.floatValue();
        }
        return Optional.of(betas);
    }

    /** Whether the betas are rescaled so that the last timestep is noise only; see {@link NoiseSchedule}. */
    public boolean rescaleBetasZeroSnr() {
        return bool("rescale_betas_zero_snr", false);
    }

    /** What the model answers. */
    public PredictionType predictionType() {
        return choice("prediction_type", PredictionType.EPSILON, PredictionType.values());
    }

    /** Where the steps fall. */
    public TimestepSpacing timestepSpacing() {
        TimestepSpacing usual = switch (kind) {
            case DDPM, DDIM, PNDM -> TimestepSpacing.LEADING;
            case EULER, EULER_ANCESTRAL, HEUN, DPM_SOLVER, LMS, UNIPC -> TimestepSpacing.LINSPACE;
        };
        return choice("timestep_spacing", usual, TimestepSpacing.values());
    }

    /** What {@code leading} spacing adds to every timestep. */
    public int stepsOffset() {
        return integer("steps_offset", 0, 0, 1_000_000);
    }

    /** Whether the step after the last has abar = 1 rather than that of timestep 0 (DDIM, PNDM). */
    public boolean setAlphaToOne() {
        return bool("set_alpha_to_one", kind != SamplerKind.PNDM);
    }

    /** Whether the predicted x_0 is clipped (DDPM, DDIM, Heun). */
    public boolean clipSample() {
        return bool("clip_sample", kind == SamplerKind.DDPM || kind == SamplerKind.DDIM);
    }

    /** The bound of {@link #clipSample()}. */
    public double clipSampleRange() {
        return number("clip_sample_range", 1, 0, Double.MAX_VALUE);
    }

    /** Whether the predicted x_0 is thresholded dynamically. */
    public boolean thresholding() {
        return bool("thresholding", false);
    }

    /** The quantile of {@link #thresholding()}. */
    public double dynamicThresholdingRatio() {
        return number("dynamic_thresholding_ratio", 0.995, 0, 1);
    }

    /** The highest bound of {@link #thresholding()}. */
    public double sampleMaxValue() {
        return number("sample_max_value", 1, 0, Double.MAX_VALUE);
    }

    /** The weight of new noise in DDIM: 0 none, 1 as much as DDPM. */
    public double eta() {
        return number("eta", 0, 0, 1);
    }

    /** Whether DDPM's noise has the larger of its two variances, beta itself. */
    public boolean largeVariance() {
        String type = text("variance_type", "fixed_small", "fixed_small", "fixed_small_log", "fixed_large");
        return type.equals("fixed_large");
    }

    /** Whether PNDM begins with linear multistep rather than with four Runge-Kutta steps. */
    public boolean skipPrkSteps() {
        return bool("skip_prk_steps", false);
    }

    /** Where the levels fall (Euler, Heun, LMS, DPM-Solver, UniPC). */
    public SigmaSpacing sigmaSpacing() {
        boolean karras = bool("use_karras_sigmas", false);
        boolean exponential = bool("use_exponential_sigmas", false);
        if (karras && exponential) {
            throw new WeightsFormatException(
                    origin, "use_karras_sigmas and use_exponential_sigmas are both true", "choose one");
        }
        return karras ? SigmaSpacing.KARRAS : exponential ? SigmaSpacing.EXPONENTIAL : SigmaSpacing.TIMESTEPS;
    }

    /** The smallest sigma of Karras or exponential spacing, if it is not that of the timesteps. */
    public OptionalDouble sigmaMin() {
        return optional("sigma_min");
    }

    /** The largest sigma of Karras or exponential spacing, if it is not that of the timesteps. */
    public OptionalDouble sigmaMax() {
        return optional("sigma_max");
    }

    /** Whether the last step goes to sigma 0, and not to that of timestep 0. */
    public boolean finalSigmaZero() {
        return text("final_sigmas_type", "zero", "zero", "sigma_min").equals("zero");
    }

    /** The order of DPM-Solver and UniPC, 1..3. */
    public int solverOrder() {
        return integer("solver_order", 2, 1, 3);
    }

    /** Whether DPM-Solver++ adds noise in each step. */
    public boolean stochastic() {
        return text("algorithm_type", "dpmsolver++", "dpmsolver++", "sde-dpmsolver++", "deis")
                .equals("sde-dpmsolver++");
    }

    /** Whether DPM-Solver's second order is Heun's and not the midpoint's. */
    public boolean heunSolver() {
        return solverType().equals("heun") && kind == SamplerKind.DPM_SOLVER;
    }

    /** Whether UniPC has B(h) = h (bh1) and not e^h - 1 (bh2). */
    public boolean firstB() {
        return solverType().equals("bh1") && kind == SamplerKind.UNIPC;
    }

    /** Whether the last steps of short plans are of lower order (DPM-Solver, UniPC). */
    public boolean lowerOrderFinal() {
        return bool("lower_order_final", true);
    }

    /** Whether DPM-Solver's last step is of first order. */
    public boolean eulerAtFinal() {
        return bool("euler_at_final", false);
    }

    /** The lambda below which DPM-Solver takes no timestep. */
    public double lambdaMinClipped() {
        Object value = field("lambda_min_clipped");
        if (value == null || value.equals("-Infinity")) {
            return Double.NEGATIVE_INFINITY;
        }
        if (!(value instanceof Number number)) {
            throw wrong("lambda_min_clipped", "a number", value);
        }
        return number.doubleValue();
    }

    /** Whether UniPC works on x_0 and not on the noise. */
    public boolean predictX0() {
        return bool("predict_x0", true);
    }

    /** The steps after which UniPC does not correct. */
    public Set<Integer> disableCorrector() {
        Object value = field("disable_corrector");
        if (value == null) {
            return Set.of();
        }
        if (!(value instanceof List<?> list) || !list.stream().allMatch(Integer.class::isInstance)) {
            throw wrong("disable_corrector", "a list of step numbers", value);
        }
        return Set.copyOf(list.stream().map(Integer.class::cast).toList());
    }

    @Override
    public String toString() {
        return kind.className() + " " + given;
    }

    private String solverType() {
        return text("solver_type", "midpoint", "midpoint", "heun", "logrho", "bh1", "bh2");
    }

    /** Reads every field, so that a wrong one is found here and now. */
    private void check() {
        numTrainTimesteps();
        betaStart();
        betaEnd();
        betaSchedule();
        trainedBetas();
        PredictionType prediction = predictionType();
        timestepSpacing();
        stepsOffset();
        setAlphaToOne();
        clipSample();
        clipSampleRange();
        thresholding();
        dynamicThresholdingRatio();
        sampleMaxValue();
        eta();
        largeVariance();
        skipPrkSteps();
        sigmaSpacing();
        sigmaMin();
        sigmaMax();
        finalSigmaZero();
        solverOrder();
        stochastic();
        solverType();
        lowerOrderFinal();
        eulerAtFinal();
        lambdaMinClipped();
        predictX0();
        disableCorrector();
        ONLY.forEach((name, values) -> {
            Object value = field(name);
            if (value != null && !values.contains(value)) {
                throw wrong(name, values.getFirst(), value);
            }
        });
        if (kind == SamplerKind.DPM_SOLVER && stochastic() && solverOrder() == 3) {
            throw wrong("solver_order", "1 or 2 for sde-dpmsolver++", 3);
        }
        boolean rescaled = rescaleBetasZeroSnr();
        switch (kind) {
            case PNDM, HEUN, LMS -> {
                if (rescaled) {
                    throw new WeightsFormatException(
                            origin,
                            "rescale_betas_zero_snr is true, which " + kind.label() + " does not have",
                            "choose ddim, ddpm, euler, euler-a, dpm++ or unipc");
                }
            }
            case DDPM, DDIM, EULER, EULER_ANCESTRAL, DPM_SOLVER, UNIPC -> {}
        }
        if (prediction == PredictionType.SAMPLE && (kind == SamplerKind.PNDM || kind == SamplerKind.EULER_ANCESTRAL)) {
            throw new WeightsFormatException(
                    origin,
                    "prediction_type is sample, which " + kind.label() + " does not have",
                    "choose ddim or euler");
        }
        given.forEach((name, value) -> {
            boolean known = KNOWN.contains(name) || ONLY.containsKey(name) || name.startsWith("_");
            if (!known && !value.equals(false)) {
                throw new WeightsFormatException(origin, "unknown field " + name + " = " + value, "");
            }
        });
    }

    private @Nullable Object field(String name) {
        return given.get(name);
    }

    private boolean bool(String name, boolean usual) {
        Object value = field(name);
        if (value == null) {
            return usual;
        }
        if (!(value instanceof Boolean bool)) {
            throw wrong(name, "true or false", value);
        }
        return bool;
    }

    private int integer(String name, int usual, int least, int most) {
        Object value = field(name);
        if (value == null) {
            return usual;
        }
        if (!(value instanceof Integer integer) || integer < least || integer > most) {
            throw wrong(name, "a whole number from " + least + " to " + most, value);
        }
        return integer;
    }

    private double number(String name, double usual, double least, double most) {
        Object value = field(name);
        if (value == null) {
            return usual;
        }
        if (!(value instanceof Number number) || !(number.doubleValue() >= least && number.doubleValue() <= most)) {
            throw wrong(name, "a number from " + least + " to " + most, value);
        }
        return number.doubleValue();
    }

    private OptionalDouble optional(String name) {
        return field(name) == null ? OptionalDouble.empty() : OptionalDouble.of(number(name, 0, 0, Double.MAX_VALUE));
    }

    private String text(String name, String usual, String... values) {
        Object value = field(name);
        if (value == null) {
            return usual;
        }
        if (!(value instanceof String text) || !List.of(values).contains(text)) {
            throw wrong(name, "one of " + List.of(values), value);
        }
        return text;
    }

    private <E extends Enum<E>> E choice(String name, E usual, E[] values) {
        Object value = field(name);
        if (value == null) {
            return usual;
        }
        for (E choice : values) {
            if (choice.name().toLowerCase(Locale.ROOT).equals(value)) {
                return choice;
            }
        }
        List<String> names = Arrays.stream(values)
                .map(choice -> choice.name().toLowerCase(Locale.ROOT))
                .toList();
        throw wrong(name, "one of " + names, value);
    }

    private WeightsFormatException wrong(String name, Object expected, @Nullable Object found) {
        return new WeightsFormatException(
                origin, name + " (" + kind.className() + "): expected " + expected + ", found " + found, "");
    }

    private static SamplerKind kind(String origin, Object className) {
        try {
            return SamplerKind.of(String.valueOf(className));
        } catch (IllegalArgumentException e) {
            throw new WeightsFormatException(origin, "_class_name: " + e.getMessage(), "");
        }
    }
}
