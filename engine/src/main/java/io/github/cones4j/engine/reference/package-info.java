/** A device that evaluates every operation's own definition in double: the oracle of the tests. */
@NullMarked
package io.github.cones4j.engine.reference;

import org.jspecify.annotations.NullMarked;
