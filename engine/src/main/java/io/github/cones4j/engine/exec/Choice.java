package io.github.cones4j.engine.exec;

/**
 * How a device computes one piece of a program, and why.
 *
 * @param path module path of the layer, empty outside all segments
 * @param work the operation with the shapes of its operands and its result
 * @param algorithm how it is done: {@code conv2d_winograd}
 * @param reason why so, where there was a choice: the modelled or measured costs; else empty
 * @param weights bytes of the prepared weights it reads
 * @param scratch bytes of working memory beside its operands and its result
 */
public record Choice(String path, String work, String algorithm, String reason, long weights, long scratch) {}
