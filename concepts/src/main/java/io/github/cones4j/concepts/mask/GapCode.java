package io.github.cones4j.concepts.mask;

import java.util.Arrays;

/**
 * The gaps between sorted indices as an arithmetic code whose model starts at the set's density and adapts from there.
 *
 * <p>Of a set drawn at random, the gaps {@code g} (positions skipped since the last index) are geometric: P(g >= m) =
 * q^m, with q the share of positions outside the set. Cut into the classes g + 1 = 2^c .. 2^(c+1) - 1, all choices then
 * have probabilities that follow from q by squaring: "the class is above c" has q^(2^c), and "bit i of g + 1, below its
 * leading one, is set" has r / (1 + r) with r = q^(2^i). These are where the adaptive probabilities start, so that a
 * small set pays nothing for learning; a set with structure (dense rows, empty columns) then falls below the entropy of
 * its density. Choices of the class are told apart by the class before, bits by their class.
 *
 * <p>The choices go through a binary range coder with 32 bits of range and 16-bit probabilities (after Martin 1979; the
 * form with a carry that is known from LZMA). All arithmetic is on integers; {@code docs/concept-file.md} says it step
 * by step.
 */
final class GapCode {
    /** Classes of gaps: g + 1 is below 2^31. */
    private static final int CLASSES = 31;

    private static final int ONE = 1 << 16;
    private static final int RATE = 7;
    private static final int LEAST = 1 << RATE;
    private static final long RENORMALIZE = 1L << 24;
    private static final long WORD = 0xFFFFFFFFL;

    private GapCode() {}

    /**
     * The code of a set; empty for a set of none or of all positions. The size of the set and of its universe are not
     * in it.
     */
    static byte[] encode(IndexSet set) {
        if (isImplied(set.universe(), set.size())) {
            return new byte[0];
        }
        Model model = new Model(set.universe(), set.size());
        Encoder encoder = new Encoder(set.size());
        int before = 0;
        int next = 0;
        for (int rank = 0; rank < set.size(); rank++) {
            int value = set.get(rank) - next + 1;
            int gapClass = 31 - Integer.numberOfLeadingZeros(value);
            int[] above = model.above[before];
            for (int c = 0; c <= gapClass && c < CLASSES - 1; c++) {
                encoder.write(above, c, c < gapClass);
            }
            for (int i = gapClass - 1; i >= 0; i--) {
                encoder.write(model.bits[gapClass], i, ((value >>> i) & 1) != 0);
            }
            before = gapClass;
            next = set.get(rank) + 1;
        }
        return encoder.finish();
    }

    /**
     * The set from its code.
     *
     * @param universe number of positions
     * @param size number of indices
     * @throws IllegalArgumentException if this is not the code of such a set
     */
    static IndexSet decode(byte[] code, int universe, int size) {
        if (code.length > 0 && code[code.length - 1] == 0) {
            throw new IllegalArgumentException("expected a code without trailing zero bytes, found one of "
                    + code.length + " bytes that ends in zero");
        }
        if (isImplied(universe, size)) {
            if (code.length > 0) {
                throw new IllegalArgumentException("expected an empty code for " + size + " of " + universe
                        + " positions, found " + code.length + " bytes");
            }
            return size == 0
                    ? IndexSet.empty(universe)
                    : IndexSet.empty(universe).complement();
        }
        Model model = new Model(universe, size);
        Decoder decoder = new Decoder(code);
        int[] indices = new int[size];
        int before = 0;
        long next = 0;
        for (int rank = 0; rank < size; rank++) {
            int[] above = model.above[before];
            int gapClass = 0;
            while (gapClass < CLASSES - 1 && decoder.read(above, gapClass)) {
                gapClass++;
            }
            int value = 1;
            for (int i = gapClass - 1; i >= 0; i--) {
                value = (value << 1) | (decoder.read(model.bits[gapClass], i) ? 1 : 0);
            }
            long index = next + value - 1;
            if (index > universe - (size - rank)) {
                throw new IllegalArgumentException("expected indices below " + universe + ", found index " + index
                        + " for number " + rank + " of " + size);
            }
            indices[rank] = (int) index;
            before = gapClass;
            next = index + 1;
        }
        if (decoder.position < code.length) {
            throw new IllegalArgumentException("expected a code of at most " + decoder.position + " bytes for " + size
                    + " indices, found " + code.length);
        }
        return IndexSet.of(universe, indices);
    }

    private static boolean isImplied(int universe, int size) {
        return size == 0 || size == universe;
    }

    /** The probabilities of a one, in units of 2^-16, of every choice. */
    private static final class Model {
        /** By the class before and c: the class is above c. */
        private final int[][] above = new int[CLASSES][];
        /** By the class and i: bit i is set. */
        private final int[][] bits = new int[CLASSES][];

        Model(int universe, int size) {
            int[] firstAbove = new int[CLASSES];
            int[] firstBits = new int[CLASSES];
            long power = ((long) (universe - size) << 32) / universe; // q^(2^c), in units of 2^-32
            for (int c = 0; c < CLASSES; c++) {
                firstAbove[c] = within(power >>> 16);
                firstBits[c] = within((power << 16) / ((1L << 32) + power));
                power = (power * power) >>> 32;
            }
            for (int c = 0; c < CLASSES; c++) {
                above[c] = firstAbove.clone();
                bits[c] = Arrays.copyOf(firstBits, c);
            }
        }

        private static int within(long probability) {
            return Math.clamp(probability, LEAST, ONE - LEAST);
        }
    }

    /** Moves a probability towards what was seen; it stays within 2^7 .. 2^16 - 2^7. */
    private static int adapted(int probability, boolean bit) {
        return bit ? probability + ((ONE - probability) >> RATE) : probability - (probability >> RATE);
    }

    /** A range coder that writes; a carry runs back through the bytes already written. */
    private static final class Encoder {
        private byte[] bytes;
        private int size;
        private long low;
        private long range = WORD;

        Encoder(int indices) {
            bytes = new byte[64 + indices];
        }

        void write(int[] probabilities, int context, boolean bit) {
            int probability = probabilities[context];
            long bound = (range >>> 16) * probability;
            if (bit) {
                range = bound;
            } else {
                low += bound;
                range -= bound;
            }
            probabilities[context] = adapted(probability, bit);
            while (range < RENORMALIZE) {
                shift();
                range <<= 8;
            }
        }

        /** Writes the shortest number that is in the last range; zeros after it are left out, the reader adds them. */
        byte[] finish() {
            long last = low + range - 1;
            int zeros = 32;
            while ((last >>> zeros) << zeros < low) {
                zeros -= 8;
            }
            low = (last >>> zeros) << zeros;
            for (int i = 0; i < 4; i++) {
                shift();
            }
            while (size > 0 && bytes[size - 1] == 0) {
                size--;
            }
            return Arrays.copyOf(bytes, size);
        }

        private void shift() {
            if (low > WORD) {
                for (int i = size - 1; ++bytes[i] == 0; i--) {}
                low &= WORD;
            }
            if (size == bytes.length) {
                bytes = Arrays.copyOf(bytes, size * 2);
            }
            bytes[size++] = (byte) (low >>> 24);
            low = (low << 8) & WORD;
        }
    }

    /** A range coder that reads; after the last byte it reads zeros. */
    private static final class Decoder {
        private final byte[] bytes;
        private int position;
        private long code;
        private long range = WORD;

        Decoder(byte[] bytes) {
            this.bytes = bytes;
            for (int i = 0; i < 4; i++) {
                shift();
            }
        }

        boolean read(int[] probabilities, int context) {
            int probability = probabilities[context];
            long bound = (range >>> 16) * probability;
            boolean bit = code < bound;
            if (bit) {
                range = bound;
            } else {
                code -= bound;
                range -= bound;
            }
            probabilities[context] = adapted(probability, bit);
            while (range < RENORMALIZE) {
                shift();
                range <<= 8;
            }
            return bit;
        }

        private void shift() {
            int next = position < bytes.length ? bytes[position] & 0xFF : 0;
            position++;
            code = (code << 8) | next;
        }
    }
}
