package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.F32;
import static dev.gatun.tensor.cpu.Lanes.VL;

import jdk.incubator.vector.FloatVector;

/// The register tiles under every matrix product with many rows.
///
/// `C[MR,NR] += A[MR,depth] · B[depth,NR]`, all three in heap scratch: A by rows ([#PITCH] floats
/// apart), B as a panel (NR floats per k), C by rows of NR.
///
/// | | |
/// |---|---|
/// | math | per element: products in the order of k from zero by FMA, then one addition to C |
/// | registers | 512 bits: 12×2 accumulators of 32 registers; else 6×2 of 16 |
/// | cost | 24 FMA per 2 loads and 12 broadcasts (6×2: 12 per 8): **compute-bound** |
final class Tile {
    /// Rows of a tile.
    static final int MR = VL == 16 ? 12 : 6;

    /// Columns of a tile, and of a panel of B.
    static final int NR = 2 * VL;

    /// The most that `depth` may be: the k block.
    static final int KC = 512;

    /// Floats from row to row of A: one vector more than the k block, so that the rows of a tile
    /// do not all start in the same cache set.
    static final int PITCH = KC + 16;

    private Tile() {}

    /// One tile: A at `a[ao]`, the panel at `b[bo]`, C at `c[co]`.
    static void add(float[] a, int ao, float[] b, int bo, float[] c, int co, int depth) {
        if (MR == 12) {
            tile12x2(a, ao, b, bo, c, co, depth);
        } else {
            tile6x2(a, ao, b, bo, c, co, depth);
        }
    }

    static void tile12x2(float[] a, int ao, float[] b, int bo, float[] c, int co, int depth) {
        FloatVector zero = FloatVector.zero(F32), b0, b1, t;
        FloatVector c0a = zero, c0b = zero;
        FloatVector c1a = zero, c1b = zero;
        FloatVector c2a = zero, c2b = zero;
        FloatVector c3a = zero, c3b = zero;
        FloatVector c4a = zero, c4b = zero;
        FloatVector c5a = zero, c5b = zero;
        FloatVector c6a = zero, c6b = zero;
        FloatVector c7a = zero, c7b = zero;
        FloatVector c8a = zero, c8b = zero;
        FloatVector c9a = zero, c9b = zero;
        FloatVector c10a = zero, c10b = zero;
        FloatVector c11a = zero, c11b = zero;
        for (int k = 0; k < depth; k++) {
            b0 = FloatVector.fromArray(F32, b, bo + k * NR);
            b1 = FloatVector.fromArray(F32, b, bo + k * NR + VL);
            t = FloatVector.broadcast(F32, a[ao + k]);
            c0a = t.fma(b0, c0a);
            c0b = t.fma(b1, c0b);
            t = FloatVector.broadcast(F32, a[ao + PITCH + k]);
            c1a = t.fma(b0, c1a);
            c1b = t.fma(b1, c1b);
            t = FloatVector.broadcast(F32, a[ao + 2 * PITCH + k]);
            c2a = t.fma(b0, c2a);
            c2b = t.fma(b1, c2b);
            t = FloatVector.broadcast(F32, a[ao + 3 * PITCH + k]);
            c3a = t.fma(b0, c3a);
            c3b = t.fma(b1, c3b);
            t = FloatVector.broadcast(F32, a[ao + 4 * PITCH + k]);
            c4a = t.fma(b0, c4a);
            c4b = t.fma(b1, c4b);
            t = FloatVector.broadcast(F32, a[ao + 5 * PITCH + k]);
            c5a = t.fma(b0, c5a);
            c5b = t.fma(b1, c5b);
            t = FloatVector.broadcast(F32, a[ao + 6 * PITCH + k]);
            c6a = t.fma(b0, c6a);
            c6b = t.fma(b1, c6b);
            t = FloatVector.broadcast(F32, a[ao + 7 * PITCH + k]);
            c7a = t.fma(b0, c7a);
            c7b = t.fma(b1, c7b);
            t = FloatVector.broadcast(F32, a[ao + 8 * PITCH + k]);
            c8a = t.fma(b0, c8a);
            c8b = t.fma(b1, c8b);
            t = FloatVector.broadcast(F32, a[ao + 9 * PITCH + k]);
            c9a = t.fma(b0, c9a);
            c9b = t.fma(b1, c9b);
            t = FloatVector.broadcast(F32, a[ao + 10 * PITCH + k]);
            c10a = t.fma(b0, c10a);
            c10b = t.fma(b1, c10b);
            t = FloatVector.broadcast(F32, a[ao + 11 * PITCH + k]);
            c11a = t.fma(b0, c11a);
            c11b = t.fma(b1, c11b);
        }
        c0a.add(FloatVector.fromArray(F32, c, co)).intoArray(c, co);
        c0b.add(FloatVector.fromArray(F32, c, co + VL)).intoArray(c, co + VL);
        c1a.add(FloatVector.fromArray(F32, c, co + NR)).intoArray(c, co + NR);
        c1b.add(FloatVector.fromArray(F32, c, co + NR + VL)).intoArray(c, co + NR + VL);
        c2a.add(FloatVector.fromArray(F32, c, co + 2 * NR)).intoArray(c, co + 2 * NR);
        c2b.add(FloatVector.fromArray(F32, c, co + 2 * NR + VL)).intoArray(c, co + 2 * NR + VL);
        c3a.add(FloatVector.fromArray(F32, c, co + 3 * NR)).intoArray(c, co + 3 * NR);
        c3b.add(FloatVector.fromArray(F32, c, co + 3 * NR + VL)).intoArray(c, co + 3 * NR + VL);
        c4a.add(FloatVector.fromArray(F32, c, co + 4 * NR)).intoArray(c, co + 4 * NR);
        c4b.add(FloatVector.fromArray(F32, c, co + 4 * NR + VL)).intoArray(c, co + 4 * NR + VL);
        c5a.add(FloatVector.fromArray(F32, c, co + 5 * NR)).intoArray(c, co + 5 * NR);
        c5b.add(FloatVector.fromArray(F32, c, co + 5 * NR + VL)).intoArray(c, co + 5 * NR + VL);
        c6a.add(FloatVector.fromArray(F32, c, co + 6 * NR)).intoArray(c, co + 6 * NR);
        c6b.add(FloatVector.fromArray(F32, c, co + 6 * NR + VL)).intoArray(c, co + 6 * NR + VL);
        c7a.add(FloatVector.fromArray(F32, c, co + 7 * NR)).intoArray(c, co + 7 * NR);
        c7b.add(FloatVector.fromArray(F32, c, co + 7 * NR + VL)).intoArray(c, co + 7 * NR + VL);
        c8a.add(FloatVector.fromArray(F32, c, co + 8 * NR)).intoArray(c, co + 8 * NR);
        c8b.add(FloatVector.fromArray(F32, c, co + 8 * NR + VL)).intoArray(c, co + 8 * NR + VL);
        c9a.add(FloatVector.fromArray(F32, c, co + 9 * NR)).intoArray(c, co + 9 * NR);
        c9b.add(FloatVector.fromArray(F32, c, co + 9 * NR + VL)).intoArray(c, co + 9 * NR + VL);
        c10a.add(FloatVector.fromArray(F32, c, co + 10 * NR)).intoArray(c, co + 10 * NR);
        c10b.add(FloatVector.fromArray(F32, c, co + 10 * NR + VL)).intoArray(c, co + 10 * NR + VL);
        c11a.add(FloatVector.fromArray(F32, c, co + 11 * NR)).intoArray(c, co + 11 * NR);
        c11b.add(FloatVector.fromArray(F32, c, co + 11 * NR + VL)).intoArray(c, co + 11 * NR + VL);
    }

    static void tile6x2(float[] a, int ao, float[] b, int bo, float[] c, int co, int depth) {
        FloatVector zero = FloatVector.zero(F32), b0, b1, t;
        FloatVector c0a = zero, c0b = zero;
        FloatVector c1a = zero, c1b = zero;
        FloatVector c2a = zero, c2b = zero;
        FloatVector c3a = zero, c3b = zero;
        FloatVector c4a = zero, c4b = zero;
        FloatVector c5a = zero, c5b = zero;
        for (int k = 0; k < depth; k++) {
            b0 = FloatVector.fromArray(F32, b, bo + k * NR);
            b1 = FloatVector.fromArray(F32, b, bo + k * NR + VL);
            t = FloatVector.broadcast(F32, a[ao + k]);
            c0a = t.fma(b0, c0a);
            c0b = t.fma(b1, c0b);
            t = FloatVector.broadcast(F32, a[ao + PITCH + k]);
            c1a = t.fma(b0, c1a);
            c1b = t.fma(b1, c1b);
            t = FloatVector.broadcast(F32, a[ao + 2 * PITCH + k]);
            c2a = t.fma(b0, c2a);
            c2b = t.fma(b1, c2b);
            t = FloatVector.broadcast(F32, a[ao + 3 * PITCH + k]);
            c3a = t.fma(b0, c3a);
            c3b = t.fma(b1, c3b);
            t = FloatVector.broadcast(F32, a[ao + 4 * PITCH + k]);
            c4a = t.fma(b0, c4a);
            c4b = t.fma(b1, c4b);
            t = FloatVector.broadcast(F32, a[ao + 5 * PITCH + k]);
            c5a = t.fma(b0, c5a);
            c5b = t.fma(b1, c5b);
        }
        c0a.add(FloatVector.fromArray(F32, c, co)).intoArray(c, co);
        c0b.add(FloatVector.fromArray(F32, c, co + VL)).intoArray(c, co + VL);
        c1a.add(FloatVector.fromArray(F32, c, co + NR)).intoArray(c, co + NR);
        c1b.add(FloatVector.fromArray(F32, c, co + NR + VL)).intoArray(c, co + NR + VL);
        c2a.add(FloatVector.fromArray(F32, c, co + 2 * NR)).intoArray(c, co + 2 * NR);
        c2b.add(FloatVector.fromArray(F32, c, co + 2 * NR + VL)).intoArray(c, co + 2 * NR + VL);
        c3a.add(FloatVector.fromArray(F32, c, co + 3 * NR)).intoArray(c, co + 3 * NR);
        c3b.add(FloatVector.fromArray(F32, c, co + 3 * NR + VL)).intoArray(c, co + 3 * NR + VL);
        c4a.add(FloatVector.fromArray(F32, c, co + 4 * NR)).intoArray(c, co + 4 * NR);
        c4b.add(FloatVector.fromArray(F32, c, co + 4 * NR + VL)).intoArray(c, co + 4 * NR + VL);
        c5a.add(FloatVector.fromArray(F32, c, co + 5 * NR)).intoArray(c, co + 5 * NR);
        c5b.add(FloatVector.fromArray(F32, c, co + 5 * NR + VL)).intoArray(c, co + 5 * NR + VL);
    }
}
