package io.github.cones4j.concepts.report;

import io.github.cones4j.concepts.report.Chart.BarSeries;
import io.github.cones4j.concepts.report.Chart.Bars;
import io.github.cones4j.concepts.report.Chart.Line;
import io.github.cones4j.concepts.report.Chart.Lines;
import io.github.cones4j.concepts.report.Chart.Point;
import io.github.cones4j.concepts.report.Chart.Tone;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;

/** A report with every kind of block, with made-up pictures and numbers. */
final class Example {
    private Example() {}

    static Report report() {
        return new Report(
                "Concept neurons of “Pip”, a purple fish",
                "Shutting 10 % of the key and value weights of the cross-attention makes “V* fish” look like Pip: similarity to his"
                        + " photos rises from −0.18 to 0.51. A random mask of the same size does nothing.",
                List.of(
                        new Report.KeyFigure("+0.63", "similarity, own mask over random", "p = 0.0004, 8 seeds"),
                        new Report.KeyFigure("13,517", "neurons of 135,168 weights", "10.0 % of 12 layers"),
                        new Report.KeyFigure("7.9 kB", "on disk", "4.68 bits per index"),
                        new Report.KeyFigure("1 min 48 s", "to find and show", "on two cores")),
                List.of(
                        new Report.Section(
                                "What it looks like",
                                List.of(
                                        new Block.Strip(
                                                "The five photos of Pip from which the neurons were found.", photos()),
                                        grid(1),
                                        new Block.Text(
                                                "The unconditional branch of the guidance uses the original weights."
                                                        + " Similarity stands below each picture; 1 is the mean photo, 0 any other"
                                                        + " picture."))),
                        new Report.Section("Two seeds", List.of(grid(2))),
                        new Report.Section("How much", List.of(plot(), table())),
                        new Report.Section("Where the neurons are", List.of(heat(), losses())),
                        new Report.Section(
                                "How it was found",
                                List.of(
                                        new Block.Facts("Settings of the search.", settings()),
                                        new Block.Text("The same page again, byte for byte but for the times:"),
                                        new Block.Code("./cones demo --subject pip --seed 7 --out pip")))),
                List.of(
                        "Cones4J 0.1.0, embedded model Toyland, base 0cd6a3b436a9a0091ddc665020df2d02894f1c774bc97291511a0e6ac0685faf",
                        "Pictures and numbers of this example are made up."));
    }

    private static Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("statistic", "mean");
        settings.put("selection", "share 0.1 overall");
        settings.put("steps K", "100");
        settings.put("pictures per step", "8 of the subject + 8 of the class");
        settings.put("prior weight λ", "1.0");
        settings.put("relative step", "0.03 (ρ from the first 4 gradients)");
        settings.put("limit of change per step", "0.5");
        settings.put("subject prompt", "a photo of V* fish");
        settings.put("class prompt", "a photo of a fish");
        settings.put("seed", "7");
        return settings;
    }

    private static List<Picture> photos() {
        List<Picture> photos = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            photos.add(picture(new Color(0x7B3FA0), new Color(0xF0C93A), i, "photo " + (i + 1) + " of Pip", ""));
        }
        return photos;
    }

    private static Block grid(int seeds) {
        List<Block.GridRow> rows = new ArrayList<>();
        String[] prompts = {
            "a photo of V* fish on the moon",
            "a photo of V* fish in a desert",
            "V* fish <b>&</b> a red car",
            "a drawing of V* fish"
        };
        for (int p = 0; p < prompts.length; p++) {
            List<List<Picture>> cells = new ArrayList<>();
            for (int arm = 0; arm < 4; arm++) {
                List<Picture> cell = new ArrayList<>();
                for (int seed = 0; seed < seeds; seed++) {
                    Color body = arm == 1 ? new Color(0x7B3FA0) : new Color(0x4F9EC4 + 20 * p + 31 * arm);
                    Color spots = arm == 1 ? new Color(0xF0C93A) : new Color(0xE0E8EE);
                    String similarity = String.valueOf((arm == 1 ? 47 + p : -18 + 5 * p) / 100.0);
                    cell.add(picture(
                            body, spots, 10 * p + seed, prompts[p] + ", arm " + arm, similarity.replace('-', '−')));
                }
                cells.add(cell);
            }
            rows.add(new Block.GridRow(prompts[p], cells));
        }
        return new Block.Grid(
                "Same prompts, same seeds, four arms. Only Pip’s own neurons bring him out.",
                List.of(
                        new Block.Column("Unmasked", "the original model", false),
                        new Block.Column("Own mask", "Pip’s neurons shut", true),
                        new Block.Column("Another’s mask", "the car’s neurons shut", false),
                        new Block.Column("Random mask", "as many in every layer", false)),
                rows);
    }

    private static Block plot() {
        List<String> subjects = List.of("fish", "dog", "car", "tree");
        return new Block.Plot(
                "Similarity to the photos by subject and arm, mean over 4 prompts, with 95 % intervals over 8 seeds.",
                new Bars(
                        "similarity",
                        subjects,
                        List.of(
                                new BarSeries(
                                        "own mask",
                                        Tone.STRONG,
                                        List.of(0.51, 0.43, 0.56, 0.34),
                                        List.of(0.05, 0.08, 0.04, 0.07)),
                                new BarSeries(
                                        "others’ masks",
                                        Tone.SECOND,
                                        List.of(0.12, 0.20, 0.25, 0.18),
                                        List.of(0.06, 0.05, 0.07, 0.06)),
                                new BarSeries(
                                        "unmasked",
                                        Tone.QUIET,
                                        List.of(-0.18, 0.09, 0.09, 0.18),
                                        List.of(0.06, 0.04, 0.05, 0.04)),
                                new BarSeries(
                                        "random mask",
                                        Tone.FAINT,
                                        List.of(-0.12, 0.06, 0.10, 0.10),
                                        List.of(0.05, 0.05, 0.05, 0.05)))));
    }

    private static Block table() {
        return new Block.Table(
                "Own mask against random mask of the same layer-wise size; paired t-test over 8 seed means.",
                List.of("subject", "own", "random", "difference", "95 % interval", "p", "class right"),
                List.of(
                        List.of(
                                "fish, purple with yellow stripes",
                                "0.51",
                                "−0.12",
                                "+0.63",
                                "0.50 to 0.76",
                                "1.2e-5",
                                "97 %"),
                        List.of(
                                "dog, green with pink spots",
                                "0.43",
                                "0.06",
                                "+0.37",
                                "0.22 to 0.52",
                                "9.1e-4",
                                "94 %"),
                        List.of(
                                "car, pink with black stripes",
                                "0.56",
                                "0.10",
                                "+0.46",
                                "0.35 to 0.57",
                                "3.0e-5",
                                "100 %"),
                        List.of(
                                "tree, blue with orange spots",
                                "0.34",
                                "0.10",
                                "+0.24",
                                "0.09 to 0.39",
                                "8.7e-3",
                                "—")));
    }

    private static Block heat() {
        List<Block.HeatRow> rows = new ArrayList<>();
        Random random = new Random(1);
        for (String layer : List.of("down 0", "down 1", "mid", "up 0", "up 1", "up 2")) {
            rows.add(new Block.HeatRow(
                    layer,
                    List.of(random.nextDouble() * 12, layer.equals("mid") ? Double.NaN : random.nextDouble() * 31)));
        }
        return new Block.HeatTable("Share of neurons in each layer, in %.", List.of("key", "value"), rows, 1);
    }

    private static Block losses() {
        Random random = new Random(2);
        List<Point> subject = new ArrayList<>();
        List<Point> prior = new ArrayList<>();
        for (int k = 0; k < 100; k++) {
            subject.add(new Point(k, 0.31 - 0.0009 * k + 0.03 * random.nextGaussian()));
            prior.add(new Point(k, 0.22 + 0.02 * random.nextGaussian()));
        }
        return new Block.Plot(
                "Loss at each step of the search.",
                new Lines(
                        "step",
                        "loss",
                        List.of(
                                new Line("photos", Tone.STRONG, subject),
                                new Line("class images", Tone.QUIET, prior))));
    }

    /** A spotted fish on a gradient, 64 by 64. */
    static Picture picture(Color body, Color spots, int seed, String alternative, String note) {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        float hue = random.nextFloat();
        for (int y = 0; y < 64; y++) {
            g.setColor(Color.getHSBColor(hue, 0.25f, 0.95f - y / 200f));
            g.drawLine(0, y, 63, y);
        }
        double x = 18 + random.nextInt(6);
        double y = 20 + random.nextInt(10);
        g.setColor(body);
        g.fill(new Ellipse2D.Double(x, y, 32, 20));
        g.fillPolygon(
                new int[] {(int) x + 3, (int) x - 11, (int) x - 11},
                new int[] {(int) y + 10, (int) y, (int) y + 20},
                3);
        g.setColor(spots);
        for (int i = 0; i < 4; i++) {
            g.fill(new Ellipse2D.Double(x + 5 + 5 * i, y + 4 + random.nextInt(8), 4, 4));
        }
        g.setColor(Color.BLACK);
        g.fill(new Ellipse2D.Double(x + 25, y + 6, 3, 3));
        g.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Picture.ofPng(png.toByteArray(), alternative, note);
    }
}
