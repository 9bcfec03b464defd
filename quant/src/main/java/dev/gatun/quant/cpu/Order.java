package dev.gatun.quant.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.F32;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.VL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/// The order of x that the kernels want: one int of codes holds four columns, so the vectors of x that go with the four bytes of a vector of ints are
/// columns 0, 4, 8, …, columns 1, 5, 9, … and so on.
final class Order {
    /// Even lanes to the lower half, odd lanes to the upper.
    static final VectorShuffle<Float> EVEN_ODD = VectorShuffle.fromOp(F32, i -> i < VL / 2 ? 2 * i : 2 * i - VL + 1);

    /// Odd lanes to the lower half, even lanes to the upper.
    static final VectorShuffle<Float> ODD_EVEN = VectorShuffle.fromOp(F32, i -> i < VL / 2 ? 2 * i + 1 : 2 * i - VL);

    static final VectorMask<Float> UPPER = VectorMask.fromLong(F32, ((1L << VL) - 1) & -(1L << VL / 2));

    private Order() {}

    /// Copies k floats to `to[at…]`, and zeros up to `padded`.
    static void copy(long x, int k, float[] to, int at, int padded) {
        int j = 0;
        for (; j <= k - VL; j += VL) {
            FloatVector.fromMemorySegment(F32, ALL, x + 4L * j, LITTLE).intoArray(to, at + j);
        }
        for (; j < k; j++) {
            to[at + j] = ALL.get(FLOAT, x + 4L * j);
        }
        for (; j < padded; j++) {
            to[at + j] = 0;
        }
    }

    /// Copies k floats from the heap to memory.
    static void store(float[] from, int at, int k, long y) {
        int j = 0;
        for (; j <= k - VL; j += VL) {
            FloatVector.fromArray(F32, from, at + j).intoMemorySegment(ALL, y + 4L * j, LITTLE);
        }
        for (; j < k; j++) {
            ALL.set(FLOAT, y + 4L * j, from[at + j]);
        }
    }

    /// Each block of 4·VL floats by their index modulo 4, in place.
    static void quads(float[] t, int at, int n) {
        FloatVector a, b, c, d, ab, cd;
        for (int i = at; i < at + n; i += 4 * VL) {
            a = FloatVector.fromArray(F32, t, i);
            b = FloatVector.fromArray(F32, t, i + VL);
            c = FloatVector.fromArray(F32, t, i + 2 * VL);
            d = FloatVector.fromArray(F32, t, i + 3 * VL);
            ab = a.rearrange(EVEN_ODD).blend(b.rearrange(ODD_EVEN), UPPER);
            cd = c.rearrange(EVEN_ODD).blend(d.rearrange(ODD_EVEN), UPPER);
            ab.rearrange(EVEN_ODD).blend(cd.rearrange(ODD_EVEN), UPPER).intoArray(t, i);
            ab.rearrange(ODD_EVEN).blend(cd.rearrange(EVEN_ODD), UPPER).intoArray(t, i + 2 * VL);
            ab = a.rearrange(ODD_EVEN).blend(b.rearrange(EVEN_ODD), UPPER);
            cd = c.rearrange(ODD_EVEN).blend(d.rearrange(EVEN_ODD), UPPER);
            ab.rearrange(EVEN_ODD).blend(cd.rearrange(ODD_EVEN), UPPER).intoArray(t, i + VL);
            ab.rearrange(ODD_EVEN).blend(cd.rearrange(EVEN_ODD), UPPER).intoArray(t, i + 3 * VL);
        }
    }
}
