package dev.gatun.quant.cpu;

import static dev.gatun.tensor.cpu.Lanes.*;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.cpu.WeightRows;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The rows of an [dev.gatun.quant.Int4Weight]: 16 bytes of codes and a bf16 per 32 columns.
///
/// @param codes the address of the codes
/// @param scales the address of the scales
/// @param columns K
record Int4Rows(long codes, long scales, int columns) implements WeightRows {
    /// What [#dot] takes in one step is VL groups, so that their scales are one vector; 512 columns for the widest.
    private static final int BLOCK = 512;

    // lane i of a vector of ints holds 8 columns, so 4 lanes make a group
    private static final VectorShuffle<Float> GROUPS0 = VectorShuffle.fromOp(F32, i -> i / 4);
    private static final VectorShuffle<Float> GROUPS1 = VectorShuffle.fromOp(F32, i -> VL / 4 + i / 4);
    private static final VectorShuffle<Float> GROUPS2 = VectorShuffle.fromOp(F32, i -> VL / 2 + i / 4);
    private static final VectorShuffle<Float> GROUPS3 = VectorShuffle.fromOp(F32, i -> 3 * VL / 4 + i / 4);

    /// Eight columns of one int, or four of them.
    private static final VectorShape EIGHT = VectorShape.forBitSize(Math.min(256, F32.vectorBitSize()));

    private static final VectorSpecies<Float> F32_EIGHT = VectorSpecies.of(float.class, EIGHT);
    private static final VectorSpecies<Integer> I32_EIGHT = VectorSpecies.of(int.class, EIGHT);
    private static final IntVector NIBBLES = IntVector.zero(I32_EIGHT).addIndex(4);

    /// `y[r] = Σ_g s[r,g] · t[g] · (Σ_k u[r,k] · p[k] − 8 · Σ_k p[k])` for the rows `[from, to)`, the inner sums exact.
    ///
    /// | | |
    /// |---|---|
    /// | math | a short holds four codes: shifts and masks bring them down, their products with x fit in 16 bits, being at most 4 · 15 · 127; the halves of each int are added, converted exactly, and scaled |
    /// | shapes | codes by rows of 16·⌈K/32⌉ bytes; x as [#arrange] leaves it: shorts, then `t`, then `−8 · Σ p`; y f32 at `y + 4r` |
    /// | cost | 0.56 B and about 0.35 instructions of VL lanes per weight: **memory-bound** below 19 GB/s per thread |
    static void dot(long w, long scale, int k, float[] x, int at, int groups, int corrections, long y, long from, long to) {
        long stride = 16L * Rounding.groups(k);
        long pitch = 2L * Rounding.groups(k);
        FloatVector s, sum;
        IntVector u;
        ShortVector v;
        // rows from two places in turn are two long streams for the prefetcher; two rows at once would not leave their vectors in registers
        long half = (to - from + 1) / 2;
        for (long i = 0; i < to - from; i++) {
            long r = from + (i >>> 1) + (i & 1) * half;
            long p = w + r * stride;
            long z = scale + r * pitch;
            FloatVector a = FloatVector.zero(F32), b = a;
            for (int o = 0; o < k; o += 32 * VL) {
                int xo = at + (o >>> 1);
                s = ((IntVector) ShortVector.fromMemorySegment(I16_HALF, ALL, z + (o >>> 4), LITTLE)
                                .convertShape(ZERO_EXTEND_S2I, I32, 0))
                        .lanewise(LSHL, 16)
                        .reinterpretAsFloats()
                        .mul(FloatVector.fromArray(F32, x, groups + (o >>> 5)));
                b = s.fma(FloatVector.fromArray(F32, x, corrections + (o >>> 5)), b);
                v = ShortVector.fromMemorySegment(I16, ALL, p + (o >>> 1), LITTLE);
                u = v.and((short) 15)
                        .mul(FloatVector.fromArray(F32, x, xo).reinterpretAsShorts())
                        .add(v.lanewise(LSHR, 4)
                                .and((short) 15)
                                .mul(FloatVector.fromArray(F32, x, xo + VL).reinterpretAsShorts()))
                        .add(v.lanewise(LSHR, 8)
                                .and((short) 15)
                                .mul(FloatVector.fromArray(F32, x, xo + 2 * VL).reinterpretAsShorts()))
                        .add(v.lanewise(LSHR, 12)
                                .mul(FloatVector.fromArray(F32, x, xo + 3 * VL).reinterpretAsShorts()))
                        .reinterpretAsInts();
                a = ((FloatVector) u.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(u.lanewise(ASHR, 16))
                                .convertShape(I2F, F32, 0))
                        .fma(s.rearrange(GROUPS0), a);
                v = ShortVector.fromMemorySegment(I16, ALL, p + (o >>> 1) + 4 * VL, LITTLE);
                u = v.and((short) 15)
                        .mul(FloatVector.fromArray(F32, x, xo + 4 * VL).reinterpretAsShorts())
                        .add(v.lanewise(LSHR, 4)
                                .and((short) 15)
                                .mul(FloatVector.fromArray(F32, x, xo + 5 * VL).reinterpretAsShorts()))
                        .add(v.lanewise(LSHR, 8)
                                .and((short) 15)
                                .mul(FloatVector.fromArray(F32, x, xo + 6 * VL).reinterpretAsShorts()))
                        .add(v.lanewise(LSHR, 12)
                                .mul(FloatVector.fromArray(F32, x, xo + 7 * VL).reinterpretAsShorts()))
                        .reinterpretAsInts();
                b = ((FloatVector) u.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(u.lanewise(ASHR, 16))
                                .convertShape(I2F, F32, 0))
                        .fma(s.rearrange(GROUPS1), b);
                v = ShortVector.fromMemorySegment(I16, ALL, p + (o >>> 1) + 8 * VL, LITTLE);
                u = v.and((short) 15)
                        .mul(FloatVector.fromArray(F32, x, xo + 8 * VL).reinterpretAsShorts())
                        .add(v.lanewise(LSHR, 4)
                                .and((short) 15)
                                .mul(FloatVector.fromArray(F32, x, xo + 9 * VL).reinterpretAsShorts()))
                        .add(v.lanewise(LSHR, 8)
                                .and((short) 15)
                                .mul(FloatVector.fromArray(F32, x, xo + 10 * VL).reinterpretAsShorts()))
                        .add(v.lanewise(LSHR, 12)
                                .mul(FloatVector.fromArray(F32, x, xo + 11 * VL).reinterpretAsShorts()))
                        .reinterpretAsInts();
                a = ((FloatVector) u.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(u.lanewise(ASHR, 16))
                                .convertShape(I2F, F32, 0))
                        .fma(s.rearrange(GROUPS2), a);
                v = ShortVector.fromMemorySegment(I16, ALL, p + (o >>> 1) + 12 * VL, LITTLE);
                u = v.and((short) 15)
                        .mul(FloatVector.fromArray(F32, x, xo + 12 * VL).reinterpretAsShorts())
                        .add(v.lanewise(LSHR, 4)
                                .and((short) 15)
                                .mul(FloatVector.fromArray(F32, x, xo + 13 * VL).reinterpretAsShorts()))
                        .add(v.lanewise(LSHR, 8)
                                .and((short) 15)
                                .mul(FloatVector.fromArray(F32, x, xo + 14 * VL).reinterpretAsShorts()))
                        .add(v.lanewise(LSHR, 12)
                                .mul(FloatVector.fromArray(F32, x, xo + 15 * VL).reinterpretAsShorts()))
                        .reinterpretAsInts();
                b = ((FloatVector) u.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(u.lanewise(ASHR, 16))
                                .convertShape(I2F, F32, 0))
                        .fma(s.rearrange(GROUPS3), b);
            }
            sum = a.add(b);
            sum = sum.add(sum.rearrange(SWAP1));
            sum = sum.add(sum.rearrange(SWAP2));
            if (VL > 4) {
                sum = sum.add(sum.rearrange(SWAP4));
            }
            if (VL > 8) {
                sum = sum.add(sum.rearrange(SWAP8));
            }
            ALL.set(FLOAT, y + 4 * r, sum.lane(0));
        }
    }

    @Override
    public int pitch() {
        return padded() + padded() / 16 + 16;
    }

    private int padded() {
        return (columns + BLOCK - 1) / BLOCK * BLOCK;
    }

    @Override
    public void arrange(long x, float[] to, int at) {
        int n = padded();
        Order.copy(x, columns, to, at, n);
        Activations.round(to, at, n, at + n, at + n + n / Rounding.GROUP);
        Order.quads(to, at, n);
        Activations.packQuads(to, at, n);
    }

    @Override
    public void dot(float[] x, int at, int pitch, int m, long y, long ldy, long from, long to) {
        int n = padded();
        for (int i = 0; i < m; i++) {
            int row = at + i * pitch;
            dot(codes, scales, columns, x, row, row + n, row + n + n / Rounding.GROUP, y + i * ldy, from, to);
        }
    }

    @Override
    public void fill(long row, int rows, long column, int columns, float[] to, int at, int pitch) {
        for (int i = 0; i < rows; i++) {
            long from = codes + (row + i) * 16L * Rounding.groups(this.columns);
            long scale = scales + (row + i) * 2L * Rounding.groups(this.columns);
            int n;
            for (int j = 0; j < columns; j += n) {
                long k = column + j;
                n = (int) Math.min(columns - j, Rounding.GROUP - k % Rounding.GROUP);
                widen(from + k / 2, n, DType.bf16ToFloat(ALL.get(SHORT, scale + k / Rounding.GROUP * 2)), to, at + i * pitch + j);
            }
        }
    }

    /// `to[at + j] = (u[j] − 8) · scale` for `j < n`, `u[0]` being the low half of the byte at `from`.
    static void widen(long from, int n, float scale, float[] to, int at) {
        int j = 0;
        for (; j <= n - 8; j += 8) {
            int eight = ALL.get(INT, from + j / 2);
            ((FloatVector) IntVector.broadcast(I32_EIGHT, eight)
                            .lanewise(LSHR, NIBBLES)
                            .and(15)
                            .sub(8)
                            .convertShape(I2F, F32_EIGHT, 0))
                    .mul(scale)
                    .intoArray(to, at + j);
            if (VL == 4) {
                ((FloatVector) IntVector.broadcast(I32_EIGHT, eight >>> 16)
                                .lanewise(LSHR, NIBBLES)
                                .and(15)
                                .sub(8)
                                .convertShape(I2F, F32_EIGHT, 0))
                        .mul(scale)
                        .intoArray(to, at + j + 4);
            }
        }
        for (; j < n; j++) {
            int u = ALL.get(JAVA_BYTE, from + j / 2) >>> 4 * (j & 1) & 15;
            to[at + j] = (u - 8) * scale;
        }
    }
}
