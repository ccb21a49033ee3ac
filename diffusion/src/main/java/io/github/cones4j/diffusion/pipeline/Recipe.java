package io.github.cones4j.diffusion.pipeline;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything that a picture was made from: with the same model it gives the same picture again.
 *
 * @param entries settings by name, in the order in which they are written: texts, numbers
 */
public record Recipe(Map<String, Object> entries) {
    /** The keyword under which a picture's file holds its recipe. */
    public static final String KEYWORD = "cones4j";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Copies the entries. */
    public Recipe {
        entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    /**
     * The recipe of one picture of a request.
     *
     * @param model the model's name
     */
    static Recipe of(Request request, Shot shot, String model, Branches branches) {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("prompt", shot.prompt());
        entries.put("negative_prompt", request.negativePrompt());
        entries.put("model", model);
        entries.put("seed", shot.seed());
        entries.put("noise", request.noise().label());
        entries.put("width", request.width());
        entries.put("height", request.height());
        entries.put("steps", request.steps());
        entries.put("guidance", request.guidance());
        entries.put("sampler", request.scheduler().kind().label());
        entries.put("scheduler", request.scheduler().toString());
        entries.put("clip_skip", request.clipSkip());
        Request.Start start = request.start();
        if (start != null) {
            entries.put("strength", start.strength());
            entries.put("start_picture", digest(start.picture()));
        }
        if (request.guided()) {
            entries.put("unconditional_branch", branches.same() ? "same weights" : "original weights");
        }
        return new Recipe(entries);
    }

    /** SHA-256 of width and height (four bytes each) and the pixels, three bytes each, row by row. */
    private static String digest(BufferedImage picture) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + 3 * width * height).putInt(width).putInt(height);
        for (int colour : picture.getRGB(0, 0, width, height, null, 0, width)) {
            bytes.put((byte) (colour >> 16)).put((byte) (colour >> 8)).put((byte) colour);
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes.array());
            return "sha256:" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** With one more entry, for instance the concept that was shut. */
    public Recipe with(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(entries);
        more.put(name, value);
        return new Recipe(more);
    }

    /** One line of JSON. */
    public String toJson() {
        return JSON.writeValueAsString(entries);
    }
}
