package dev.gatun.quant.cpu;

import static dev.gatun.quant.cpu.Order.UPPER;
import static dev.gatun.quant.cpu.Rounding.GROUP;
import static dev.gatun.quant.cpu.Rounding.MAGIC;
import static dev.gatun.tensor.cpu.Lanes.F32;
import static dev.gatun.tensor.cpu.Lanes.I32;
import static dev.gatun.tensor.cpu.Lanes.SWAP1;
import static dev.gatun.tensor.cpu.Lanes.SWAP2;
import static dev.gatun.tensor.cpu.Lanes.SWAP4;
import static dev.gatun.tensor.cpu.Lanes.SWAP8;
import static dev.gatun.tensor.cpu.Lanes.VL;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MAX;

import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/// Inputs rounded to 8-bit integers, and packed two to a float: the heap scratch of a product holds floats, and a vector of floats is a vector of
/// shorts for the asking.
final class Activations {
    /// The first of eight columns.
    private static final VectorMask<Float> FIRST = VectorMask.fromLong(F32, 0x0101L & (1L << VL) - 1);

    /// Of each eight lanes the first four, to the lower half and to the upper.
    private static final VectorShuffle<Float> FOURS = VectorShuffle.fromOp(F32, i -> VL == 4 ? i : i % (VL / 2) / 4 * 8 + i % 4);

    /// Of each eight lanes the last four, to the lower half and to the upper.
    private static final VectorShuffle<Float> NEXT_FOURS = VectorShuffle.fromOp(F32, i -> VL == 4 ? i : i % (VL / 2) / 4 * 8 + i % 4 + 4);

    /// What the bytes of an int are too large by, inverted; the last is shifted.
    private static final FloatVector FACTORS = FloatVector.fromArray(
            F32,
            new float[] {1, 0x1p-8f, 0x1p-16f, 1},
            0,
            IntStream.range(0, VL).map(i -> i % 4).toArray(),
            0);

    private Activations() {}

    /// Rounds `[at, at + n)` in place to integers, as floats, with one scale for all.
    ///
    /// @param n a multiple of VL
    /// @return the scale
    static float round(float[] t, int at, int n) {
        FloatVector most = FloatVector.zero(F32);
        for (int i = at; i < at + n; i += VL) {
            most = FloatVector.fromArray(F32, t, i).abs().max(most);
        }
        float largest = most.reduceLanes(MAX);
        float inverse = Rounding.activationInverse(largest);
        for (int i = at; i < at + n; i += VL) {
            FloatVector.fromArray(F32, t, i).mul(inverse).add(MAGIC).sub(MAGIC).intoArray(t, i);
        }
        return Rounding.activationScale(largest);
    }

    /// Rounds `[at, at + n)` in place to integers, as floats, each group of 32 with its own scale.
    ///
    /// @param n a multiple of 32
    /// @param scales where the groups' scales go
    /// @param corrections where −8 times the groups' sums go, which are exact in any order
    static void round(float[] t, int at, int n, int scales, int corrections) {
        for (int g = 0; g < n / GROUP; g++) {
            int group = at + g * GROUP;
            t[scales + g] = round(t, group, GROUP);
            FloatVector sum = FloatVector.zero(F32);
            for (int i = group; i < group + GROUP; i += VL) {
                sum = FloatVector.fromArray(F32, t, i).add(sum);
            }
            t[corrections + g] = -8 * sum.reduceLanes(ADD);
        }
    }

    /// Multiplies `[at, at + n)` by a scale.
    static void scale(float[] t, int at, int n, float scale) {
        for (int i = at; i < at + n; i += VL) {
            FloatVector.fromArray(F32, t, i).mul(scale).intoArray(t, i);
        }
    }

    /// Prepares x for codes of 8 bits that are made positive and left where they are in an int: of each four columns j times 2^−8j, but the last as it
    /// is, and in `t[at + n…]` what the 128 that was added to the codes adds to the groups' sums, negated.
    ///
    /// @param n a multiple of 32
    static void offset(float[] t, int at, int n) {
        for (int g = 0; g < n / GROUP; g++) {
            int group = at + g * GROUP;
            FloatVector sum = FloatVector.zero(F32);
            for (int i = 0; i < GROUP; i += VL) {
                FloatVector v = FloatVector.fromArray(F32, t, group + i);
                sum = v.add(sum);
                v.mul(FACTORS).intoArray(t, group + i);
            }
            sum = sum.add(sum.rearrange(SWAP1));
            sum = sum.add(sum.rearrange(SWAP2));
            if (VL > 4) {
                sum = sum.add(sum.rearrange(SWAP4));
            }
            if (VL > 8) {
                sum = sum.add(sum.rearrange(SWAP8));
            }
            t[at + n + g] = -128 * sum.lane(0);
        }
    }

    /// Packs integers for codes of 8 bits: a short holds columns 2i and 2i + 1, so a block of 4·VL columns becomes the even ones, then the odd ones,
    /// in place and in half the room.
    ///
    /// @param n a multiple of 4·VL; in the order of [Order#quads]
    static void packPairs(float[] t, int at, int n) {
        IntVector a, b, c, d;
        for (int i = 0; i < n; i += 4 * VL) {
            a = (IntVector) FloatVector.fromArray(F32, t, at + i).convertShape(F2I, I32, 0);
            b = (IntVector) FloatVector.fromArray(F32, t, at + i + VL).convertShape(F2I, I32, 0);
            c = (IntVector) FloatVector.fromArray(F32, t, at + i + 2 * VL).convertShape(F2I, I32, 0);
            d = (IntVector) FloatVector.fromArray(F32, t, at + i + 3 * VL).convertShape(F2I, I32, 0);
            a.and(0xffff).or(c.lanewise(LSHL, 16)).reinterpretAsFloats().intoArray(t, at + i / 2);
            b.and(0xffff).or(d.lanewise(LSHL, 16)).reinterpretAsFloats().intoArray(t, at + i / 2 + VL);
        }
    }

    /// Packs integers for codes of 4 bits in place and in half the room: of eight columns `w[j] = p[j] − 16·p[j−1]`, without the second where j is 0, the
    /// four floats j < 4 get the bits of `w[j]` in their lower and of `w[j+4]` in their upper half.
    ///
    /// @param n a multiple of 32; the float before the first is read
    static void packNibbles(float[] t, int at, int n) {
        FloatVector u, v;
        for (int i = 0; i < n; i += 2 * VL) {
            u = FloatVector.fromArray(F32, t, at + i - 1).blend(0, FIRST);
            v = FloatVector.fromArray(F32, t, at + i + VL - 1);
            v = VL == 4 ? v : v.blend(0, FIRST);
            u = u.fma(FloatVector.broadcast(F32, -16), FloatVector.fromArray(F32, t, at + i));
            v = v.fma(FloatVector.broadcast(F32, -16), FloatVector.fromArray(F32, t, at + i + VL));
            IntVector low = (IntVector) (VL == 4 ? u : u.rearrange(FOURS).blend(v.rearrange(FOURS), UPPER)).convertShape(F2I, I32, 0);
            IntVector high = (IntVector) (VL == 4 ? v : u.rearrange(NEXT_FOURS).blend(v.rearrange(NEXT_FOURS), UPPER)).convertShape(F2I, I32, 0);
            low.and(0xffff).or(high.lanewise(LSHL, 16)).reinterpretAsFloats().intoArray(t, at + i / 2);
        }
    }
}
