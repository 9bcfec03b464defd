package dev.gatun.quant.cpu;

import static dev.gatun.quant.cpu.Order.EVEN_ODD;
import static dev.gatun.quant.cpu.Order.ODD_EVEN;
import static dev.gatun.quant.cpu.Order.UPPER;
import static dev.gatun.quant.cpu.Rounding.GROUP;
import static dev.gatun.quant.cpu.Rounding.MAGIC;
import static dev.gatun.tensor.cpu.Lanes.F32;
import static dev.gatun.tensor.cpu.Lanes.I32;
import static dev.gatun.tensor.cpu.Lanes.VL;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MAX;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Inputs rounded to 8-bit integers, and packed two to a float: the heap scratch of a product holds floats, and a vector of floats is a vector of
/// shorts for the asking.
final class Activations {
    private Activations() {}

    /// Rounds `[at, at + n)` in place to integers, as floats, with one scale for all.
    ///
    /// @param n a multiple of VL
    /// @return the scale
    static float round(float[] t, int at, int n) {
        FloatVector most = FloatVector.zero(F32);
        for (int i = at; i < at + n; i += VL) {
            most = most.max(FloatVector.fromArray(F32, t, i).abs());
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
                sum = sum.add(FloatVector.fromArray(F32, t, i));
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

    /// Prepares x for codes of 8 bits that are made unsigned and left where they are in an int: the vector j of a block times 2^−8j (the last is
    /// shifted down), and in `t[at + n…]` what the 128 that was added to the codes adds to each lane, negated.
    ///
    /// @param n a multiple of 4·VL; in the order of [Order#quads]
    static void offset(float[] t, int at, int n) {
        FloatVector a, b, c, d;
        for (int i = 0; i < n; i += 4 * VL) {
            a = FloatVector.fromArray(F32, t, at + i);
            b = FloatVector.fromArray(F32, t, at + i + VL);
            c = FloatVector.fromArray(F32, t, at + i + 2 * VL);
            d = FloatVector.fromArray(F32, t, at + i + 3 * VL);
            b.mul(0x1p-8f).intoArray(t, at + i + VL);
            c.mul(0x1p-16f).intoArray(t, at + i + 2 * VL);
            a.add(b).add(c.add(d)).mul(-128).intoArray(t, at + n + i / 4);
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

    /// Packs integers for codes of 4 bits: a short holds columns 4i … 4i + 3, so a block of 8·VL columns becomes four vectors of shorts by the index
    /// modulo 4, in place and in half the room.
    ///
    /// @param n a multiple of 8·VL; in the order of [Order#quads]
    static void packQuads(float[] t, int at, int n) {
        FloatVector u, v;
        IntVector e, o;
        for (int i = 0; i < n; i += 8 * VL) {
            int from = at + i;
            int to = at + i / 2;
            // a block's results overwrite what was read before or, in the first block, the very vectors that are read: all reads come first
            FloatVector u0 = FloatVector.fromArray(F32, t, from), v0 = FloatVector.fromArray(F32, t, from + 4 * VL);
            FloatVector u1 = FloatVector.fromArray(F32, t, from + VL), v1 = FloatVector.fromArray(F32, t, from + 5 * VL);
            FloatVector u2 = FloatVector.fromArray(F32, t, from + 2 * VL), v2 = FloatVector.fromArray(F32, t, from + 6 * VL);
            FloatVector u3 = FloatVector.fromArray(F32, t, from + 3 * VL), v3 = FloatVector.fromArray(F32, t, from + 7 * VL);
            u = u0.rearrange(EVEN_ODD).blend(v0.rearrange(ODD_EVEN), UPPER);
            v = u0.rearrange(ODD_EVEN).blend(v0.rearrange(EVEN_ODD), UPPER);
            e = (IntVector) u.convertShape(F2I, I32, 0);
            o = (IntVector) v.convertShape(F2I, I32, 0);
            e.and(0xffff).or(o.lanewise(LSHL, 16)).reinterpretAsFloats().intoArray(t, to);
            u = u1.rearrange(EVEN_ODD).blend(v1.rearrange(ODD_EVEN), UPPER);
            v = u1.rearrange(ODD_EVEN).blend(v1.rearrange(EVEN_ODD), UPPER);
            e = (IntVector) u.convertShape(F2I, I32, 0);
            o = (IntVector) v.convertShape(F2I, I32, 0);
            e.and(0xffff).or(o.lanewise(LSHL, 16)).reinterpretAsFloats().intoArray(t, to + VL);
            u = u2.rearrange(EVEN_ODD).blend(v2.rearrange(ODD_EVEN), UPPER);
            v = u2.rearrange(ODD_EVEN).blend(v2.rearrange(EVEN_ODD), UPPER);
            e = (IntVector) u.convertShape(F2I, I32, 0);
            o = (IntVector) v.convertShape(F2I, I32, 0);
            e.and(0xffff).or(o.lanewise(LSHL, 16)).reinterpretAsFloats().intoArray(t, to + 2 * VL);
            u = u3.rearrange(EVEN_ODD).blend(v3.rearrange(ODD_EVEN), UPPER);
            v = u3.rearrange(ODD_EVEN).blend(v3.rearrange(EVEN_ODD), UPPER);
            e = (IntVector) u.convertShape(F2I, I32, 0);
            o = (IntVector) v.convertShape(F2I, I32, 0);
            e.and(0xffff).or(o.lanewise(LSHL, 16)).reinterpretAsFloats().intoArray(t, to + 3 * VL);
        }
    }
}
