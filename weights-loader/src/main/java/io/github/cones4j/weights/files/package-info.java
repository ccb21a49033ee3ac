/** Files that are always whole: written beside, forced to the disk, renamed. */
@NullMarked
package io.github.cones4j.weights.files;

import org.jspecify.annotations.NullMarked;
