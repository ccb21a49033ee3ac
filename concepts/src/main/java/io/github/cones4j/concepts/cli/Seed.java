package io.github.cones4j.concepts.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads seeds: whole numbers of 64 bits, signed or unsigned. */
final class Seed implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
        try {
            return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
        } catch (NumberFormatException _) {
            throw new TypeConversionException("a seed is a whole number from -2^63 to 2^64-1, found '" + text + "'");
        }
    }
}
