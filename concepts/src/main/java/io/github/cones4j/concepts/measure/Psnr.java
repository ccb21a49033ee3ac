package io.github.cones4j.concepts.measure;

/** Peak signal-to-noise ratio of pictures. */
public final class Psnr {
    private Psnr() {}

    /**
     * 10 log10(range^2 / mean squared difference), in dB; infinite for equal pictures.
     *
     * @param a values of one picture
     * @param b values of the other, in the same order
     * @param range largest value minus smallest: 2 for values -1 .. 1, 255 for bytes
     */
    public static double of(float[] a, float[] b, double range) {
        if (a.length != b.length || a.length == 0) {
            throw new IllegalArgumentException("PSNR: pictures of " + a.length + " and " + b.length + " values");
        }
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            squares += difference * difference;
        }
        return 10 * Math.log10(range * range / (squares / a.length));
    }
}
