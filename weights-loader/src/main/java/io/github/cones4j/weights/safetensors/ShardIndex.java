package io.github.cones4j.weights.safetensors;

import io.github.cones4j.engine.exec.HostTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.core.JsonToken;

/**
 * A {@code *.index.json}, which says in which file of its folder each tensor lies.
 *
 * @param file the index
 * @param weightMap name of a tensor to name of its file
 */
record ShardIndex(Path file, Map<String, String> weightMap) {
    /** Longest list of names in a message; the rest is counted. */
    private static final int SHOWN = 10;

    static ShardIndex read(Path file) {
        Safetensors.requireRegular(file);
        byte[] utf8;
        try {
            if (Files.size(file) > Header.LIMIT) {
                throw new WeightsFormatException(
                        file, "an index of " + Files.size(file) + " bytes, the limit is " + Header.LIMIT, "");
            }
            utf8 = Files.readAllBytes(file);
        } catch (IOException e) {
            throw Safetensors.unreadable(file, e);
        }
        refuseForeign(file, utf8);
        String name = file.toString();
        Map<String, String> weightMap = null;
        try (StrictJson json = new StrictJson(name, "index", StrictJson.decode(name, "index", utf8))) {
            json.expect(json.next(), JsonToken.START_OBJECT, "the whole");
            while (json.next() == JsonToken.PROPERTY_NAME) {
                String field = json.text();
                JsonToken token = json.next();
                if (field.equals("weight_map")) {
                    json.expect(token, JsonToken.START_OBJECT, "weight_map");
                    weightMap = json.strings("weight_map");
                } else {
                    json.skip(token);
                }
            }
            json.end();
        }
        if (weightMap == null || weightMap.isEmpty()) {
            throw new WeightsFormatException(file, "an index without weight_map", "");
        }
        for (String shard : new TreeSet<>(weightMap.values())) {
            requirePlainName(file, shard);
        }
        return new ShardIndex(file, weightMap);
    }

    private static void refuseForeign(Path file, byte[] utf8) {
        int at = 0;
        while (at < utf8.length && " \n\r\t".indexOf(utf8[at]) >= 0) {
            at++;
        }
        if (at == utf8.length || utf8[at] != '{') {
            ForeignFile foreign = ForeignFile.recognise(MemorySegment.ofArray(utf8));
            throw new WeightsFormatException(
                    file,
                    (foreign == null ? "no JSON object" : foreign.what()) + ", not an index of shards",
                    foreign == null ? "" : foreign.remedy());
        }
    }

    private static void requirePlainName(Path file, String shard) {
        boolean plain = !shard.isBlank()
                && !shard.equals(".")
                && !shard.equals("..")
                && shard.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c));
        if (!plain) {
            throw new WeightsFormatException(
                    file,
                    "the shard " + StrictJson.quote(shard) + " is not the plain name of a file in the index's folder",
                    "do not use an index that points elsewhere");
        }
        if (!shard.endsWith(".safetensors")) {
            throw new WeightsFormatException(
                    file,
                    "the shard " + StrictJson.quote(shard) + " is not a .safetensors file",
                    "use the model's safetensors variant, or convert every shard");
        }
    }

    /** Maps all shards, and checks that together they hold exactly the tensors of the index, each in its file. */
    Map<String, HostTensor> open(Arena arena) {
        Map<String, Map<String, HostTensor>> shards = new LinkedHashMap<>();
        for (String shard : new TreeSet<>(weightMap.values())) {
            Path path = locate(shard);
            if (!Files.exists(path)) {
                throw new WeightsFormatException(
                        file, "the shard " + shard + " is not in the folder", "download all shards of the index");
            }
            shards.put(shard, Safetensors.tensors(path, arena));
        }
        Map<String, String> seen = new HashMap<>();
        List<String> problems = new ArrayList<>();
        shards.forEach((shard, tensors) -> tensors.keySet().forEach(key -> {
            String other = seen.putIfAbsent(key, shard);
            if (other != null) {
                problems.add("twice       " + key + ": in " + other + " and in " + shard);
            } else if (!weightMap.containsKey(key)) {
                problems.add("not listed  " + key + ": in " + shard);
            }
        }));
        Map<String, HostTensor> merged = new LinkedHashMap<>();
        weightMap.forEach((key, shard) -> {
            HostTensor tensor = shards.getOrDefault(shard, Map.of()).get(key);
            if (tensor == null) {
                problems.add("missing     " + key + ": not in " + shard);
            } else {
                merged.put(key, tensor);
            }
        });
        if (!problems.isEmpty()) {
            String shown = String.join("\n  ", problems.subList(0, Math.min(SHOWN, problems.size())));
            throw new WeightsFormatException(
                    file,
                    "the index and its shards disagree on " + problems.size() + " tensors:\n  " + shown
                            + (problems.size() > SHOWN ? "\n  and " + (problems.size() - SHOWN) + " more" : "\n"),
                    "download all shards again");
        }
        return merged;
    }

    private Path locate(String shard) {
        try {
            return file.resolveSibling(shard);
        } catch (InvalidPathException e) {
            throw new WeightsFormatException(
                    file,
                    "the shard " + StrictJson.quote(shard) + " has no name that this system knows: " + e.getReason(),
                    "");
        }
    }
}
