package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.MAX;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/// How operands and results cross between memory and the packed form of the kernels.
final class Panels {
    /// Even lanes to the lower half, odd lanes to the upper.
    private static final VectorShuffle<Float> EVEN_ODD = VectorShuffle.fromOp(F32, i -> i < VL / 2 ? 2 * i : 2 * i - VL + 1);

    /// Odd lanes to the lower half, even lanes to the upper.
    private static final VectorShuffle<Float> ODD_EVEN = VectorShuffle.fromOp(F32, i -> i < VL / 2 ? 2 * i + 1 : 2 * i - VL);

    private static final VectorMask<Float> UPPER = VectorMask.fromLong(F32, ((1L << VL) - 1) & -(1L << VL / 2));

    private Panels() {}

    /// A general f32 matrix: element (i, j) at `address + i·rowStride + j·columnStride`, strides in
    /// bytes.
    record Strided(long address, long rowStride, long columnStride) implements Fill {
        @Override
        public void fill(long row, int rows, long column, int columns, float[] to, int at, int pitch) {
            long from = address + row * rowStride + column * columnStride;
            if (columnStride == 4) {
                F32Rows.copy(from, rowStride, rows, columns, to, at, pitch);
            } else {
                transpose(from, rowStride, columnStride, rows, columns, to, at, pitch);
            }
        }
    }

    /// `to[at + i·pitch + j] = from[i·rowStride + j·columnStride]`.
    ///
    /// | | |
    /// |---|---|
    /// | math | squares of VL by VL go through [#turn] where a row of the square lies contiguous |
    /// | cost | 8 B per element, about one cycle each: memory-bound, and small beside the product |
    static void transpose(long from, long rowStride, long columnStride, int rows, int columns, float[] to, int at, int pitch) {
        int wide = rowStride == 4 ? columns / VL * VL : 0;
        int high = rows / VL * VL;
        for (int j = 0; j < wide; j += VL) { // along what lies contiguous, as the prefetcher does
            for (int i = 0; i < high; i += VL) {
                int square = at + i * pitch + j;
                long p = from + 4L * i + j * columnStride;
                for (int l = 0; l < VL; l++) {
                    FloatVector.fromMemorySegment(F32, ALL, p + l * columnStride, LITTLE)
                            .intoArray(to, square + l * pitch);
                }
                turn(to, square, pitch);
            }
        }
        scatter(from, rowStride, columnStride, 0, high, wide, columns, to, at, pitch);
        scatter(from, rowStride, columnStride, high, rows, 0, columns, to, at, pitch);
    }

    /// What is left of a transpose: rows `[i0, i1)`, columns `[j0, j1)`.
    private static void scatter(long from, long rowStride, long columnStride, int i0, int i1, int j0, int j1, float[] to, int at, int pitch) {
        for (int j = j0; j < j1; j++) {
            long p = from + j * columnStride;
            for (int i = i0; i < i1; i++) {
                to[at + i * pitch + j] = ALL.get(FLOAT, p + i * rowStride);
            }
        }
    }

    /// Transposes in place the VL by VL square at `t[at]`, rows `pitch` apart: blocks of 1, 2, 4, 8
    /// lanes change places between rows 1, 2, 4, 8 apart, two of these steps per pass.
    static void turn(float[] t, int at, int pitch) {
        FloatVector a, b, c, d, e, f, g, h;
        for (int i = at; i < at + VL * pitch; i += 4 * pitch) {
            a = FloatVector.fromArray(F32, t, i);
            b = FloatVector.fromArray(F32, t, i + pitch);
            c = FloatVector.fromArray(F32, t, i + 2 * pitch);
            d = FloatVector.fromArray(F32, t, i + 3 * pitch);
            e = a.blend(b.rearrange(SWAP1), ODD1);
            f = a.rearrange(SWAP1).blend(b, ODD1);
            g = c.blend(d.rearrange(SWAP1), ODD1);
            h = c.rearrange(SWAP1).blend(d, ODD1);
            e.blend(g.rearrange(SWAP2), ODD2).intoArray(t, i);
            f.blend(h.rearrange(SWAP2), ODD2).intoArray(t, i + pitch);
            e.rearrange(SWAP2).blend(g, ODD2).intoArray(t, i + 2 * pitch);
            f.rearrange(SWAP2).blend(h, ODD2).intoArray(t, i + 3 * pitch);
        }
        if (VL == 8) {
            for (int i = at; i < at + 4 * pitch; i += pitch) {
                a = FloatVector.fromArray(F32, t, i);
                b = FloatVector.fromArray(F32, t, i + 4 * pitch);
                a.blend(b.rearrange(SWAP4), ODD4).intoArray(t, i);
                a.rearrange(SWAP4).blend(b, ODD4).intoArray(t, i + 4 * pitch);
            }
        }
        if (VL == 16) {
            for (int i = at; i < at + 4 * pitch; i += pitch) {
                a = FloatVector.fromArray(F32, t, i);
                b = FloatVector.fromArray(F32, t, i + 4 * pitch);
                c = FloatVector.fromArray(F32, t, i + 8 * pitch);
                d = FloatVector.fromArray(F32, t, i + 12 * pitch);
                e = a.blend(b.rearrange(SWAP4), ODD4);
                f = a.rearrange(SWAP4).blend(b, ODD4);
                g = c.blend(d.rearrange(SWAP4), ODD4);
                h = c.rearrange(SWAP4).blend(d, ODD4);
                e.blend(g.rearrange(SWAP8), ODD8).intoArray(t, i);
                f.blend(h.rearrange(SWAP8), ODD8).intoArray(t, i + 4 * pitch);
                e.rearrange(SWAP8).blend(g, ODD8).intoArray(t, i + 8 * pitch);
                f.rearrange(SWAP8).blend(h, ODD8).intoArray(t, i + 12 * pitch);
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
            most = FloatVector.fromMemorySegment(F32, ALL, x + 4L * j, LITTLE)
                    .abs()
                    .max(most);
        }
        return most.reduceLanes(MAX);
    }

    /// Writes a packed block of C to memory: element (i, j) of the block is
    /// `from[at + (j / NR)·panel + i·NR + j % NR]` and goes to `c + i·rowStride + j·columnStride`.
    /// The block is lost.
    static void store(float[] from, int at, int panel, int rows, int columns, long c, long rowStride, long columnStride, boolean add) {
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

    private static void rows(float[] from, int at, int rows, int n, long c, long rowStride, boolean add) {
        for (int i = 0; i < rows; i++) {
            long p = c + i * rowStride;
            int s = at + i * Tile.NR;
            int j = 0;
            for (; j <= n - VL; j += VL) {
                FloatVector v = FloatVector.fromArray(F32, from, s + j);
                if (add) {
                    v = FloatVector.fromMemorySegment(F32, ALL, p + 4L * j, LITTLE)
                            .add(v);
                }
                v.intoMemorySegment(ALL, p + 4L * j, LITTLE);
            }
            for (; j < n; j++) {
                float v = from[s + j];
                ALL.set(FLOAT, p + 4L * j, add ? ALL.get(FLOAT, p + 4L * j) + v : v);
            }
        }
    }

    private static void columns(float[] from, int at, int rows, int n, long c, long rowStride, long columnStride, boolean add) {
        int high = rowStride == 4 ? rows / VL * VL : 0;
        int wide = n / VL * VL;
        for (int i = 0; i < high; i += VL) {
            for (int j = 0; j < wide; j += VL) {
                int square = at + i * Tile.NR + j;
                long p = c + 4L * i + j * columnStride;
                turn(from, square, Tile.NR);
                for (int l = 0; l < VL; l++) {
                    long q = p + l * columnStride;
                    FloatVector v = FloatVector.fromArray(F32, from, square + l * Tile.NR);
                    if (add) {
                        v = FloatVector.fromMemorySegment(F32, ALL, q, LITTLE).add(v);
                    }
                    v.intoMemorySegment(ALL, q, LITTLE);
                }
            }
        }
        for (int j = 0; j < n; j++) {
            for (int i = j < wide ? high : 0; i < rows; i++) {
                long q = c + i * rowStride + j * columnStride;
                float v = from[at + i * Tile.NR + j];
                ALL.set(FLOAT, q, add ? ALL.get(FLOAT, q) + v : v);
            }
        }
    }
}
