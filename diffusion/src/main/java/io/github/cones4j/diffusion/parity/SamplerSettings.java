package io.github.cones4j.diffusion.parity;

import io.github.cones4j.diffusion.schedule.SamplerKind;
import io.github.cones4j.diffusion.schedule.SchedulerConfig;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One sampler as {@code case.json} describes it: class, configuration, arguments of its steps.
 *
 * @param json for instance {@code {"cls": "DDIMScheduler", "config": {...}, "step_kwargs": {"eta": 1.0}, "steps": 10}}
 */
record SamplerSettings(String name, JsonNode json) {
    /** All settings of an object, by name. */
    static Map<String, SamplerSettings> all(JsonNode object) {
        Map<String, SamplerSettings> all = new LinkedHashMap<>();
        object.properties()
                .forEach(entry -> all.put(entry.getKey(), new SamplerSettings(entry.getKey(), entry.getValue())));
        return all;
    }

    /** The configuration, or nothing if there is no such sampler here. */
    Optional<SchedulerConfig> config() {
        String className = json.get("cls").asString();
        if (Arrays.stream(SamplerKind.values())
                .noneMatch(kind -> kind.className().equals(className))) {
            return Optional.empty();
        }
        ObjectNode fields = ((ObjectNode) json.get("config")).deepCopy();
        fields.put("_class_name", className);
        if (json.has("step_kwargs")) {
            fields.setAll((ObjectNode) json.get("step_kwargs"));
        }
        return Optional.of(SchedulerConfig.parse(name, fields.toString()));
    }

    int steps() {
        return json.get("steps").asInt();
    }
}
