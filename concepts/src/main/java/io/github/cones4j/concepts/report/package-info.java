/** Reports as self-contained HTML pages, plots and picture grids. */
@NullMarked
package io.github.cones4j.concepts.report;

import org.jspecify.annotations.NullMarked;
