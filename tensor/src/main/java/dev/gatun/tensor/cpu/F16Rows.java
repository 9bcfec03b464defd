package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// A row-major f16 matrix `W[N,K]` at `address`, `stride` bytes from row to row, at any
/// alignment: the bytes of a safetensors file as they are.
///
/// Decoding is exact for every bit pattern: sign, exponent and fraction move to their places in an
/// f32, one product by 2^112 corrects the bias (and makes subnormals normal), and an exponent of
/// all ones stays all ones (infinities and NaNs).
/// The dot kernels leave the bias to x, which [#arrange] scales, and look only once per row block
/// whether there was an infinity or a NaN.
///
/// @param address where the first row starts
/// @param stride bytes from one row to the next
/// @param columns K
public record F16Rows(long address, long stride, int columns) implements WeightRows {
    /// 2^(127-15): from the exponent bias of f16 to that of f32.
    private static final float REBIAS = 0x1p112f;

    /// The exponent bits of an f16 where they stand in an f32.
    private static final int TOP = 0x0f800000;

    /// The exponent bits of an f32.
    private static final int INFINITY = 0x7f800000;

    /// Sign, exponent and fraction of an f16 where they stand in an f32.
    private static final int PLACES = 0x8fffe000;

    /// The least magnitude bits that are no number.
    private static final short SPECIAL = 0x7c00;

    /// `y[r] = Σ_k W[r,k] · x[k]` for the rows `[from, to)`, over the `k` that whole pairs of
    /// vectors cover; [#tails] adds the rest.
    ///
    /// | | |
    /// |---|---|
    /// | math | a vector of ints holds 2·VL weights, even ones low; one accumulator per row |
    /// | shapes | W rows of `stride` bytes; x `[K]` on the heap as [#arrange] leaves it; y f32 at `y + 4r` |
    /// | cost | 2 B and 2 flop per weight: **memory-bound**. Eight rows keep eight streams open |
    static void dot(long w, long stride, float[] x, int at, int k, long y, long from, long to) {
        int bound = k & -(2 * VL);
        FloatVector lo, hi, ab, cd, sum;
        IntVector v;
        ShortVector seen;
        float back0 = x[at + k];
        // Eight rows at once, an eighth of the range apart: each is one long stream, where neighbours would end together at every row. Past the end
        // the last row is done again: one kernel, one order of additions.
        long part = (to - from + 7) / 8;
        for (long r = from; r < from + part; r++) {
            long r0 = r, p0 = w + r0 * stride;
            long r1 = Math.min(r + part, to - 1), p1 = w + r1 * stride;
            long r2 = Math.min(r + 2 * part, to - 1), p2 = w + r2 * stride;
            long r3 = Math.min(r + 3 * part, to - 1), p3 = w + r3 * stride;
            long r4 = Math.min(r + 4 * part, to - 1), p4 = w + r4 * stride;
            long r5 = Math.min(r + 5 * part, to - 1), p5 = w + r5 * stride;
            long r6 = Math.min(r + 6 * part, to - 1), p6 = w + r6 * stride;
            long r7 = Math.min(r + 7 * part, to - 1), p7 = w + r7 * stride;
            FloatVector a0 = FloatVector.zero(F32), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
            seen = ShortVector.zero(I16);
            for (int o = 0; o < bound; o += 2 * VL) {
                FloatVector x0 = FloatVector.fromArray(F32, x, at + o);
                FloatVector z0 = FloatVector.fromArray(F32, x, at + o + VL);
                v = IntVector.fromMemorySegment(I32, ALL, p0 + 2L * o, LITTLE);
                seen = v.and(0x7fff7fff).reinterpretAsShorts().max(seen);
                lo = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                hi = v.lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                a0 = hi.fma(z0, lo.fma(x0, a0));
                v = IntVector.fromMemorySegment(I32, ALL, p1 + 2L * o, LITTLE);
                seen = v.and(0x7fff7fff).reinterpretAsShorts().max(seen);
                lo = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                hi = v.lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                a1 = hi.fma(z0, lo.fma(x0, a1));
                v = IntVector.fromMemorySegment(I32, ALL, p2 + 2L * o, LITTLE);
                seen = v.and(0x7fff7fff).reinterpretAsShorts().max(seen);
                lo = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                hi = v.lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                a2 = hi.fma(z0, lo.fma(x0, a2));
                v = IntVector.fromMemorySegment(I32, ALL, p3 + 2L * o, LITTLE);
                seen = v.and(0x7fff7fff).reinterpretAsShorts().max(seen);
                lo = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                hi = v.lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                a3 = hi.fma(z0, lo.fma(x0, a3));
                v = IntVector.fromMemorySegment(I32, ALL, p4 + 2L * o, LITTLE);
                seen = v.and(0x7fff7fff).reinterpretAsShorts().max(seen);
                lo = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                hi = v.lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                a4 = hi.fma(z0, lo.fma(x0, a4));
                v = IntVector.fromMemorySegment(I32, ALL, p5 + 2L * o, LITTLE);
                seen = v.and(0x7fff7fff).reinterpretAsShorts().max(seen);
                lo = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                hi = v.lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                a5 = hi.fma(z0, lo.fma(x0, a5));
                v = IntVector.fromMemorySegment(I32, ALL, p6 + 2L * o, LITTLE);
                seen = v.and(0x7fff7fff).reinterpretAsShorts().max(seen);
                lo = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                hi = v.lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                a6 = hi.fma(z0, lo.fma(x0, a6));
                v = IntVector.fromMemorySegment(I32, ALL, p7 + 2L * o, LITTLE);
                seen = v.and(0x7fff7fff).reinterpretAsShorts().max(seen);
                lo = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                hi = v.lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                a7 = hi.fma(z0, lo.fma(x0, a7));
            }
            // lanes 0..3 of sum: the four sums, each by the fixed tree of Lanes
            ab = a0.blend(a1, ODD1).add(a0.blend(a1, EVEN1).rearrange(SWAP1));
            cd = a2.blend(a3, ODD1).add(a2.blend(a3, EVEN1).rearrange(SWAP1));
            sum = ab.blend(cd, ODD2).add(ab.blend(cd, EVEN2).rearrange(SWAP2));
            if (VL > 4) {
                sum = sum.add(sum.rearrange(SWAP4));
            }
            if (VL > 8) {
                sum = sum.add(sum.rearrange(SWAP8));
            }
            ALL.set(FLOAT, y + 4 * r0, sum.lane(0) * back0);
            ALL.set(FLOAT, y + 4 * r1, sum.lane(1) * back0);
            ALL.set(FLOAT, y + 4 * r2, sum.lane(2) * back0);
            ALL.set(FLOAT, y + 4 * r3, sum.lane(3) * back0);
            // lanes 0..3 of sum: the four sums, each by the fixed tree of Lanes
            ab = a4.blend(a5, ODD1).add(a4.blend(a5, EVEN1).rearrange(SWAP1));
            cd = a6.blend(a7, ODD1).add(a6.blend(a7, EVEN1).rearrange(SWAP1));
            sum = ab.blend(cd, ODD2).add(ab.blend(cd, EVEN2).rearrange(SWAP2));
            if (VL > 4) {
                sum = sum.add(sum.rearrange(SWAP4));
            }
            if (VL > 8) {
                sum = sum.add(sum.rearrange(SWAP8));
            }
            ALL.set(FLOAT, y + 4 * r4, sum.lane(0) * back0);
            ALL.set(FLOAT, y + 4 * r5, sum.lane(1) * back0);
            ALL.set(FLOAT, y + 4 * r6, sum.lane(2) * back0);
            ALL.set(FLOAT, y + 4 * r7, sum.lane(3) * back0);
            if (seen.compare(GE, SPECIAL).anyTrue()) {
                special(w, stride, x, at, k, y, r, Math.min(r + 8, to));
            }
        }
    }

    /// Four rows of x at once: `y[m,r] = Σ_k W[r,k] · x[m,k]` for `m < 4`, in the order of [#dot].
    ///
    /// | | |
    /// |---|---|
    /// | shapes | x row m at `x[at + m·pitch]`; y f32 at `y + m·ldy + 4r`, `ldy` in bytes |
    /// | cost | 32 FMA per 12 loads, 16 accumulators: **compute-bound** from cache |
    static void dot4(long w, long stride, float[] x, int at, int pitch, int k, long y, long ldy, long from, long to) {
        int bound = k & -(2 * VL);
        FloatVector lo, hi, ab, cd, sum;
        IntVector v;
        ShortVector seen;
        float back0 = x[at + k];
        float back1 = x[at + pitch + k];
        float back2 = x[at + 2 * pitch + k];
        float back3 = x[at + 3 * pitch + k];
        for (long r = from; r < to; r += 4) {
            // past the end the last row is done again: one kernel, one order of additions
            long r0 = r, p0 = w + r0 * stride;
            long r1 = Math.min(r + 1, to - 1), p1 = w + r1 * stride;
            long r2 = Math.min(r + 2, to - 1), p2 = w + r2 * stride;
            long r3 = Math.min(r + 3, to - 1), p3 = w + r3 * stride;
            FloatVector zero = FloatVector.zero(F32);
            FloatVector a00 = zero, a10 = zero, a20 = zero, a30 = zero;
            FloatVector a01 = zero, a11 = zero, a21 = zero, a31 = zero;
            FloatVector a02 = zero, a12 = zero, a22 = zero, a32 = zero;
            FloatVector a03 = zero, a13 = zero, a23 = zero, a33 = zero;
            seen = ShortVector.zero(I16);
            for (int o = 0; o < bound; o += 2 * VL) {
                FloatVector x0 = FloatVector.fromArray(F32, x, at + o);
                FloatVector z0 = FloatVector.fromArray(F32, x, at + o + VL);
                FloatVector x1 = FloatVector.fromArray(F32, x, at + pitch + o);
                FloatVector z1 = FloatVector.fromArray(F32, x, at + pitch + o + VL);
                FloatVector x2 = FloatVector.fromArray(F32, x, at + 2 * pitch + o);
                FloatVector z2 = FloatVector.fromArray(F32, x, at + 2 * pitch + o + VL);
                FloatVector x3 = FloatVector.fromArray(F32, x, at + 3 * pitch + o);
                FloatVector z3 = FloatVector.fromArray(F32, x, at + 3 * pitch + o + VL);
                v = IntVector.fromMemorySegment(I32, ALL, p0 + 2L * o, LITTLE);
                seen = v.and(0x7fff7fff).reinterpretAsShorts().max(seen);
                lo = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                hi = v.lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                a00 = hi.fma(z0, lo.fma(x0, a00));
                a01 = hi.fma(z1, lo.fma(x1, a01));
                a02 = hi.fma(z2, lo.fma(x2, a02));
                a03 = hi.fma(z3, lo.fma(x3, a03));
                v = IntVector.fromMemorySegment(I32, ALL, p1 + 2L * o, LITTLE);
                seen = v.and(0x7fff7fff).reinterpretAsShorts().max(seen);
                lo = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                hi = v.lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                a10 = hi.fma(z0, lo.fma(x0, a10));
                a11 = hi.fma(z1, lo.fma(x1, a11));
                a12 = hi.fma(z2, lo.fma(x2, a12));
                a13 = hi.fma(z3, lo.fma(x3, a13));
                v = IntVector.fromMemorySegment(I32, ALL, p2 + 2L * o, LITTLE);
                seen = v.and(0x7fff7fff).reinterpretAsShorts().max(seen);
                lo = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                hi = v.lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                a20 = hi.fma(z0, lo.fma(x0, a20));
                a21 = hi.fma(z1, lo.fma(x1, a21));
                a22 = hi.fma(z2, lo.fma(x2, a22));
                a23 = hi.fma(z3, lo.fma(x3, a23));
                v = IntVector.fromMemorySegment(I32, ALL, p3 + 2L * o, LITTLE);
                seen = v.and(0x7fff7fff).reinterpretAsShorts().max(seen);
                lo = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                hi = v.lanewise(ASHR, 3).and(PLACES).reinterpretAsFloats();
                a30 = hi.fma(z0, lo.fma(x0, a30));
                a31 = hi.fma(z1, lo.fma(x1, a31));
                a32 = hi.fma(z2, lo.fma(x2, a32));
                a33 = hi.fma(z3, lo.fma(x3, a33));
            }
            // lanes 0..3 of sum: the four sums, each by the fixed tree of Lanes
            ab = a00.blend(a10, ODD1).add(a00.blend(a10, EVEN1).rearrange(SWAP1));
            cd = a20.blend(a30, ODD1).add(a20.blend(a30, EVEN1).rearrange(SWAP1));
            sum = ab.blend(cd, ODD2).add(ab.blend(cd, EVEN2).rearrange(SWAP2));
            if (VL > 4) {
                sum = sum.add(sum.rearrange(SWAP4));
            }
            if (VL > 8) {
                sum = sum.add(sum.rearrange(SWAP8));
            }
            ALL.set(FLOAT, y + 4 * r0, sum.lane(0) * back0);
            ALL.set(FLOAT, y + 4 * r1, sum.lane(1) * back0);
            ALL.set(FLOAT, y + 4 * r2, sum.lane(2) * back0);
            ALL.set(FLOAT, y + 4 * r3, sum.lane(3) * back0);
            // lanes 0..3 of sum: the four sums, each by the fixed tree of Lanes
            ab = a01.blend(a11, ODD1).add(a01.blend(a11, EVEN1).rearrange(SWAP1));
            cd = a21.blend(a31, ODD1).add(a21.blend(a31, EVEN1).rearrange(SWAP1));
            sum = ab.blend(cd, ODD2).add(ab.blend(cd, EVEN2).rearrange(SWAP2));
            if (VL > 4) {
                sum = sum.add(sum.rearrange(SWAP4));
            }
            if (VL > 8) {
                sum = sum.add(sum.rearrange(SWAP8));
            }
            ALL.set(FLOAT, y + ldy + 4 * r0, sum.lane(0) * back1);
            ALL.set(FLOAT, y + ldy + 4 * r1, sum.lane(1) * back1);
            ALL.set(FLOAT, y + ldy + 4 * r2, sum.lane(2) * back1);
            ALL.set(FLOAT, y + ldy + 4 * r3, sum.lane(3) * back1);
            // lanes 0..3 of sum: the four sums, each by the fixed tree of Lanes
            ab = a02.blend(a12, ODD1).add(a02.blend(a12, EVEN1).rearrange(SWAP1));
            cd = a22.blend(a32, ODD1).add(a22.blend(a32, EVEN1).rearrange(SWAP1));
            sum = ab.blend(cd, ODD2).add(ab.blend(cd, EVEN2).rearrange(SWAP2));
            if (VL > 4) {
                sum = sum.add(sum.rearrange(SWAP4));
            }
            if (VL > 8) {
                sum = sum.add(sum.rearrange(SWAP8));
            }
            ALL.set(FLOAT, y + 2 * ldy + 4 * r0, sum.lane(0) * back2);
            ALL.set(FLOAT, y + 2 * ldy + 4 * r1, sum.lane(1) * back2);
            ALL.set(FLOAT, y + 2 * ldy + 4 * r2, sum.lane(2) * back2);
            ALL.set(FLOAT, y + 2 * ldy + 4 * r3, sum.lane(3) * back2);
            // lanes 0..3 of sum: the four sums, each by the fixed tree of Lanes
            ab = a03.blend(a13, ODD1).add(a03.blend(a13, EVEN1).rearrange(SWAP1));
            cd = a23.blend(a33, ODD1).add(a23.blend(a33, EVEN1).rearrange(SWAP1));
            sum = ab.blend(cd, ODD2).add(ab.blend(cd, EVEN2).rearrange(SWAP2));
            if (VL > 4) {
                sum = sum.add(sum.rearrange(SWAP4));
            }
            if (VL > 8) {
                sum = sum.add(sum.rearrange(SWAP8));
            }
            ALL.set(FLOAT, y + 3 * ldy + 4 * r0, sum.lane(0) * back3);
            ALL.set(FLOAT, y + 3 * ldy + 4 * r1, sum.lane(1) * back3);
            ALL.set(FLOAT, y + 3 * ldy + 4 * r2, sum.lane(2) * back3);
            ALL.set(FLOAT, y + 3 * ldy + 4 * r3, sum.lane(3) * back3);
            if (seen.compare(GE, SPECIAL).anyTrue()) {
                special(w, stride, x, at, k, y, r, Math.min(r + 4, to));
                special(w, stride, x, at + pitch, k, y + ldy, r, Math.min(r + 4, to));
                special(w, stride, x, at + 2 * pitch, k, y + 2 * ldy, r, Math.min(r + 4, to));
                special(w, stride, x, at + 3 * pitch, k, y + 3 * ldy, r, Math.min(r + 4, to));
            }
        }
    }

    /// Does again, one product after the other, the rows that hold an infinity or a NaN: read as
    /// numbers they gave nonsense. Other rows keep their sums.
    private static void special(long w, long stride, float[] x, int at, int k, long y, long from, long to) {
        int bound = k & -(2 * VL);
        float back = x[at + k] * 0x1p-112f;
        for (long r = from; r < to; r++) {
            boolean special = false;
            float sum = 0;
            for (int j = 0; j < bound; j++) {
                short bits = ALL.get(SHORT, w + r * stride + 2L * j);
                special |= (bits & SPECIAL) == SPECIAL;
                int i = j % (2 * VL);
                int place = at + j - i + (i & 1) * VL + i / 2;
                sum += Float.float16ToFloat(bits) * (x[place] * back);
            }
            if (special) {
                ALL.set(FLOAT, y + 4 * r, sum);
            }
        }
    }

    /// Adds the columns past the last whole pair of vectors, one product after the other.
    static void tails(long w, long stride, float[] x, int at, int k, long y, long from, long to) {
        int bound = k & -(2 * VL);
        for (long r = from; r < to; r++) {
            float sum = 0;
            for (int j = bound; j < k; j++) {
                short bits = ALL.get(SHORT, w + r * stride + 2L * j);
                sum += Float.float16ToFloat(bits) * x[at + j];
            }
            ALL.set(FLOAT, y + 4 * r, ALL.get(FLOAT, y + 4 * r) + sum);
        }
    }

    /// Pairs order, scaled by a power of two so that the largest |x| comes close to 2^112, where a
    /// weight is read as 2^-112 of itself; the power that undoes both is kept behind the row. No
    /// sum of K products overflows that would not have, and none underflows that matters.
    @Override
    public void arrange(long x, float[] to, int at) {
        int power = Math.min(127, 111 - Math.getExponent(Panels.largest(x, columns)));
        Panels.pairs(x, columns, Math.scalb(1f, power), to, at);
        to[at + columns] = Math.scalb(1f, 112 - power);
    }

    @Override
    public void dot(float[] x, int at, int pitch, int m, long y, long ldy, long from, long to) {
        int i = 0;
        for (; i <= m - 4; i += 4) {
            int row = at + i * pitch;
            dot4(address, stride, x, row, pitch, columns, y + i * ldy, ldy, from, to);
        }
        for (; i < m; i++) {
            dot(address, stride, x, at + i * pitch, columns, y + i * ldy, from, to);
        }
        for (i = 0; i < m && columns % (2 * VL) != 0; i++) {
            tails(address, stride, x, at + i * pitch, columns, y + i * ldy, from, to);
        }
    }

    @Override
    public void fill(long row, int rows, long column, int columns, float[] to, int at, int pitch) {
        long from = address + row * stride + 2 * column;
        for (int i = 0; i < rows; i++) {
            widen(from + i * stride, columns, to, at + i * pitch);
        }
    }

    /// `to[at + j] = from[j]` as f32, exactly, for `j < n`.
    static void widen(long from, int n, float[] to, int at) {
        IntVector v, u, t;
        int j = 0;
        for (; j <= n - VL; j += VL) {
            v = ((IntVector) ShortVector.fromMemorySegment(I16_HALF, ALL, from + 2L * j, LITTLE)
                    .convertShape(ZERO_EXTEND_S2I, I32, 0));
            u = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACES);
            t = u.reinterpretAsFloats().mul(REBIAS).reinterpretAsInts();
            t.lanewise(OR, INFINITY, u.and(TOP).compare(EQ, TOP))
                    .reinterpretAsFloats()
                    .intoArray(to, at + j);
        }
        for (; j < n; j++) {
            short bits = ALL.get(SHORT, from + 2L * j);
            to[at + j] = Float.float16ToFloat(bits);
        }
    }
}
