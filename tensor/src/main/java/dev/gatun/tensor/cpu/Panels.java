package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.MAX;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/// How operands and results cross between memory and the packed form of the kernels.
final class Panels {
    /// Even lanes to the lower half, odd lanes to the upper.
    private static final VectorShuffle<Float> EVEN_ODD =
            VectorShuffle.fromOp(F32, i -> i < VL / 2 ? 2 * i : 2 * i - VL + 1);

    /// Odd lanes to the lower half, even lanes to the upper.
    private static final VectorShuffle<Float> ODD_EVEN =
            VectorShuffle.fromOp(F32, i -> i < VL / 2 ? 2 * i + 1 : 2 * i - VL);

    private static final VectorMask<Float> UPPER =
            VectorMask.fromLong(F32, ((1L << VL) - 1) & -(1L << VL / 2));

    private Panels() {}

    /// A general f32 matrix: element (i, j) at `address + i·rowStride + j·columnStride`, strides in
    /// bytes.
    record Strided(long address, long rowStride, long columnStride) implements Fill {
        @Override
        public void fill(
                long row, int rows, long column, int columns, float[] to, int at, int pitch) {
            long from = address + row * rowStride + column * columnStride;
            if (columnStride == 4) {
                for (int i = 0; i < rows; i++) {
                    F32Rows.copy(from + i * rowStride, columns, to, at + i * pitch);
                }
            } else {
                transpose(from, rowStride, columnStride, rows, columns, to, at, pitch);
            }
        }
    }

    /// `to[at + i·pitch + j] = from[i·rowStride + j·columnStride]`, a few rows at a time so that
    /// both sides stay in the first-level cache.
    static void transpose(
            long from,
            long rowStride,
            long columnStride,
            int rows,
            int columns,
            float[] to,
            int at,
            int pitch) {
        for (int i0 = 0; i0 < rows; i0 += 16) {
            int i1 = Math.min(rows, i0 + 16);
            for (int j = 0; j < columns; j++) {
                long p = from + j * columnStride;
                for (int i = i0; i < i1; i++) {
                    to[at + i * pitch + j] = ALL.get(FLOAT, p + i * rowStride);
                }
            }
        }
    }

    /// `scale · x` in pairs order: in each whole block of 2·VL the even elements, then the odd
    /// ones; the rest in order and without the scale.
    static void pairs(long x, int k, float scale, float[] to, int at) {
        FloatVector u, v;
        int j = 0;
        for (; j <= k - 2 * VL; j += 2 * VL) {
            u = FloatVector.fromMemorySegment(F32, ALL, x + 4L * j, LITTLE).mul(scale);
            v = FloatVector.fromMemorySegment(F32, ALL, x + 4L * j + VB, LITTLE).mul(scale);
            u.rearrange(EVEN_ODD).blend(v.rearrange(ODD_EVEN), UPPER).intoArray(to, at + j);
            u.rearrange(ODD_EVEN).blend(v.rearrange(EVEN_ODD), UPPER).intoArray(to, at + j + VL);
        }
        for (; j < k; j++) {
            to[at + j] = ALL.get(FLOAT, x + 4L * j);
        }
    }

    /// `max |x|` over k elements, whole vectors only; NaN if one is.
    static float largest(long x, int k) {
        FloatVector most = FloatVector.zero(F32);
        for (int j = 0; j <= k - VL; j += VL) {
            most = most.max(FloatVector.fromMemorySegment(F32, ALL, x + 4L * j, LITTLE).abs());
        }
        return most.reduceLanes(MAX);
    }

    /// Writes a packed block of C to memory: element (i, j) of the block is
    /// `from[at + (j / NR)·panel + i·NR + j % NR]` and goes to `c + i·rowStride + j·columnStride`.
    static void store(
            float[] from,
            int at,
            int panel,
            int rows,
            int columns,
            long c,
            long rowStride,
            long columnStride,
            boolean add) {
        for (int j = 0; j < columns; j += Tile.NR) {
            int n = Math.min(Tile.NR, columns - j);
            int tile = at + j / Tile.NR * panel;
            if (columnStride == 4) {
                rows(from, tile, rows, n, c + 4L * j, rowStride, add);
            } else {
                columns(from, tile, rows, n, c + j * columnStride, rowStride, columnStride, add);
            }
        }
    }

    private static void rows(
            float[] from, int at, int rows, int n, long c, long rowStride, boolean add) {
        for (int i = 0; i < rows; i++) {
            long p = c + i * rowStride;
            int s = at + i * Tile.NR;
            int j = 0;
            for (; j <= n - VL; j += VL) {
                FloatVector v = FloatVector.fromArray(F32, from, s + j);
                if (add) {
                    v = FloatVector.fromMemorySegment(F32, ALL, p + 4L * j, LITTLE).add(v);
                }
                v.intoMemorySegment(ALL, p + 4L * j, LITTLE);
            }
            for (; j < n; j++) {
                float v = from[s + j];
                ALL.set(FLOAT, p + 4L * j, add ? ALL.get(FLOAT, p + 4L * j) + v : v);
            }
        }
    }

    private static void columns(
            float[] from,
            int at,
            int rows,
            int n,
            long c,
            long rowStride,
            long columnStride,
            boolean add) {
        for (int j = 0; j < n; j++) {
            long p = c + j * columnStride;
            int s = at + j;
            if (add) {
                for (int i = 0; i < rows; i++) {
                    long q = p + i * rowStride;
                    ALL.set(FLOAT, q, ALL.get(FLOAT, q) + from[s + i * Tile.NR]);
                }
            } else {
                for (int i = 0; i < rows; i++) {
                    ALL.set(FLOAT, p + i * rowStride, from[s + i * Tile.NR]);
                }
            }
        }
    }
}
