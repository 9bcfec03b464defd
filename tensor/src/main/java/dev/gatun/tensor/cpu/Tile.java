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
/// | registers | 8×2 accumulators of 32; 4×2 of 16 |
/// | cost | 16 FMA per 2 loads and 8 broadcasts (4×2: 8 per 6): **compute-bound** |
///
/// The compiler may move all broadcasts before the first FMA, or not, by chance: that a method was compiled early is enough. So accumulators, broadcasts
/// and loads together have to fit the registers. Where they did not, 12×2 of 32 lost a fifth of its speed and 6×2 of 16 more than half.
final class Tile {
    /// Whether there are 32 vector registers, as with AVX-512 and on AArch64, and not 16.
    private static final boolean MANY =
            VL == 16 || System.getProperty("os.arch").equals("aarch64");

    /// Rows of a tile.
    static final int MR = MANY ? 8 : 4;

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
        if (MANY) {
            tile8x2(a, ao, b, bo, c, co, depth);
        } else {
            tile4x2(a, ao, b, bo, c, co, depth);
        }
    }

    static void tile8x2(float[] a, int ao, float[] b, int bo, float[] c, int co, int depth) {
        FloatVector zero = FloatVector.zero(F32), b0, b1, t;
        FloatVector c0a = zero, c0b = zero;
        FloatVector c1a = zero, c1b = zero;
        FloatVector c2a = zero, c2b = zero;
        FloatVector c3a = zero, c3b = zero;
        FloatVector c4a = zero, c4b = zero;
        FloatVector c5a = zero, c5b = zero;
        FloatVector c6a = zero, c6b = zero;
        FloatVector c7a = zero, c7b = zero;
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
    }

    static void tile4x2(float[] a, int ao, float[] b, int bo, float[] c, int co, int depth) {
        FloatVector zero = FloatVector.zero(F32), b0, b1, t;
        FloatVector c0a = zero, c0b = zero;
        FloatVector c1a = zero, c1b = zero;
        FloatVector c2a = zero, c2b = zero;
        FloatVector c3a = zero, c3b = zero;
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
        }
        c0a.add(FloatVector.fromArray(F32, c, co)).intoArray(c, co);
        c0b.add(FloatVector.fromArray(F32, c, co + VL)).intoArray(c, co + VL);
        c1a.add(FloatVector.fromArray(F32, c, co + NR)).intoArray(c, co + NR);
        c1b.add(FloatVector.fromArray(F32, c, co + NR + VL)).intoArray(c, co + NR + VL);
        c2a.add(FloatVector.fromArray(F32, c, co + 2 * NR)).intoArray(c, co + 2 * NR);
        c2b.add(FloatVector.fromArray(F32, c, co + 2 * NR + VL)).intoArray(c, co + 2 * NR + VL);
        c3a.add(FloatVector.fromArray(F32, c, co + 3 * NR)).intoArray(c, co + 3 * NR);
        c3b.add(FloatVector.fromArray(F32, c, co + 3 * NR + VL)).intoArray(c, co + 3 * NR + VL);
    }
}
