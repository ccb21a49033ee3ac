/** The oracle: a device that computes in double with the plain loops of the ops. */
@NullMarked
package io.github.cones4j.engine.reference;

import org.jspecify.annotations.NullMarked;
