/** JMH benchmarks. */
@NullMarked
package io.github.cones4j.bench;

import org.jspecify.annotations.NullMarked;
