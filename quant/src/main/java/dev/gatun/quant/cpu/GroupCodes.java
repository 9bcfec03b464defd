package dev.gatun.quant.cpu;

import static dev.gatun.quant.cpu.Rounding.CANDIDATES;
import static dev.gatun.quant.cpu.Rounding.GROUP;
import static dev.gatun.quant.cpu.Rounding.MAGIC;
import static dev.gatun.quant.cpu.Rounding.MAGIC_BITS;
import static dev.gatun.tensor.cpu.Lanes.*;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.MAX;

import dev.gatun.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Rows rounded to codes and scales. A row lies on the heap, with zeros up to a multiple of 32 columns.
final class GroupCodes {
    private GroupCodes() {}

    /// `max |t|` over n elements, a multiple of VL.
    ///
    /// @throws IllegalArgumentException if one is not finite
    static float largest(float[] t, int at, int n) {
        FloatVector most = FloatVector.zero(F32);
        for (int i = at; i < at + n; i += VL) {
            most = FloatVector.fromArray(F32, t, i).abs().max(most);
        }
        float largest = most.reduceLanes(MAX);
        if (!(largest < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("quantize: the matrix holds " + largest);
        }
        return largest;
    }

    /// A row of an [dev.gatun.quant.Int8Weight].
    static void int8(float[] t, int[] ints, int k, long codes, long scales) {
        for (int o = 0; o < k; o += GROUP) {
            float scale = Rounding.groupScale(largest(t, o, GROUP));
            ALL.set(SHORT, scales + o / GROUP * 2, DType.floatToBf16(scale));
            multiples(t, o, GROUP, Rounding.inverse(scale), -127, 127, ints);
            bytes(ints, Math.min(GROUP, k - o), codes + o);
        }
    }

    /// A row of an [dev.gatun.quant.Int8DynamicWeight].
    static void int8Dynamic(float[] t, int[] ints, int k, long codes, long scales) {
        float scale = Rounding.rowScale(largest(t, 0, Rounding.groups(k) * GROUP));
        ALL.set(FLOAT, scales, scale);
        for (int o = 0; o < k; o += GROUP) {
            multiples(t, o, GROUP, Rounding.inverse(scale), -127, 127, ints);
            bytes(ints, Math.min(GROUP, k - o), codes + o);
        }
    }

    /// A row of an [dev.gatun.quant.Int4Weight].
    static void int4(float[] t, int[] ints, float[] trial, int k, long codes, long scales) {
        for (int o = 0; o < k; o += GROUP) {
            float scale = scale4(t, o, trial);
            ALL.set(SHORT, scales + o / GROUP * 2, DType.floatToBf16(scale));
            multiples(t, o, GROUP, Rounding.inverse(scale), -8, 7, ints);
            for (int j = 0; j < GROUP; j += 8) {
                int eight = ints[j] + 8 | ints[j + 1] + 8 << 4 | ints[j + 2] + 8 << 8 | ints[j + 3] + 8 << 12;
                eight |= ints[j + 4] + 8 << 16 | ints[j + 5] + 8 << 20 | ints[j + 6] + 8 << 24 | ints[j + 7] + 8 << 28;
                ALL.set(INT, codes + (o + j) / 2, eight);
            }
        }
    }

    /// The best of the scales to try, in lanes: each lane sums the squares of the errors of its own, in the order of the columns.
    private static float scale4(float[] t, int at, float[] trial) {
        float most = largest(t, at, GROUP);
        float extreme = most;
        for (int i = at; i < at + GROUP; i++) {
            if (Math.abs(t[i]) == most) {
                extreme = t[i];
                break;
            }
        }
        // errors are measured in multiples of a power of two near the largest, so that their squares neither overflow nor vanish
        float unit = Rounding.unit(most);
        for (int c = 0; c < CANDIDATES; c++) {
            float scale = Rounding.candidate(extreme, c);
            trial[c] = scale;
            trial[CANDIDATES + c] = Rounding.inverse(scale);
        }
        for (int c = 0; c < CANDIDATES; c += VL) {
            FloatVector scale = FloatVector.fromArray(F32, trial, c).neg();
            FloatVector inverse = FloatVector.fromArray(F32, trial, CANDIDATES + c);
            FloatVector error = FloatVector.zero(F32);
            for (int i = at; i < at + GROUP; i++) {
                FloatVector x = FloatVector.broadcast(F32, t[i]);
                IntVector q = x.mul(inverse)
                        .add(MAGIC)
                        .reinterpretAsInts()
                        .sub(MAGIC_BITS)
                        .max(-8)
                        .min(7);
                FloatVector rest = ((FloatVector) q.convertShape(I2F, F32, 0))
                        .fma(scale, x)
                        .mul(unit);
                error = rest.fma(rest, error);
            }
            error.intoArray(trial, 2 * CANDIDATES + c);
        }
        int best = 0;
        for (int c = 1; c < CANDIDATES; c++) {
            best = trial[2 * CANDIDATES + c] < trial[2 * CANDIDATES + best] ? c : best;
        }
        return trial[best];
    }

    private static void multiples(float[] t, int at, int n, float inverse, int low, int high, int[] to) {
        for (int i = 0; i < n; i += VL) {
            FloatVector.fromArray(F32, t, at + i)
                    .mul(inverse)
                    .add(MAGIC)
                    .reinterpretAsInts()
                    .sub(MAGIC_BITS)
                    .max(low)
                    .min(high)
                    .intoArray(to, i);
        }
    }

    private static void bytes(int[] from, int n, long to) {
        int j = 0;
        for (; j <= n - 4; j += 4) {
            ALL.set(INT, to + j, from[j] & 255 | (from[j + 1] & 255) << 8 | (from[j + 2] & 255) << 16 | from[j + 3] << 24);
        }
        for (; j < n; j++) {
            ALL.set(JAVA_BYTE, to + j, (byte) from[j]);
        }
    }
}
