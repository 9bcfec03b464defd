package dev.gatun.quant.cpu;

import static dev.gatun.tensor.cpu.Lanes.*;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.cpu.WeightRows;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The rows of an [dev.gatun.quant.Int8Weight]: K bytes of codes and a bf16 per 32 of them.
///
/// @param codes the address of the codes
/// @param scales the address of the scales
/// @param columns K
record Int8Rows(long codes, long scales, int columns) implements WeightRows {
    /// A quarter of a vector of bytes, or 8.
    private static final VectorSpecies<Byte> I8_QUARTER = VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, F32.vectorBitSize() / 4)));

    /// Shifts that bring the first of two bf16 to the top of the lanes of the first group, where a vector of codes spans two groups.
    private static final IntVector SHIFTS = VL == 16
            ? IntVector.broadcast(I32, 0)
                    .addIndex(1)
                    .lanewise(LSHR, 3)
                    .neg()
                    .add(1)
                    .mul(16)
            : IntVector.zero(I32);

    /// `y[r] = Σ_k W[r,k] · x[k]` for the rows `[from, to)`.
    ///
    /// | | |
    /// |---|---|
    /// | math | a vector of ints holds 4·VL codes, made unsigned: `q + 128`. A mask leaves byte j of each lane in place, 2^8j times too large, which the vector j of x makes up for; `−128 · Σ x` goes first, and the sum is scaled |
    /// | shapes | codes by rows of K bytes, scales of 2·⌈K/32⌉; x on the heap as [#arrange] leaves it, zeros past K; y f32 at `y + 4r` |
    /// | cost | 1.06 B, 2 flop and 18 instructions of VL lanes per 4·VL weights: **memory-bound** below 20 GB/s per thread |
    static void dot(long w, long scale, int k, float[] x, int at, int corrections, long y, long from, long to) {
        long stride = k;
        long pitch = 2L * Rounding.groups(k);
        FloatVector c0, c1, c2, c3, s, ab, cd, sum;
        IntVector v;
        // four rows far apart are four long streams for the prefetcher; neighbours would share its pages
        long quarter = (to - from + 3) / 4;
        for (long r = from; r < from + quarter; r++) {
            // past the end the last row is done again: one kernel, one order of additions
            long r0 = r, p0 = w + r0 * stride, z0 = scale + r0 * pitch;
            long r1 = Math.min(r + quarter, to - 1), p1 = w + r1 * stride, z1 = scale + r1 * pitch;
            long r2 = Math.min(r + 2 * quarter, to - 1), p2 = w + r2 * stride, z2 = scale + r2 * pitch;
            long r3 = Math.min(r + 3 * quarter, to - 1), p3 = w + r3 * stride, z3 = scale + r3 * pitch;
            FloatVector a0 = FloatVector.zero(F32), a1 = a0, a2 = a0, a3 = a0;
            for (int o = 0; o < k; o += 4 * VL) {
                FloatVector x0 = FloatVector.fromArray(F32, x, at + o);
                FloatVector x1 = FloatVector.fromArray(F32, x, at + o + VL);
                FloatVector x2 = FloatVector.fromArray(F32, x, at + o + 2 * VL);
                FloatVector x3 = FloatVector.fromArray(F32, x, at + o + 3 * VL);
                FloatVector xc = FloatVector.fromArray(F32, x, corrections + (o >>> 2));
                v = IntVector.fromMemorySegment(I32, ALL, p0 + o, LITTLE).lanewise(XOR, 0x80808080);
                s = IntVector.broadcast(I32, VL == 16 ? ALL.get(INT, z0 + (o >>> 4)) : ALL.get(SHORT, z0 + (o >>> 5 << 1)) << 16)
                        .lanewise(LSHL, SHIFTS)
                        .and(0xffff0000)
                        .reinterpretAsFloats();
                c0 = (FloatVector) v.and(0xff).convertShape(I2F, F32, 0);
                c1 = (FloatVector) v.and(0xff00).convertShape(I2F, F32, 0);
                c2 = (FloatVector) v.and(0xff0000).convertShape(I2F, F32, 0);
                c3 = (FloatVector) v.lanewise(LSHR, 24).convertShape(I2F, F32, 0);
                a0 = c3.fma(x3, c2.fma(x2, c1.fma(x1, c0.fma(x0, xc)))).fma(s, a0);
                v = IntVector.fromMemorySegment(I32, ALL, p1 + o, LITTLE).lanewise(XOR, 0x80808080);
                s = IntVector.broadcast(I32, VL == 16 ? ALL.get(INT, z1 + (o >>> 4)) : ALL.get(SHORT, z1 + (o >>> 5 << 1)) << 16)
                        .lanewise(LSHL, SHIFTS)
                        .and(0xffff0000)
                        .reinterpretAsFloats();
                c0 = (FloatVector) v.and(0xff).convertShape(I2F, F32, 0);
                c1 = (FloatVector) v.and(0xff00).convertShape(I2F, F32, 0);
                c2 = (FloatVector) v.and(0xff0000).convertShape(I2F, F32, 0);
                c3 = (FloatVector) v.lanewise(LSHR, 24).convertShape(I2F, F32, 0);
                a1 = c3.fma(x3, c2.fma(x2, c1.fma(x1, c0.fma(x0, xc)))).fma(s, a1);
                v = IntVector.fromMemorySegment(I32, ALL, p2 + o, LITTLE).lanewise(XOR, 0x80808080);
                s = IntVector.broadcast(I32, VL == 16 ? ALL.get(INT, z2 + (o >>> 4)) : ALL.get(SHORT, z2 + (o >>> 5 << 1)) << 16)
                        .lanewise(LSHL, SHIFTS)
                        .and(0xffff0000)
                        .reinterpretAsFloats();
                c0 = (FloatVector) v.and(0xff).convertShape(I2F, F32, 0);
                c1 = (FloatVector) v.and(0xff00).convertShape(I2F, F32, 0);
                c2 = (FloatVector) v.and(0xff0000).convertShape(I2F, F32, 0);
                c3 = (FloatVector) v.lanewise(LSHR, 24).convertShape(I2F, F32, 0);
                a2 = c3.fma(x3, c2.fma(x2, c1.fma(x1, c0.fma(x0, xc)))).fma(s, a2);
                v = IntVector.fromMemorySegment(I32, ALL, p3 + o, LITTLE).lanewise(XOR, 0x80808080);
                s = IntVector.broadcast(I32, VL == 16 ? ALL.get(INT, z3 + (o >>> 4)) : ALL.get(SHORT, z3 + (o >>> 5 << 1)) << 16)
                        .lanewise(LSHL, SHIFTS)
                        .and(0xffff0000)
                        .reinterpretAsFloats();
                c0 = (FloatVector) v.and(0xff).convertShape(I2F, F32, 0);
                c1 = (FloatVector) v.and(0xff00).convertShape(I2F, F32, 0);
                c2 = (FloatVector) v.and(0xff0000).convertShape(I2F, F32, 0);
                c3 = (FloatVector) v.lanewise(LSHR, 24).convertShape(I2F, F32, 0);
                a3 = c3.fma(x3, c2.fma(x2, c1.fma(x1, c0.fma(x0, xc)))).fma(s, a3);
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
        }
    }

    /// Four rows of x at once, `y[m,r]` for `m < 4`, each in the order of [#dot].
    ///
    /// | | |
    /// |---|---|
    /// | shapes | x row m at `x[at + m·pitch]`; y f32 at `y + m·ldy + 4r`, `ldy` in bytes |
    /// | cost | 13 instructions decode 4·VL codes, 20 multiply them: **compute-bound** |
    static void dot4(long w, long scale, int k, float[] x, int at, int corrections, int pitch, long y, long ldy, long from, long to) {
        long stride = k;
        long step = 2L * Rounding.groups(k);
        FloatVector c0, c1, c2, c3, s, ab, cd, sum;
        IntVector v;
        for (long r = from; r < to; r += 2) {
            // past the end the last row is done again: one kernel, one order of additions
            long r0 = r, p0 = w + r0 * stride, z0 = scale + r0 * step;
            long r1 = Math.min(r + 1, to - 1), p1 = w + r1 * stride, z1 = scale + r1 * step;
            FloatVector a0 = FloatVector.zero(F32), b0 = a0, d0 = a0, e0 = a0, a1 = a0, b1 = a0, d1 = a0, e1 = a0;
            for (int o = 0; o < k; o += 4 * VL) {
                FloatVector f0 = FloatVector.fromArray(F32, x, at + o);
                FloatVector f1 = FloatVector.fromArray(F32, x, at + o + VL);
                FloatVector f2 = FloatVector.fromArray(F32, x, at + o + 2 * VL);
                FloatVector f3 = FloatVector.fromArray(F32, x, at + o + 3 * VL);
                FloatVector fc = FloatVector.fromArray(F32, x, corrections + (o >>> 2));
                FloatVector g0 = FloatVector.fromArray(F32, x, at + pitch + o);
                FloatVector g1 = FloatVector.fromArray(F32, x, at + pitch + o + VL);
                FloatVector g2 = FloatVector.fromArray(F32, x, at + pitch + o + 2 * VL);
                FloatVector g3 = FloatVector.fromArray(F32, x, at + pitch + o + 3 * VL);
                FloatVector gc = FloatVector.fromArray(F32, x, corrections + pitch + (o >>> 2));
                FloatVector h0 = FloatVector.fromArray(F32, x, at + 2 * pitch + o);
                FloatVector h1 = FloatVector.fromArray(F32, x, at + 2 * pitch + o + VL);
                FloatVector h2 = FloatVector.fromArray(F32, x, at + 2 * pitch + o + 2 * VL);
                FloatVector h3 = FloatVector.fromArray(F32, x, at + 2 * pitch + o + 3 * VL);
                FloatVector hc = FloatVector.fromArray(F32, x, corrections + 2 * pitch + (o >>> 2));
                FloatVector q0 = FloatVector.fromArray(F32, x, at + 3 * pitch + o);
                FloatVector q1 = FloatVector.fromArray(F32, x, at + 3 * pitch + o + VL);
                FloatVector q2 = FloatVector.fromArray(F32, x, at + 3 * pitch + o + 2 * VL);
                FloatVector q3 = FloatVector.fromArray(F32, x, at + 3 * pitch + o + 3 * VL);
                FloatVector qc = FloatVector.fromArray(F32, x, corrections + 3 * pitch + (o >>> 2));
                v = IntVector.fromMemorySegment(I32, ALL, p0 + o, LITTLE).lanewise(XOR, 0x80808080);
                s = IntVector.broadcast(I32, VL == 16 ? ALL.get(INT, z0 + (o >>> 4)) : ALL.get(SHORT, z0 + (o >>> 5 << 1)) << 16)
                        .lanewise(LSHL, SHIFTS)
                        .and(0xffff0000)
                        .reinterpretAsFloats();
                c0 = (FloatVector) v.and(0xff).convertShape(I2F, F32, 0);
                c1 = (FloatVector) v.and(0xff00).convertShape(I2F, F32, 0);
                c2 = (FloatVector) v.and(0xff0000).convertShape(I2F, F32, 0);
                c3 = (FloatVector) v.lanewise(LSHR, 24).convertShape(I2F, F32, 0);
                a0 = c3.fma(f3, c2.fma(f2, c1.fma(f1, c0.fma(f0, fc)))).fma(s, a0);
                b0 = c3.fma(g3, c2.fma(g2, c1.fma(g1, c0.fma(g0, gc)))).fma(s, b0);
                d0 = c3.fma(h3, c2.fma(h2, c1.fma(h1, c0.fma(h0, hc)))).fma(s, d0);
                e0 = c3.fma(q3, c2.fma(q2, c1.fma(q1, c0.fma(q0, qc)))).fma(s, e0);
                v = IntVector.fromMemorySegment(I32, ALL, p1 + o, LITTLE).lanewise(XOR, 0x80808080);
                s = IntVector.broadcast(I32, VL == 16 ? ALL.get(INT, z1 + (o >>> 4)) : ALL.get(SHORT, z1 + (o >>> 5 << 1)) << 16)
                        .lanewise(LSHL, SHIFTS)
                        .and(0xffff0000)
                        .reinterpretAsFloats();
                c0 = (FloatVector) v.and(0xff).convertShape(I2F, F32, 0);
                c1 = (FloatVector) v.and(0xff00).convertShape(I2F, F32, 0);
                c2 = (FloatVector) v.and(0xff0000).convertShape(I2F, F32, 0);
                c3 = (FloatVector) v.lanewise(LSHR, 24).convertShape(I2F, F32, 0);
                a1 = c3.fma(f3, c2.fma(f2, c1.fma(f1, c0.fma(f0, fc)))).fma(s, a1);
                b1 = c3.fma(g3, c2.fma(g2, c1.fma(g1, c0.fma(g0, gc)))).fma(s, b1);
                d1 = c3.fma(h3, c2.fma(h2, c1.fma(h1, c0.fma(h0, hc)))).fma(s, d1);
                e1 = c3.fma(q3, c2.fma(q2, c1.fma(q1, c0.fma(q0, qc)))).fma(s, e1);
            }
            // lanes 0..3 of sum: the four sums, each by the fixed tree of Lanes
            ab = a0.blend(b0, ODD1).add(a0.blend(b0, EVEN1).rearrange(SWAP1));
            cd = d0.blend(e0, ODD1).add(d0.blend(e0, EVEN1).rearrange(SWAP1));
            sum = ab.blend(cd, ODD2).add(ab.blend(cd, EVEN2).rearrange(SWAP2));
            if (VL > 4) {
                sum = sum.add(sum.rearrange(SWAP4));
            }
            if (VL > 8) {
                sum = sum.add(sum.rearrange(SWAP8));
            }
            ALL.set(FLOAT, y + 4 * r0, sum.lane(0));
            ALL.set(FLOAT, y + ldy + 4 * r0, sum.lane(1));
            ALL.set(FLOAT, y + 2 * ldy + 4 * r0, sum.lane(2));
            ALL.set(FLOAT, y + 3 * ldy + 4 * r0, sum.lane(3));
            // lanes 0..3 of sum: the four sums, each by the fixed tree of Lanes
            ab = a1.blend(b1, ODD1).add(a1.blend(b1, EVEN1).rearrange(SWAP1));
            cd = d1.blend(e1, ODD1).add(d1.blend(e1, EVEN1).rearrange(SWAP1));
            sum = ab.blend(cd, ODD2).add(ab.blend(cd, EVEN2).rearrange(SWAP2));
            if (VL > 4) {
                sum = sum.add(sum.rearrange(SWAP4));
            }
            if (VL > 8) {
                sum = sum.add(sum.rearrange(SWAP8));
            }
            ALL.set(FLOAT, y + 4 * r1, sum.lane(0));
            ALL.set(FLOAT, y + ldy + 4 * r1, sum.lane(1));
            ALL.set(FLOAT, y + 2 * ldy + 4 * r1, sum.lane(2));
            ALL.set(FLOAT, y + 3 * ldy + 4 * r1, sum.lane(3));
        }
    }

    @Override
    public int pitch() {
        return padded() + padded() / 4 + 16;
    }

    private int padded() {
        return (columns + 63) / 64 * 64;
    }

    @Override
    public void arrange(long x, float[] to, int at) {
        Order.copy(x, columns, to, at, padded());
        Order.quads(to, at, padded());
        Activations.offset(to, at, padded());
    }

    @Override
    public void dot(float[] x, int at, int pitch, int m, long y, long ldy, long from, long to) {
        int i = 0;
        for (; i <= m - 4; i += 4) {
            dot4(codes, scales, columns, x, at + i * pitch, at + i * pitch + padded(), pitch, y + i * ldy, ldy, from, to);
        }
        for (; i < m; i++) {
            dot(codes, scales, columns, x, at + i * pitch, at + i * pitch + padded(), y + i * ldy, from, to);
        }
    }

    @Override
    public void fill(long row, int rows, long column, int columns, float[] to, int at, int pitch) {
        for (int i = 0; i < rows; i++) {
            long from = codes + (row + i) * this.columns;
            long scale = scales + (row + i) * 2L * Rounding.groups(this.columns);
            int n;
            for (int j = 0; j < columns; j += n) {
                long k = column + j;
                n = (int) Math.min(columns - j, Rounding.GROUP - k % Rounding.GROUP);
                widen(from + k, n, DType.bf16ToFloat(ALL.get(SHORT, scale + k / Rounding.GROUP * 2)), to, at + i * pitch + j);
            }
        }
    }

    /// `to[at + j] = from[j] · scale` for `j < n`.
    static void widen(long from, int n, float scale, float[] to, int at) {
        int step = I8_QUARTER.length();
        int j = 0;
        for (; j <= n - step; j += step) {
            ByteVector bytes = ByteVector.fromMemorySegment(I8_QUARTER, ALL, from + j, LITTLE);
            ((FloatVector) bytes.convertShape(B2F, F32, 0)).mul(scale).intoArray(to, at + j);
            if (VL == 4) {
                ((FloatVector) bytes.convertShape(B2F, F32, 1)).mul(scale).intoArray(to, at + j + 4);
            }
        }
        for (; j < n; j++) {
            to[at + j] = ALL.get(JAVA_BYTE, from + j) * scale;
        }
    }
}
