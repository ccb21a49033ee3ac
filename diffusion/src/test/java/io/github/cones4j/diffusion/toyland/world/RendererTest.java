package io.github.cones4j.diffusion.toyland.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RendererTest {
    private static final int PICTURES = 24;

    @Test
    void bytes_ofTheSameSeeds_areTheSameAgainAndOnManyThreads() throws Exception {
        List<String> alone =
                LongStream.range(0, PICTURES).mapToObj(RendererTest::hash).toList();
        List<String> again =
                LongStream.range(0, PICTURES).mapToObj(RendererTest::hash).toList();
        List<String> together;
        try (var executor = Executors.newFixedThreadPool(4)) {
            var tasks = LongStream.range(0, PICTURES)
                    .mapToObj(seed -> executor.submit(() -> hash(seed)))
                    .toList();
            together = new ArrayList<>();
            for (var task : tasks) {
                together.add(task.get());
            }
        }
        assertThat(again).isEqualTo(alone);
        assertThat(together).isEqualTo(alone);
        assertThat(alone).doesNotHaveDuplicates();
    }

    @Test
    void floats_andImage_agreeWithBytes() {
        PictureSpec spec = World.sample(5);
        byte[] bytes = Renderer.bytes(spec);
        float[] floats = Renderer.floats(spec);
        BufferedImage image = Renderer.image(spec);
        int plane = Renderer.SIZE * Renderer.SIZE;
        assertThat(floats).hasSize(3 * plane);
        for (int at = 0; at < plane; at++) {
            int rgb = image.getRGB(at % Renderer.SIZE, at / Renderer.SIZE);
            for (int channel = 0; channel < 3; channel++) {
                int value = bytes[channel * plane + at] & 255;
                assertThat((rgb >> (16 - 8 * channel)) & 255).isEqualTo(value);
                assertThat(floats[channel * plane + at]).isEqualTo(value / 127.5f - 1);
            }
        }
    }

    @Test
    void bytes_ofEveryKindInEveryColour_showThatColourMostOnTheThing() {
        // the thing drawn in two colours: where the pictures differ, the one nearer to each name must be its own
        for (Kind kind : Kind.values()) {
            for (Colour colour : Colour.values()) {
                Colour other = colour == Colour.GREEN ? Colour.PURPLE : Colour.GREEN;
                byte[] picture = Renderer.bytes(plain(kind, colour));
                byte[] rival = Renderer.bytes(plain(kind, other));
                int plane = Renderer.SIZE * Renderer.SIZE;
                int differing = 0;
                int near = 0;
                for (int at = 0; at < plane; at++) {
                    if (distance(picture, rival, at) > 60) {
                        differing++;
                        near += nearest(picture, at) == colour ? 1 : 0;
                    }
                }
                assertThat(differing).as("%s: pixels in its colour", kind).isGreaterThan(plane / 14);
                assertThat(near).as("%s %s: pixels nearest to it", colour, kind).isGreaterThan(differing / 2);
            }
        }
    }

    private static PictureSpec plain(Kind kind, Colour colour) {
        Build build = new Build(0.5, 0.5, 0.5, 0.5, 0.5);
        Thing thing = new Thing(kind, colour, Pattern.PLAIN, colour, Detail.NONE, colour, build, World.UPRIGHT);
        return new PictureSpec(Scene.MEADOW, 1, List.of(thing));
    }

    private static int distance(byte[] a, byte[] b, int at) {
        int plane = Renderer.SIZE * Renderer.SIZE;
        int sum = 0;
        for (int channel = 0; channel < 3; channel++) {
            sum += Math.abs((a[channel * plane + at] & 255) - (b[channel * plane + at] & 255));
        }
        return sum;
    }

    private static Colour nearest(byte[] picture, int at) {
        int plane = Renderer.SIZE * Renderer.SIZE;
        int red = picture[at] & 255;
        int green = picture[plane + at] & 255;
        int blue = picture[2 * plane + at] & 255;
        Colour nearest = Colour.RED;
        int least = Integer.MAX_VALUE;
        for (Colour colour : Colour.values()) {
            int dr = red - (colour.rgb() >> 16);
            int dg = green - (colour.rgb() >> 8 & 255);
            int db = blue - (colour.rgb() & 255);
            int square = dr * dr + dg * dg + db * db;
            if (square < least) {
                least = square;
                nearest = colour;
            }
        }
        return nearest;
    }

    private static String hash(long seed) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Renderer.bytes(World.sample(seed)));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
