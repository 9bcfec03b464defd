package dev.gatun.quant.cpu;

import static dev.gatun.tensor.cpu.Lanes.*;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import dev.gatun.tensor.cpu.WeightRows;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// The rows of an [dev.gatun.quant.Int8DynamicWeight]: K bytes of codes and one f32.
///
/// @param codes the address of the codes
/// @param scales the address of the scales
/// @param columns K
record Int8DynamicRows(long codes, long scales, int columns) implements WeightRows {
    /// `y[r] = (Σ_k q[r,k] · p[k]) · (s[r] · t)` for the rows `[from, to)`, all sums exact.
    ///
    /// | | |
    /// |---|---|
    /// | math | a short holds two codes, sign-extended by shifts; their products with two of x fit in 16 bits, being at most 2 · 127²; the halves of each int are then added to its sum |
    /// | shapes | codes by rows of K bytes, scales f32; x as [Activations#packPairs] leaves it, its scale `t` apart; y f32 at `y + 4r` |
    /// | cost | 1 B and about 0.7 instructions of VL lanes per weight: **memory-bound** below 30 GB/s per thread |
    static void dot(long w, long scale, int k, float[] x, int at, float t, long y, long from, long to) {
        long stride = k;
        IntVector u;
        ShortVector v;
        // four rows far apart are four long streams for the prefetcher; neighbours would share its pages
        long quarter = (to - from + 3) / 4;
        for (long r = from; r < from + quarter; r++) {
            // past the end the last row is done again: one kernel
            long r0 = r, p0 = w + r0 * stride;
            long r1 = Math.min(r + quarter, to - 1), p1 = w + r1 * stride;
            long r2 = Math.min(r + 2 * quarter, to - 1), p2 = w + r2 * stride;
            long r3 = Math.min(r + 3 * quarter, to - 1), p3 = w + r3 * stride;
            IntVector a0 = IntVector.zero(I32), a1 = a0, a2 = a0, a3 = a0;
            for (int o = 0; o < k; o += 4 * VL) {
                ShortVector even = FloatVector.fromArray(F32, x, at + (o >>> 1)).reinterpretAsShorts();
                ShortVector odd =
                        FloatVector.fromArray(F32, x, at + (o >>> 1) + VL).reinterpretAsShorts();
                v = ShortVector.fromMemorySegment(I16, ALL, p0 + o, LITTLE);
                u = v.lanewise(LSHL, 8)
                        .lanewise(ASHR, 8)
                        .mul(even)
                        .add(v.lanewise(ASHR, 8).mul(odd))
                        .reinterpretAsInts();
                a0 = u.lanewise(LSHL, 16)
                        .lanewise(ASHR, 16)
                        .add(u.lanewise(ASHR, 16))
                        .add(a0);
                v = ShortVector.fromMemorySegment(I16, ALL, p1 + o, LITTLE);
                u = v.lanewise(LSHL, 8)
                        .lanewise(ASHR, 8)
                        .mul(even)
                        .add(v.lanewise(ASHR, 8).mul(odd))
                        .reinterpretAsInts();
                a1 = u.lanewise(LSHL, 16)
                        .lanewise(ASHR, 16)
                        .add(u.lanewise(ASHR, 16))
                        .add(a1);
                v = ShortVector.fromMemorySegment(I16, ALL, p2 + o, LITTLE);
                u = v.lanewise(LSHL, 8)
                        .lanewise(ASHR, 8)
                        .mul(even)
                        .add(v.lanewise(ASHR, 8).mul(odd))
                        .reinterpretAsInts();
                a2 = u.lanewise(LSHL, 16)
                        .lanewise(ASHR, 16)
                        .add(u.lanewise(ASHR, 16))
                        .add(a2);
                v = ShortVector.fromMemorySegment(I16, ALL, p3 + o, LITTLE);
                u = v.lanewise(LSHL, 8)
                        .lanewise(ASHR, 8)
                        .mul(even)
                        .add(v.lanewise(ASHR, 8).mul(odd))
                        .reinterpretAsInts();
                a3 = u.lanewise(LSHL, 16)
                        .lanewise(ASHR, 16)
                        .add(u.lanewise(ASHR, 16))
                        .add(a3);
            }
            ALL.set(FLOAT, y + 4 * r0, a0.reduceLanes(ADD) * (ALL.get(FLOAT, scale + 4 * r0) * t));
            ALL.set(FLOAT, y + 4 * r1, a1.reduceLanes(ADD) * (ALL.get(FLOAT, scale + 4 * r1) * t));
            ALL.set(FLOAT, y + 4 * r2, a2.reduceLanes(ADD) * (ALL.get(FLOAT, scale + 4 * r2) * t));
            ALL.set(FLOAT, y + 4 * r3, a3.reduceLanes(ADD) * (ALL.get(FLOAT, scale + 4 * r3) * t));
        }
    }

    @Override
    public int pitch() {
        return padded() + 16;
    }

    private int padded() {
        return (columns + 63) / 64 * 64;
    }

    @Override
    public void arrange(long x, float[] to, int at) {
        Order.copy(x, columns, to, at, padded());
        float scale = Activations.round(to, at, padded());
        Order.quads(to, at, padded());
        Activations.packPairs(to, at, padded());
        to[at + padded()] = scale;
    }

    @Override
    public void dot(float[] x, int at, int pitch, int m, long y, long ldy, long from, long to) {
        for (int i = 0; i < m; i++) {
            int row = at + i * pitch;
            dot(codes, scales, columns, x, row, x[row + padded()], y + i * ldy, from, to);
        }
    }

    @Override
    public void fill(long row, int rows, long column, int columns, float[] to, int at, int pitch) {
        for (int i = 0; i < rows; i++) {
            float scale = ALL.get(FLOAT, scales + 4 * (row + i));
            widen(codes + (row + i) * this.columns + column, columns, scale, to, at + i * pitch);
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
