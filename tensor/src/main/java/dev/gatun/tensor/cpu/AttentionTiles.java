package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.VL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The register tiles of attention's derivative: products of blocks that all lie in one heap array, row by row, [#PITCH] floats apart.
///
/// | | |
/// |---|---|
/// | math | per element: products in the order of k from zero by FMA, then one addition to C where it is added to |
/// | registers | 8×2 accumulators of 32; 4×2 of 16: more are spilled, as [Tile] tells |
/// | cost | 16 FMA per 2 loads and 8 broadcasts: **compute-bound** |
final class AttentionTiles {
    private static final VectorSpecies<Float> F = Lanes.F32;

    /// Rows of a tile of [#rows].
    static final int ROWS = Tile.MR;

    /// Rows of a tile of [#columns]; divides [#WIDE].
    static final int COLUMNS = Tile.MR;

    /// Columns of a tile.
    static final int WIDE = 2 * VL;

    /// The most columns that a block has.
    static final int BLOCK = 128;

    /// Floats from row to row: one vector more than a block has, so that rows do not all start in the same cache set.
    static final int PITCH = BLOCK + 16;

    private AttentionTiles() {}

    /// `C[ROWS,WIDE] = A[ROWS,depth] · B[depth,WIDE]`, or `C += A · B`.
    ///
    /// @param f holds A, B and C at these indices
    static void rows(float[] f, int a, int b, int c, int depth, boolean add) {
        if (ROWS == 8) {
            rows8(f, a, b, c, depth, add);
        } else {
            rows4(f, a, b, c, depth, add);
        }
    }

    /// `C[COLUMNS,WIDE] = A[depth,COLUMNS]ᵀ · B[depth,WIDE]`, or `C += Aᵀ · B`.
    ///
    /// @param f holds A, B and C at these indices
    static void columns(float[] f, int a, int b, int c, int depth, boolean add) {
        if (COLUMNS == 8) {
            columns8(f, a, b, c, depth, add);
        } else {
            columns4(f, a, b, c, depth, add);
        }
    }

    static void rows8(float[] f, int a, int b, int c, int depth, boolean add) {
        FloatVector zero = FloatVector.zero(F), b0, b1, t;
        FloatVector c0a = zero, c0b = zero;
        FloatVector c1a = zero, c1b = zero;
        FloatVector c2a = zero, c2b = zero;
        FloatVector c3a = zero, c3b = zero;
        FloatVector c4a = zero, c4b = zero;
        FloatVector c5a = zero, c5b = zero;
        FloatVector c6a = zero, c6b = zero;
        FloatVector c7a = zero, c7b = zero;
        for (int k = 0; k < depth; k++) {
            b0 = FloatVector.fromArray(F, f, b + k * PITCH);
            b1 = FloatVector.fromArray(F, f, b + k * PITCH + VL);
            t = FloatVector.broadcast(F, f[a + k]);
            c0a = t.fma(b0, c0a);
            c0b = t.fma(b1, c0b);
            t = FloatVector.broadcast(F, f[a + PITCH + k]);
            c1a = t.fma(b0, c1a);
            c1b = t.fma(b1, c1b);
            t = FloatVector.broadcast(F, f[a + 2 * PITCH + k]);
            c2a = t.fma(b0, c2a);
            c2b = t.fma(b1, c2b);
            t = FloatVector.broadcast(F, f[a + 3 * PITCH + k]);
            c3a = t.fma(b0, c3a);
            c3b = t.fma(b1, c3b);
            t = FloatVector.broadcast(F, f[a + 4 * PITCH + k]);
            c4a = t.fma(b0, c4a);
            c4b = t.fma(b1, c4b);
            t = FloatVector.broadcast(F, f[a + 5 * PITCH + k]);
            c5a = t.fma(b0, c5a);
            c5b = t.fma(b1, c5b);
            t = FloatVector.broadcast(F, f[a + 6 * PITCH + k]);
            c6a = t.fma(b0, c6a);
            c6b = t.fma(b1, c6b);
            t = FloatVector.broadcast(F, f[a + 7 * PITCH + k]);
            c7a = t.fma(b0, c7a);
            c7b = t.fma(b1, c7b);
        }
        if (add) {
            c0a.add(FloatVector.fromArray(F, f, c)).intoArray(f, c);
            c0b.add(FloatVector.fromArray(F, f, c + VL)).intoArray(f, c + VL);
            c1a.add(FloatVector.fromArray(F, f, c + PITCH)).intoArray(f, c + PITCH);
            c1b.add(FloatVector.fromArray(F, f, c + PITCH + VL)).intoArray(f, c + PITCH + VL);
            c2a.add(FloatVector.fromArray(F, f, c + 2 * PITCH)).intoArray(f, c + 2 * PITCH);
            c2b.add(FloatVector.fromArray(F, f, c + 2 * PITCH + VL)).intoArray(f, c + 2 * PITCH + VL);
            c3a.add(FloatVector.fromArray(F, f, c + 3 * PITCH)).intoArray(f, c + 3 * PITCH);
            c3b.add(FloatVector.fromArray(F, f, c + 3 * PITCH + VL)).intoArray(f, c + 3 * PITCH + VL);
            c4a.add(FloatVector.fromArray(F, f, c + 4 * PITCH)).intoArray(f, c + 4 * PITCH);
            c4b.add(FloatVector.fromArray(F, f, c + 4 * PITCH + VL)).intoArray(f, c + 4 * PITCH + VL);
            c5a.add(FloatVector.fromArray(F, f, c + 5 * PITCH)).intoArray(f, c + 5 * PITCH);
            c5b.add(FloatVector.fromArray(F, f, c + 5 * PITCH + VL)).intoArray(f, c + 5 * PITCH + VL);
            c6a.add(FloatVector.fromArray(F, f, c + 6 * PITCH)).intoArray(f, c + 6 * PITCH);
            c6b.add(FloatVector.fromArray(F, f, c + 6 * PITCH + VL)).intoArray(f, c + 6 * PITCH + VL);
            c7a.add(FloatVector.fromArray(F, f, c + 7 * PITCH)).intoArray(f, c + 7 * PITCH);
            c7b.add(FloatVector.fromArray(F, f, c + 7 * PITCH + VL)).intoArray(f, c + 7 * PITCH + VL);
        } else {
            c0a.intoArray(f, c);
            c0b.intoArray(f, c + VL);
            c1a.intoArray(f, c + PITCH);
            c1b.intoArray(f, c + PITCH + VL);
            c2a.intoArray(f, c + 2 * PITCH);
            c2b.intoArray(f, c + 2 * PITCH + VL);
            c3a.intoArray(f, c + 3 * PITCH);
            c3b.intoArray(f, c + 3 * PITCH + VL);
            c4a.intoArray(f, c + 4 * PITCH);
            c4b.intoArray(f, c + 4 * PITCH + VL);
            c5a.intoArray(f, c + 5 * PITCH);
            c5b.intoArray(f, c + 5 * PITCH + VL);
            c6a.intoArray(f, c + 6 * PITCH);
            c6b.intoArray(f, c + 6 * PITCH + VL);
            c7a.intoArray(f, c + 7 * PITCH);
            c7b.intoArray(f, c + 7 * PITCH + VL);
        }
    }

    static void rows4(float[] f, int a, int b, int c, int depth, boolean add) {
        FloatVector zero = FloatVector.zero(F), b0, b1, t;
        FloatVector c0a = zero, c0b = zero;
        FloatVector c1a = zero, c1b = zero;
        FloatVector c2a = zero, c2b = zero;
        FloatVector c3a = zero, c3b = zero;
        for (int k = 0; k < depth; k++) {
            b0 = FloatVector.fromArray(F, f, b + k * PITCH);
            b1 = FloatVector.fromArray(F, f, b + k * PITCH + VL);
            t = FloatVector.broadcast(F, f[a + k]);
            c0a = t.fma(b0, c0a);
            c0b = t.fma(b1, c0b);
            t = FloatVector.broadcast(F, f[a + PITCH + k]);
            c1a = t.fma(b0, c1a);
            c1b = t.fma(b1, c1b);
            t = FloatVector.broadcast(F, f[a + 2 * PITCH + k]);
            c2a = t.fma(b0, c2a);
            c2b = t.fma(b1, c2b);
            t = FloatVector.broadcast(F, f[a + 3 * PITCH + k]);
            c3a = t.fma(b0, c3a);
            c3b = t.fma(b1, c3b);
        }
        if (add) {
            c0a.add(FloatVector.fromArray(F, f, c)).intoArray(f, c);
            c0b.add(FloatVector.fromArray(F, f, c + VL)).intoArray(f, c + VL);
            c1a.add(FloatVector.fromArray(F, f, c + PITCH)).intoArray(f, c + PITCH);
            c1b.add(FloatVector.fromArray(F, f, c + PITCH + VL)).intoArray(f, c + PITCH + VL);
            c2a.add(FloatVector.fromArray(F, f, c + 2 * PITCH)).intoArray(f, c + 2 * PITCH);
            c2b.add(FloatVector.fromArray(F, f, c + 2 * PITCH + VL)).intoArray(f, c + 2 * PITCH + VL);
            c3a.add(FloatVector.fromArray(F, f, c + 3 * PITCH)).intoArray(f, c + 3 * PITCH);
            c3b.add(FloatVector.fromArray(F, f, c + 3 * PITCH + VL)).intoArray(f, c + 3 * PITCH + VL);
        } else {
            c0a.intoArray(f, c);
            c0b.intoArray(f, c + VL);
            c1a.intoArray(f, c + PITCH);
            c1b.intoArray(f, c + PITCH + VL);
            c2a.intoArray(f, c + 2 * PITCH);
            c2b.intoArray(f, c + 2 * PITCH + VL);
            c3a.intoArray(f, c + 3 * PITCH);
            c3b.intoArray(f, c + 3 * PITCH + VL);
        }
    }

    static void columns8(float[] f, int a, int b, int c, int depth, boolean add) {
        FloatVector zero = FloatVector.zero(F), b0, b1, t;
        FloatVector c0a = zero, c0b = zero;
        FloatVector c1a = zero, c1b = zero;
        FloatVector c2a = zero, c2b = zero;
        FloatVector c3a = zero, c3b = zero;
        FloatVector c4a = zero, c4b = zero;
        FloatVector c5a = zero, c5b = zero;
        FloatVector c6a = zero, c6b = zero;
        FloatVector c7a = zero, c7b = zero;
        for (int k = 0; k < depth; k++) {
            b0 = FloatVector.fromArray(F, f, b + k * PITCH);
            b1 = FloatVector.fromArray(F, f, b + k * PITCH + VL);
            t = FloatVector.broadcast(F, f[a + k * PITCH]);
            c0a = t.fma(b0, c0a);
            c0b = t.fma(b1, c0b);
            t = FloatVector.broadcast(F, f[a + k * PITCH + 1]);
            c1a = t.fma(b0, c1a);
            c1b = t.fma(b1, c1b);
            t = FloatVector.broadcast(F, f[a + k * PITCH + 2]);
            c2a = t.fma(b0, c2a);
            c2b = t.fma(b1, c2b);
            t = FloatVector.broadcast(F, f[a + k * PITCH + 3]);
            c3a = t.fma(b0, c3a);
            c3b = t.fma(b1, c3b);
            t = FloatVector.broadcast(F, f[a + k * PITCH + 4]);
            c4a = t.fma(b0, c4a);
            c4b = t.fma(b1, c4b);
            t = FloatVector.broadcast(F, f[a + k * PITCH + 5]);
            c5a = t.fma(b0, c5a);
            c5b = t.fma(b1, c5b);
            t = FloatVector.broadcast(F, f[a + k * PITCH + 6]);
            c6a = t.fma(b0, c6a);
            c6b = t.fma(b1, c6b);
            t = FloatVector.broadcast(F, f[a + k * PITCH + 7]);
            c7a = t.fma(b0, c7a);
            c7b = t.fma(b1, c7b);
        }
        if (add) {
            c0a.add(FloatVector.fromArray(F, f, c)).intoArray(f, c);
            c0b.add(FloatVector.fromArray(F, f, c + VL)).intoArray(f, c + VL);
            c1a.add(FloatVector.fromArray(F, f, c + PITCH)).intoArray(f, c + PITCH);
            c1b.add(FloatVector.fromArray(F, f, c + PITCH + VL)).intoArray(f, c + PITCH + VL);
            c2a.add(FloatVector.fromArray(F, f, c + 2 * PITCH)).intoArray(f, c + 2 * PITCH);
            c2b.add(FloatVector.fromArray(F, f, c + 2 * PITCH + VL)).intoArray(f, c + 2 * PITCH + VL);
            c3a.add(FloatVector.fromArray(F, f, c + 3 * PITCH)).intoArray(f, c + 3 * PITCH);
            c3b.add(FloatVector.fromArray(F, f, c + 3 * PITCH + VL)).intoArray(f, c + 3 * PITCH + VL);
            c4a.add(FloatVector.fromArray(F, f, c + 4 * PITCH)).intoArray(f, c + 4 * PITCH);
            c4b.add(FloatVector.fromArray(F, f, c + 4 * PITCH + VL)).intoArray(f, c + 4 * PITCH + VL);
            c5a.add(FloatVector.fromArray(F, f, c + 5 * PITCH)).intoArray(f, c + 5 * PITCH);
            c5b.add(FloatVector.fromArray(F, f, c + 5 * PITCH + VL)).intoArray(f, c + 5 * PITCH + VL);
            c6a.add(FloatVector.fromArray(F, f, c + 6 * PITCH)).intoArray(f, c + 6 * PITCH);
            c6b.add(FloatVector.fromArray(F, f, c + 6 * PITCH + VL)).intoArray(f, c + 6 * PITCH + VL);
            c7a.add(FloatVector.fromArray(F, f, c + 7 * PITCH)).intoArray(f, c + 7 * PITCH);
            c7b.add(FloatVector.fromArray(F, f, c + 7 * PITCH + VL)).intoArray(f, c + 7 * PITCH + VL);
        } else {
            c0a.intoArray(f, c);
            c0b.intoArray(f, c + VL);
            c1a.intoArray(f, c + PITCH);
            c1b.intoArray(f, c + PITCH + VL);
            c2a.intoArray(f, c + 2 * PITCH);
            c2b.intoArray(f, c + 2 * PITCH + VL);
            c3a.intoArray(f, c + 3 * PITCH);
            c3b.intoArray(f, c + 3 * PITCH + VL);
            c4a.intoArray(f, c + 4 * PITCH);
            c4b.intoArray(f, c + 4 * PITCH + VL);
            c5a.intoArray(f, c + 5 * PITCH);
            c5b.intoArray(f, c + 5 * PITCH + VL);
            c6a.intoArray(f, c + 6 * PITCH);
            c6b.intoArray(f, c + 6 * PITCH + VL);
            c7a.intoArray(f, c + 7 * PITCH);
            c7b.intoArray(f, c + 7 * PITCH + VL);
        }
    }

    static void columns4(float[] f, int a, int b, int c, int depth, boolean add) {
        FloatVector zero = FloatVector.zero(F), b0, b1, t;
        FloatVector c0a = zero, c0b = zero;
        FloatVector c1a = zero, c1b = zero;
        FloatVector c2a = zero, c2b = zero;
        FloatVector c3a = zero, c3b = zero;
        for (int k = 0; k < depth; k++) {
            b0 = FloatVector.fromArray(F, f, b + k * PITCH);
            b1 = FloatVector.fromArray(F, f, b + k * PITCH + VL);
            t = FloatVector.broadcast(F, f[a + k * PITCH]);
            c0a = t.fma(b0, c0a);
            c0b = t.fma(b1, c0b);
            t = FloatVector.broadcast(F, f[a + k * PITCH + 1]);
            c1a = t.fma(b0, c1a);
            c1b = t.fma(b1, c1b);
            t = FloatVector.broadcast(F, f[a + k * PITCH + 2]);
            c2a = t.fma(b0, c2a);
            c2b = t.fma(b1, c2b);
            t = FloatVector.broadcast(F, f[a + k * PITCH + 3]);
            c3a = t.fma(b0, c3a);
            c3b = t.fma(b1, c3b);
        }
        if (add) {
            c0a.add(FloatVector.fromArray(F, f, c)).intoArray(f, c);
            c0b.add(FloatVector.fromArray(F, f, c + VL)).intoArray(f, c + VL);
            c1a.add(FloatVector.fromArray(F, f, c + PITCH)).intoArray(f, c + PITCH);
            c1b.add(FloatVector.fromArray(F, f, c + PITCH + VL)).intoArray(f, c + PITCH + VL);
            c2a.add(FloatVector.fromArray(F, f, c + 2 * PITCH)).intoArray(f, c + 2 * PITCH);
            c2b.add(FloatVector.fromArray(F, f, c + 2 * PITCH + VL)).intoArray(f, c + 2 * PITCH + VL);
            c3a.add(FloatVector.fromArray(F, f, c + 3 * PITCH)).intoArray(f, c + 3 * PITCH);
            c3b.add(FloatVector.fromArray(F, f, c + 3 * PITCH + VL)).intoArray(f, c + 3 * PITCH + VL);
        } else {
            c0a.intoArray(f, c);
            c0b.intoArray(f, c + VL);
            c1a.intoArray(f, c + PITCH);
            c1b.intoArray(f, c + PITCH + VL);
            c2a.intoArray(f, c + 2 * PITCH);
            c2b.intoArray(f, c + 2 * PITCH + VL);
            c3a.intoArray(f, c + 3 * PITCH);
            c3b.intoArray(f, c + 3 * PITCH + VL);
        }
    }
}
