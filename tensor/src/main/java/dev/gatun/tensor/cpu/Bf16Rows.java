package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// A row-major bf16 matrix `W[N,K]` at `address`, `stride` bytes from row to row, at any
/// alignment: the bytes of a safetensors file as they are.
///
/// A bf16 is the upper half of an f32, so decoding is a shift or a mask.
///
/// @param address where the first row starts
/// @param stride bytes from one row to the next
/// @param columns K
public record Bf16Rows(long address, long stride, int columns) implements WeightRows {
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
            for (int o = 0; o < bound; o += 2 * VL) {
                FloatVector x0 = FloatVector.fromArray(F32, x, at + o);
                FloatVector z0 = FloatVector.fromArray(F32, x, at + o + VL);
                v = IntVector.fromMemorySegment(I32, ALL, p0 + 2L * o, LITTLE);
                lo = v.lanewise(LSHL, 16).reinterpretAsFloats();
                hi = v.and(0xffff0000).reinterpretAsFloats();
                a0 = hi.fma(z0, lo.fma(x0, a0));
                v = IntVector.fromMemorySegment(I32, ALL, p1 + 2L * o, LITTLE);
                lo = v.lanewise(LSHL, 16).reinterpretAsFloats();
                hi = v.and(0xffff0000).reinterpretAsFloats();
                a1 = hi.fma(z0, lo.fma(x0, a1));
                v = IntVector.fromMemorySegment(I32, ALL, p2 + 2L * o, LITTLE);
                lo = v.lanewise(LSHL, 16).reinterpretAsFloats();
                hi = v.and(0xffff0000).reinterpretAsFloats();
                a2 = hi.fma(z0, lo.fma(x0, a2));
                v = IntVector.fromMemorySegment(I32, ALL, p3 + 2L * o, LITTLE);
                lo = v.lanewise(LSHL, 16).reinterpretAsFloats();
                hi = v.and(0xffff0000).reinterpretAsFloats();
                a3 = hi.fma(z0, lo.fma(x0, a3));
                v = IntVector.fromMemorySegment(I32, ALL, p4 + 2L * o, LITTLE);
                lo = v.lanewise(LSHL, 16).reinterpretAsFloats();
                hi = v.and(0xffff0000).reinterpretAsFloats();
                a4 = hi.fma(z0, lo.fma(x0, a4));
                v = IntVector.fromMemorySegment(I32, ALL, p5 + 2L * o, LITTLE);
                lo = v.lanewise(LSHL, 16).reinterpretAsFloats();
                hi = v.and(0xffff0000).reinterpretAsFloats();
                a5 = hi.fma(z0, lo.fma(x0, a5));
                v = IntVector.fromMemorySegment(I32, ALL, p6 + 2L * o, LITTLE);
                lo = v.lanewise(LSHL, 16).reinterpretAsFloats();
                hi = v.and(0xffff0000).reinterpretAsFloats();
                a6 = hi.fma(z0, lo.fma(x0, a6));
                v = IntVector.fromMemorySegment(I32, ALL, p7 + 2L * o, LITTLE);
                lo = v.lanewise(LSHL, 16).reinterpretAsFloats();
                hi = v.and(0xffff0000).reinterpretAsFloats();
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
            ALL.set(FLOAT, y + 4 * r0, sum.lane(0));
            ALL.set(FLOAT, y + 4 * r1, sum.lane(1));
            ALL.set(FLOAT, y + 4 * r2, sum.lane(2));
            ALL.set(FLOAT, y + 4 * r3, sum.lane(3));
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
            ALL.set(FLOAT, y + 4 * r4, sum.lane(0));
            ALL.set(FLOAT, y + 4 * r5, sum.lane(1));
            ALL.set(FLOAT, y + 4 * r6, sum.lane(2));
            ALL.set(FLOAT, y + 4 * r7, sum.lane(3));
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
                lo = v.lanewise(LSHL, 16).reinterpretAsFloats();
                hi = v.and(0xffff0000).reinterpretAsFloats();
                a00 = hi.fma(z0, lo.fma(x0, a00));
                a01 = hi.fma(z1, lo.fma(x1, a01));
                a02 = hi.fma(z2, lo.fma(x2, a02));
                a03 = hi.fma(z3, lo.fma(x3, a03));
                v = IntVector.fromMemorySegment(I32, ALL, p1 + 2L * o, LITTLE);
                lo = v.lanewise(LSHL, 16).reinterpretAsFloats();
                hi = v.and(0xffff0000).reinterpretAsFloats();
                a10 = hi.fma(z0, lo.fma(x0, a10));
                a11 = hi.fma(z1, lo.fma(x1, a11));
                a12 = hi.fma(z2, lo.fma(x2, a12));
                a13 = hi.fma(z3, lo.fma(x3, a13));
                v = IntVector.fromMemorySegment(I32, ALL, p2 + 2L * o, LITTLE);
                lo = v.lanewise(LSHL, 16).reinterpretAsFloats();
                hi = v.and(0xffff0000).reinterpretAsFloats();
                a20 = hi.fma(z0, lo.fma(x0, a20));
                a21 = hi.fma(z1, lo.fma(x1, a21));
                a22 = hi.fma(z2, lo.fma(x2, a22));
                a23 = hi.fma(z3, lo.fma(x3, a23));
                v = IntVector.fromMemorySegment(I32, ALL, p3 + 2L * o, LITTLE);
                lo = v.lanewise(LSHL, 16).reinterpretAsFloats();
                hi = v.and(0xffff0000).reinterpretAsFloats();
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
            ALL.set(FLOAT, y + 4 * r0, sum.lane(0));
            ALL.set(FLOAT, y + 4 * r1, sum.lane(1));
            ALL.set(FLOAT, y + 4 * r2, sum.lane(2));
            ALL.set(FLOAT, y + 4 * r3, sum.lane(3));
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
            ALL.set(FLOAT, y + ldy + 4 * r0, sum.lane(0));
            ALL.set(FLOAT, y + ldy + 4 * r1, sum.lane(1));
            ALL.set(FLOAT, y + ldy + 4 * r2, sum.lane(2));
            ALL.set(FLOAT, y + ldy + 4 * r3, sum.lane(3));
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
            ALL.set(FLOAT, y + 2 * ldy + 4 * r0, sum.lane(0));
            ALL.set(FLOAT, y + 2 * ldy + 4 * r1, sum.lane(1));
            ALL.set(FLOAT, y + 2 * ldy + 4 * r2, sum.lane(2));
            ALL.set(FLOAT, y + 2 * ldy + 4 * r3, sum.lane(3));
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
            ALL.set(FLOAT, y + 3 * ldy + 4 * r0, sum.lane(0));
            ALL.set(FLOAT, y + 3 * ldy + 4 * r1, sum.lane(1));
            ALL.set(FLOAT, y + 3 * ldy + 4 * r2, sum.lane(2));
            ALL.set(FLOAT, y + 3 * ldy + 4 * r3, sum.lane(3));
        }
    }

    /// Adds the columns past the last whole pair of vectors, one product after the other.
    static void tails(long w, long stride, float[] x, int at, int k, long y, long from, long to) {
        int bound = k & -(2 * VL);
        for (long r = from; r < to; r++) {
            float sum = 0;
            for (int j = bound; j < k; j++) {
                short bits = ALL.get(SHORT, w + r * stride + 2L * j);
                sum += Float.intBitsToFloat(bits << 16) * x[at + j];
            }
            ALL.set(FLOAT, y + 4 * r, ALL.get(FLOAT, y + 4 * r) + sum);
        }
    }

    @Override
    public void arrange(long x, float[] to, int at) {
        Panels.pairs(x, columns, 1f, to, at);
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
        widen(address + row * stride + 2 * column, stride, rows, columns, to, at, pitch);
    }

    /// `to[at + i·pitch + j] = from[i·stride + j]` as f32 for `i < rows` and `j < n`, four rows at once as in [F32Rows#copy].
    static void widen(long from, long stride, int rows, int n, float[] to, int at, int pitch) {
        int whole = n / VL * VL;
        int i = 0;
        for (; i <= rows - 4; i += 4) {
            long p0 = from + i * stride, p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride;
            int t = at + i * pitch;
            for (int j = 0; j < whole; j += VL) {
                IntVector a = (IntVector) ShortVector.fromMemorySegment(I16_HALF, ALL, p0 + 2L * j, LITTLE)
                        .convertShape(ZERO_EXTEND_S2I, I32, 0);
                IntVector b = (IntVector) ShortVector.fromMemorySegment(I16_HALF, ALL, p1 + 2L * j, LITTLE)
                        .convertShape(ZERO_EXTEND_S2I, I32, 0);
                IntVector c = (IntVector) ShortVector.fromMemorySegment(I16_HALF, ALL, p2 + 2L * j, LITTLE)
                        .convertShape(ZERO_EXTEND_S2I, I32, 0);
                IntVector d = (IntVector) ShortVector.fromMemorySegment(I16_HALF, ALL, p3 + 2L * j, LITTLE)
                        .convertShape(ZERO_EXTEND_S2I, I32, 0);
                a.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(to, t + j);
                b.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(to, t + pitch + j);
                c.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(to, t + 2 * pitch + j);
                d.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(to, t + 3 * pitch + j);
            }
            for (int l = 0; l < 4 && whole < n; l++) {
                widen(p0 + l * stride + 2L * whole, n - whole, to, t + l * pitch + whole);
            }
        }
        for (; i < rows; i++) {
            widen(from + i * stride, n, to, at + i * pitch);
        }
    }

    /// `to[at + j] = from[j]` as f32, exactly, for `j < n`.
    static void widen(long from, int n, float[] to, int at) {
        int j = 0;
        for (; j <= n - VL; j += VL) {
            ((IntVector) ShortVector.fromMemorySegment(I16_HALF, ALL, from + 2L * j, LITTLE)
                            .convertShape(ZERO_EXTEND_S2I, I32, 0))
                    .lanewise(LSHL, 16)
                    .reinterpretAsFloats()
                    .intoArray(to, at + j);
        }
        for (; j < n; j++) {
            short bits = ALL.get(SHORT, from + 2L * j);
            to[at + j] = Float.intBitsToFloat(bits << 16);
        }
    }
}
