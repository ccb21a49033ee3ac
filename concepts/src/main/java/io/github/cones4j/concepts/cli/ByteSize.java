package io.github.cones4j.concepts.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A size of memory with its unit, as the JVM writes it: {@code 6g}, {@code 3500m}. */
final class ByteSize implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8})([mg])");

    @Override
    public Long convert(String value) {
        Matcher form = FORM.matcher(value.toLowerCase(Locale.ROOT));
        if (!form.matches()) {
            throw new TypeConversionException("expected a size such as 6g or 3500m, found '" + value + "'");
        }
        return Long.parseLong(form.group(1)) << (form.group(2).equals("g") ? 30 : 20);
    }
}
