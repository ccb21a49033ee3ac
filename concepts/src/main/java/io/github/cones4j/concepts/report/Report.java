package io.github.cones4j.concepts.report;

import java.util.List;

/**
 * What a report says, apart from how it looks.
 *
 * @param title heading of the page and title of its window
 * @param summary one to three sentences that a reader takes away who reads nothing else
 * @param figures the few numbers that matter most; may be empty
 * @param sections the body
 * @param footer lines in small print: version, model, the command that makes the page again
 */
public record Report(
        String title, String summary, List<KeyFigure> figures, List<Section> sections, List<String> footer) {

    /**
     * A number that stands large at the top.
     *
     * @param value as it is shown, with its unit
     * @param label what it is
     * @param note what it is compared with, or the empty string
     */
    public record KeyFigure(String value, String label, String note) {}

    /**
     * A part of the page with a heading.
     *
     * @param title heading
     * @param blocks what stands below it
     */
    public record Section(String title, List<Block> blocks) {
        /** Copies the list. */
        public Section {
            blocks = List.copyOf(blocks);
        }
    }

    /** Copies the lists. */
    public Report {
        figures = List.copyOf(figures);
        sections = List.copyOf(sections);
        footer = List.copyOf(footer);
    }
}
