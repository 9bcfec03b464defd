package dev.gatun.quant.cpu;

import dev.gatun.tensor.DType;

/// What the formats mean, number by number: every kernel rounds as this does, to the bit.
final class Rounding {
    /// Columns of a group.
    static final int GROUP = 32;

    /// Added to a float of less than 2²² and subtracted again, it leaves the nearest integer, half to even. The sum's low bits are that integer.
    static final float MAGIC = 0x1.8p23f;

    /// The bits of [#MAGIC].
    static final int MAGIC_BITS = Float.floatToRawIntBits(MAGIC);

    /// Rows of x that are smaller everywhere count as zero: the reciprocal of their scale would overflow.
    private static final float NOTHING = 1e-35f;

    /// Largest elements in multiples of the 4-bit scale: 8 is met exactly by −8. More clips the largest elements to serve the many small ones better.
    private static final float[] SPANS = {-8, -7.25f, -7.5f, -7.75f, -8.25f, -8.5f, -8.75f, -9, -9.5f, -10, 6.75f, 7, 7.25f, 7.5f, 8, 8.5f};

    /// How many scales are tried for a group of 4-bit integers.
    static final int CANDIDATES = SPANS.length;

    private Rounding() {}

    static int groups(int columns) {
        return (columns + GROUP - 1) / GROUP;
    }

    /// {@return the reciprocal of a scale; 0 for a scale of 0}
    static float inverse(float scale) {
        return scale == 0 ? 0 : 1 / scale;
    }

    /// {@return a value in multiples of a scale, rounded half to even, within bounds}
    static int multiple(float value, float inverse, int low, int high) {
        int bits = Float.floatToRawIntBits(value * inverse + MAGIC) - MAGIC_BITS;
        return Math.max(low, Math.min(high, bits));
    }

    /// {@return the nearest bf16 whose multiple, the largest that a code stands for, does not overflow; 0 instead of a subnormal}
    private static float bf16(float scale, float multiple) {
        short bits = DType.floatToBf16(scale);
        float rounded = DType.bf16ToFloat(bits);
        if (Math.abs(rounded) < Float.MIN_NORMAL) {
            return 0;
        }
        return Float.isFinite(rounded * multiple) ? rounded : DType.bf16ToFloat((short) (bits - 1));
    }

    /// {@return the scale of a group of 8-bit integers}
    ///
    /// @param most its largest magnitude
    static float groupScale(float most) {
        return bf16(most / 127, 127);
    }

    /// {@return the scale of a row of 8-bit integers}
    ///
    /// @param most its largest magnitude
    static float rowScale(float most) {
        float scale = most < NOTHING ? 0 : most / 127;
        return Float.isFinite(scale * 127) ? scale : Math.nextDown(scale);
    }

    /// {@return a scale to try for a group of 4-bit integers}
    ///
    /// @param extreme its element of the largest magnitude, with its sign
    /// @param candidate below [#CANDIDATES]
    static float candidate(float extreme, int candidate) {
        return bf16(extreme / SPANS[candidate], 8);
    }

    /// {@return the power of two that brings a magnitude to about 1}: the unit in which errors are compared, so that their squares neither overflow
    /// nor vanish.
    static float unit(float most) {
        return Math.scalb(1f, -Math.max(-126, Math.getExponent(most)));
    }

    /// {@return the scale of a row or group of activations}. Not a number if one of them is not finite, so that the results are not either.
    ///
    /// @param most their largest magnitude
    static float activationScale(float most) {
        return most < NOTHING ? 0 : most < Float.POSITIVE_INFINITY ? most / 127 : Float.NaN;
    }

    /// {@return what activations are multiplied by before they are rounded}
    ///
    /// @param most their largest magnitude
    static float activationInverse(float most) {
        return most < NOTHING || !(most < Float.POSITIVE_INFINITY) ? 0 : 127 / most;
    }
}
