package io.github.cones4j.concepts.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A piece of a report. All texts are plain: what looks like HTML in them is shown as it is written. */
public sealed interface Block {

    /** A paragraph. */
    record Text(String text) implements Block {}

    /** Lines as they are, in a fixed-width font: a command, a message. */
    record Code(String text) implements Block {}

    /**
     * Names and values, as the settings of a run.
     *
     * @param caption what they belong to
     * @param values in the order in which they are shown
     */
    record Facts(String caption, Map<String, String> values) implements Block {
        /** Copies the map. */
        public Facts {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }
    }

    /**
     * A table. A column whose cells are all numbers (or empty) is set right.
     *
     * @param caption what the table shows
     * @param columns headings
     * @param rows cells, each row as long as the headings; the first cell is the row's heading
     */
    record Table(String caption, List<String> columns, List<List<String>> rows) implements Block {
        /** Checks the rows' lengths. */
        public Table {
            columns = List.copyOf(columns);
            rows = rows.stream().map(List::copyOf).toList();
            for (List<String> row : rows) {
                if (row.size() != columns.size()) {
                    throw new IllegalArgumentException("table \"" + caption + "\": " + columns.size()
                            + " columns, but a row of " + row.size() + " cells: " + row);
                }
            }
        }
    }

    /**
     * A table of numbers from 0 up, each on a ground that is the stronger the larger it is.
     *
     * @param caption what the table shows
     * @param columns headings of the columns of numbers
     * @param rows the rows
     * @param decimals digits after the point, from 0
     */
    record HeatTable(String caption, List<String> columns, List<HeatRow> rows, int decimals) implements Block {
        /** Checks the rows' lengths. */
        public HeatTable {
            columns = List.copyOf(columns);
            rows = List.copyOf(rows);
            for (HeatRow row : rows) {
                if (row.values().size() != columns.size()) {
                    throw new IllegalArgumentException("table \"" + caption + "\": " + columns.size() + " columns, but "
                            + row.values().size() + " values in the row " + row.label());
                }
            }
        }
    }

    /** One row of a {@link HeatTable}; NaN leaves a cell empty. */
    record HeatRow(String label, List<Double> values) {}

    /**
     * Pictures in rows and columns that mean something, as prompts by arms.
     *
     * @param caption what to look for
     * @param columns heads of the columns of pictures
     * @param rows the rows
     */
    record Grid(String caption, List<Column> columns, List<GridRow> rows) implements Block {
        /** Checks the rows' lengths. */
        public Grid {
            columns = List.copyOf(columns);
            rows = List.copyOf(rows);
            for (GridRow row : rows) {
                if (row.cells().size() != columns.size()) {
                    throw new IllegalArgumentException("grid \"" + caption + "\": " + columns.size() + " columns, but "
                            + row.cells().size() + " cells in the row " + row.label());
                }
            }
        }
    }

    /**
     * The head of a column of pictures.
     *
     * @param title a word or two
     * @param note a line below, or the empty string
     * @param emphasised whether this is the column to look at
     */
    record Column(String title, String note, boolean emphasised) {}

    /**
     * A row of pictures.
     *
     * @param label the row's heading, as a prompt
     * @param cells for each column its pictures, usually one for each seed
     */
    record GridRow(String label, List<List<Picture>> cells) {}

    /**
     * Pictures one after the other, as the photos of a subject.
     *
     * @param caption what they are
     * @param pictures in order
     */
    record Strip(String caption, List<Picture> pictures) implements Block {
        /** Copies the list. */
        public Strip {
            pictures = List.copyOf(pictures);
        }
    }

    /**
     * A plot with its numbers in a table that can be unfolded.
     *
     * @param caption what it shows
     * @param chart the numbers
     */
    record Plot(String caption, Chart chart) implements Block {}
}
