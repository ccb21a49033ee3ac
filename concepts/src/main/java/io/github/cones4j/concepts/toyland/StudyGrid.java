package io.github.cones4j.concepts.toyland;

import io.github.cones4j.concepts.edit.ConceptEdit.Unconditional;
import io.github.cones4j.concepts.toyland.StudyResult.OfSubject;
import io.github.cones4j.diffusion.pipeline.Png;
import io.github.cones4j.diffusion.toyland.world.Renderer;
import io.github.cones4j.diffusion.toyland.world.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A study in one look, as an SVG picture that holds all it shows: for every subject a photo, and the pictures of one prompt
 * by arm. Prompt and seeds are the first of the protocol, not chosen.
 */
public final class StudyGrid {
    private static final int CELL = 88; // side of a picture, in units of the SVG
    private static final int GAP = 4;
    private static final int GROUP_GAP = 18;
    private static final int TOP = 44;
    private static final int LABEL = 18; // height of the line above a row
    private static final int SEEDS = 2;
    private static final List<Arm> ARMS = List.of(Arm.UNMASKED, Arm.OWN, Arm.RANDOM);

    private final StudyResult result;
    private final Unconditional mode;
    private final StringBuilder svg = new StringBuilder();

    private StudyGrid(StudyResult result, Unconditional mode) {
        this.result = result;
        this.mode = mode;
    }

    /** The picture. */
    public static String svg(StudyResult result, Unconditional mode) throws IOException {
        return new StudyGrid(result, mode).svg();
    }

    private String svg() throws IOException {
        int seeds = Math.min(SEEDS, result.protocol().seeds().size());
        int group = seeds * (CELL + GAP) - GAP;
        int width = CELL + ARMS.size() * (GROUP_GAP + group) + 2 * GAP;
        int row = LABEL + CELL + GAP;
        int height = TOP + result.subjects().size() * row + GAP;
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " font-family=\"system-ui, sans-serif\">\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
                width,
                height,
                width,
                height,
                width,
                height));
        text(GAP, 22, "photo", 14, true);
        for (int a = 0; a < ARMS.size(); a++) {
            int x = groupAt(a, group);
            text(x, 22, ARMS.get(a).title(), 14, true);
            text(x, 38, ARMS.get(a).note(), 10, false);
        }
        for (int i = 0; i < result.subjects().size(); i++) {
            row(result.subjects().get(i), TOP + i * row, group, seeds);
        }
        return svg.append("</svg>\n").toString();
    }

    private static int groupAt(int arm, int group) {
        return GAP + CELL + GROUP_GAP + arm * (group + GROUP_GAP);
    }

    private void row(OfSubject of, int y, int group, int seeds) throws IOException {
        Subject subject = of.subject();
        String prompt = result.protocol().prompts(subject).getFirst();
        text(groupAt(0, group), y + LABEL - 5, "“" + prompt.replace(Subject.PLACEHOLDER, "V*") + "”", 11, false);
        picture(
                GAP,
                y + LABEL,
                Png.encode(Renderer.image(subject.photos().getFirst().spec()), Map.of()));
        for (int a = 0; a < ARMS.size(); a++) {
            for (int s = 0; s < seeds; s++) {
                long seed = result.protocol().seeds().get(s);
                String arm = StudyReport.fileName(mode, ARMS.get(a));
                picture(
                        groupAt(a, group) + s * (CELL + GAP),
                        y + LABEL,
                        Files.readAllBytes(result.pictures().file(subject.name(), arm, 0, seed)));
            }
        }
    }

    private void text(int x, int y, String text, int size, boolean bold) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" font-size=\"%d\"%s fill=\"#333\">%s</text>\n",
                x,
                y,
                size,
                bold ? " font-weight=\"600\"" : "",
                text));
    }

    private void picture(int x, int y, byte[] png) {
        svg.append(String.format(
                Locale.ROOT,
                "<image x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" href=\"data:image/png;base64,%s\"/>\n",
                x,
                y,
                CELL,
                CELL,
                Base64.getEncoder().encodeToString(png)));
    }
}
