package io.github.cones4j.weights.config;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A kind of block on the way down or up a UNet. */
public enum BlockType {
    /** Residual blocks, each followed by a transformer that attends to itself and to the text. */
    CROSS_ATTENTION("CrossAttnDownBlock2D", "CrossAttnUpBlock2D"),
    /** Residual blocks alone. */
    PLAIN("DownBlock2D", "UpBlock2D");

    private final String down;
    private final String up;

    BlockType(String down, String up) {
        this.down = down;
        this.up = up;
    }

    /** The name of diffusers for this kind on the way down. */
    String down() {
        return down;
    }

    /** The name of diffusers for this kind on the way up. */
    String up() {
        return up;
    }

    static List<BlockType> read(JsonFile config, boolean isDown, List<BlockType> missing) {
        String field = isDown ? "down_block_types" : "up_block_types";
        List<BlockType> types = new ArrayList<>();
        for (String name :
                config.strings(field, missing.stream().map(t -> t.name(isDown)).toList())) {
            types.add(find(config, field, isDown, name));
        }
        return List.copyOf(types);
    }

    private static BlockType find(JsonFile config, String field, boolean isDown, String name) {
        for (BlockType type : values()) {
            if (type.name(isDown).equals(name)) {
                return type;
            }
        }
        JsonNode found = config.root().get(field);
        throw config.error(field, found, CROSS_ATTENTION.name(isDown) + " or " + PLAIN.name(isDown) + " everywhere");
    }

    private String name(boolean isDown) {
        return isDown ? down : up;
    }
}
