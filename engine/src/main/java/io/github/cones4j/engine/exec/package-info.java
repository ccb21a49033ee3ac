/** What a device offers (the service provider interface) and the schedule that every device executes. */
@NullMarked
package io.github.cones4j.engine.exec;

import org.jspecify.annotations.NullMarked;
