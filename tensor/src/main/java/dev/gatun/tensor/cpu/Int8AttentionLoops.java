package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.AttentionLoops.SCORES;
import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.B2F;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The loops of [AttentionLoops] over keys and values stored as bytes, for few queries: what is read is widened on its way into the registers, in the same
/// order of lanes and sums, so that the results have the bits that widened keys and values would give. The scales of the vectors belong to scores and
/// weights, and are none of these loops' business.
///
/// Heads are whole vectors wide, and a vector has at least 8 floats: bytes of half a 64-bit register cannot be read alone.
final class Int8AttentionLoops {
    private static final VectorSpecies<Float> F = Lanes.F32;
    private static final VectorSpecies<Byte> B = Lanes.I8_QUARTER;

    private Int8AttentionLoops() {}

    /// `s[row,j] = scale · q[row] · k[j]`: see [AttentionLoops#scores].
    static void scores(float[] f, int q, int s, int rows, int pitch, long k, long step, int n, float scale) {
        FloatVector factor = FloatVector.broadcast(F, scale);
        for (int j = 0; j < n; j += 4) {
            long x0 = k + j * step;
            long x1 = k + Math.min(j + 1, n - 1) * step;
            long x2 = k + Math.min(j + 2, n - 1) * step;
            long x3 = k + Math.min(j + 3, n - 1) * step;
            int row = 0;
            for (; row + 1 < rows; row += 2) {
                int at = q + row * pitch;
                FloatVector a0 = FloatVector.zero(F);
                FloatVector a1 = FloatVector.zero(F);
                FloatVector a2 = FloatVector.zero(F);
                FloatVector a3 = FloatVector.zero(F);
                FloatVector b0 = FloatVector.zero(F);
                FloatVector b1 = FloatVector.zero(F);
                FloatVector b2 = FloatVector.zero(F);
                FloatVector b3 = FloatVector.zero(F);
                int d = 0;
                do {
                    FloatVector p = FloatVector.fromArray(F, f, at + d);
                    FloatVector r = FloatVector.fromArray(F, f, at + pitch + d);
                    long o = d;
                    FloatVector k0 = (FloatVector)
                            ByteVector.fromMemorySegment(B, ALL, x0 + o, LITTLE).convertShape(B2F, F, 0);
                    FloatVector k1 = (FloatVector)
                            ByteVector.fromMemorySegment(B, ALL, x1 + o, LITTLE).convertShape(B2F, F, 0);
                    FloatVector k2 = (FloatVector)
                            ByteVector.fromMemorySegment(B, ALL, x2 + o, LITTLE).convertShape(B2F, F, 0);
                    FloatVector k3 = (FloatVector)
                            ByteVector.fromMemorySegment(B, ALL, x3 + o, LITTLE).convertShape(B2F, F, 0);
                    a0 = k0.fma(p, a0);
                    b0 = k0.fma(r, b0);
                    a1 = k1.fma(p, a1);
                    b1 = k1.fma(r, b1);
                    a2 = k2.fma(p, a2);
                    b2 = k2.fma(r, b2);
                    a3 = k3.fma(p, a3);
                    b3 = k3.fma(r, b3);
                    d += VL;
                } while (d != pitch);
                FloatVector alo = a0.blend(a1, ODD1).add(a0.blend(a1, EVEN1).rearrange(SWAP1));
                FloatVector ahi = a2.blend(a3, ODD1).add(a2.blend(a3, EVEN1).rearrange(SWAP1));
                FloatVector a = alo.blend(ahi, ODD2).add(alo.blend(ahi, EVEN2).rearrange(SWAP2));
                a = VL > 4 ? a.add(a.rearrange(SWAP4)) : a;
                a = VL > 8 ? a.add(a.rearrange(SWAP8)) : a;
                FloatVector blo = b0.blend(b1, ODD1).add(b0.blend(b1, EVEN1).rearrange(SWAP1));
                FloatVector bhi = b2.blend(b3, ODD1).add(b2.blend(b3, EVEN1).rearrange(SWAP1));
                FloatVector b = blo.blend(bhi, ODD2).add(blo.blend(bhi, EVEN2).rearrange(SWAP2));
                b = VL > 4 ? b.add(b.rearrange(SWAP4)) : b;
                b = VL > 8 ? b.add(b.rearrange(SWAP8)) : b;
                a.mul(factor).intoArray(f, s + row * SCORES + j);
                b.mul(factor).intoArray(f, s + (row + 1) * SCORES + j);
            }
            if (row < rows) {
                int at = q + row * pitch;
                FloatVector a0 = FloatVector.zero(F);
                FloatVector a1 = FloatVector.zero(F);
                FloatVector a2 = FloatVector.zero(F);
                FloatVector a3 = FloatVector.zero(F);
                int d = 0;
                do {
                    FloatVector p = FloatVector.fromArray(F, f, at + d);
                    long o = d;
                    FloatVector k0 = (FloatVector)
                            ByteVector.fromMemorySegment(B, ALL, x0 + o, LITTLE).convertShape(B2F, F, 0);
                    FloatVector k1 = (FloatVector)
                            ByteVector.fromMemorySegment(B, ALL, x1 + o, LITTLE).convertShape(B2F, F, 0);
                    FloatVector k2 = (FloatVector)
                            ByteVector.fromMemorySegment(B, ALL, x2 + o, LITTLE).convertShape(B2F, F, 0);
                    FloatVector k3 = (FloatVector)
                            ByteVector.fromMemorySegment(B, ALL, x3 + o, LITTLE).convertShape(B2F, F, 0);
                    a0 = k0.fma(p, a0);
                    a1 = k1.fma(p, a1);
                    a2 = k2.fma(p, a2);
                    a3 = k3.fma(p, a3);
                    d += VL;
                } while (d != pitch);
                FloatVector alo = a0.blend(a1, ODD1).add(a0.blend(a1, EVEN1).rearrange(SWAP1));
                FloatVector ahi = a2.blend(a3, ODD1).add(a2.blend(a3, EVEN1).rearrange(SWAP1));
                FloatVector a = alo.blend(ahi, ODD2).add(alo.blend(ahi, EVEN2).rearrange(SWAP2));
                a = VL > 4 ? a.add(a.rearrange(SWAP4)) : a;
                a = VL > 8 ? a.add(a.rearrange(SWAP8)) : a;
                a.mul(factor).intoArray(f, s + row * SCORES + j);
            }
        }
    }

    /// `y[row] = y[row] · fade[row] + Σ_j p[row,j] · v[j]` for four rows: see [AttentionLoops#mixFour].
    static void mixFour(float[] f, int p, int fades, int y, int pitch, long v, long step, int n) {
        int d = 0;
        for (; d + VL < pitch; d += 2 * VL) {
            int at = y + d;
            FloatVector y00 = FloatVector.fromArray(F, f, at).mul(f[fades]);
            FloatVector y01 = FloatVector.fromArray(F, f, at + VL).mul(f[fades]);
            FloatVector y10 = FloatVector.fromArray(F, f, at + pitch).mul(f[fades + 1]);
            FloatVector y11 = FloatVector.fromArray(F, f, at + pitch + VL).mul(f[fades + 1]);
            FloatVector y20 = FloatVector.fromArray(F, f, at + 2 * pitch).mul(f[fades + 2]);
            FloatVector y21 = FloatVector.fromArray(F, f, at + 2 * pitch + VL).mul(f[fades + 2]);
            FloatVector y30 = FloatVector.fromArray(F, f, at + 3 * pitch).mul(f[fades + 3]);
            FloatVector y31 = FloatVector.fromArray(F, f, at + 3 * pitch + VL).mul(f[fades + 3]);
            long x = v + d;
            for (int j = 0; j < n; j++, x += step) {
                FloatVector v0 = (FloatVector)
                        ByteVector.fromMemorySegment(B, ALL, x, LITTLE).convertShape(B2F, F, 0);
                FloatVector v1 = (FloatVector)
                        ByteVector.fromMemorySegment(B, ALL, x + VL, LITTLE).convertShape(B2F, F, 0);
                FloatVector w0 = FloatVector.broadcast(F, f[p + j]);
                y00 = v0.fma(w0, y00);
                y01 = v1.fma(w0, y01);
                FloatVector w1 = FloatVector.broadcast(F, f[p + SCORES + j]);
                y10 = v0.fma(w1, y10);
                y11 = v1.fma(w1, y11);
                FloatVector w2 = FloatVector.broadcast(F, f[p + 2 * SCORES + j]);
                y20 = v0.fma(w2, y20);
                y21 = v1.fma(w2, y21);
                FloatVector w3 = FloatVector.broadcast(F, f[p + 3 * SCORES + j]);
                y30 = v0.fma(w3, y30);
                y31 = v1.fma(w3, y31);
            }
            y00.intoArray(f, at);
            y01.intoArray(f, at + VL);
            y10.intoArray(f, at + pitch);
            y11.intoArray(f, at + pitch + VL);
            y20.intoArray(f, at + 2 * pitch);
            y21.intoArray(f, at + 2 * pitch + VL);
            y30.intoArray(f, at + 3 * pitch);
            y31.intoArray(f, at + 3 * pitch + VL);
        }
        if (d < pitch) {
            int at = y + d;
            FloatVector y00 = FloatVector.fromArray(F, f, at).mul(f[fades]);
            FloatVector y10 = FloatVector.fromArray(F, f, at + pitch).mul(f[fades + 1]);
            FloatVector y20 = FloatVector.fromArray(F, f, at + 2 * pitch).mul(f[fades + 2]);
            FloatVector y30 = FloatVector.fromArray(F, f, at + 3 * pitch).mul(f[fades + 3]);
            long x = v + d;
            for (int j = 0; j < n; j++, x += step) {
                FloatVector v0 = (FloatVector)
                        ByteVector.fromMemorySegment(B, ALL, x, LITTLE).convertShape(B2F, F, 0);
                FloatVector w0 = FloatVector.broadcast(F, f[p + j]);
                y00 = v0.fma(w0, y00);
                FloatVector w1 = FloatVector.broadcast(F, f[p + SCORES + j]);
                y10 = v0.fma(w1, y10);
                FloatVector w2 = FloatVector.broadcast(F, f[p + 2 * SCORES + j]);
                y20 = v0.fma(w2, y20);
                FloatVector w3 = FloatVector.broadcast(F, f[p + 3 * SCORES + j]);
                y30 = v0.fma(w3, y30);
            }
            y00.intoArray(f, at);
            y10.intoArray(f, at + pitch);
            y20.intoArray(f, at + 2 * pitch);
            y30.intoArray(f, at + 3 * pitch);
        }
    }

    /// As [#mixFour] for one row.
    static void mixOne(float[] f, int p, int fades, int y, int pitch, long v, long step, int n) {
        int d = 0;
        for (; d + VL < pitch; d += 2 * VL) {
            int at = y + d;
            FloatVector y00 = FloatVector.fromArray(F, f, at).mul(f[fades]);
            FloatVector y01 = FloatVector.fromArray(F, f, at + VL).mul(f[fades]);
            long x = v + d;
            for (int j = 0; j < n; j++, x += step) {
                FloatVector v0 = (FloatVector)
                        ByteVector.fromMemorySegment(B, ALL, x, LITTLE).convertShape(B2F, F, 0);
                FloatVector v1 = (FloatVector)
                        ByteVector.fromMemorySegment(B, ALL, x + VL, LITTLE).convertShape(B2F, F, 0);
                FloatVector w0 = FloatVector.broadcast(F, f[p + j]);
                y00 = v0.fma(w0, y00);
                y01 = v1.fma(w0, y01);
            }
            y00.intoArray(f, at);
            y01.intoArray(f, at + VL);
        }
        if (d < pitch) {
            int at = y + d;
            FloatVector y00 = FloatVector.fromArray(F, f, at).mul(f[fades]);
            long x = v + d;
            for (int j = 0; j < n; j++, x += step) {
                FloatVector v0 = (FloatVector)
                        ByteVector.fromMemorySegment(B, ALL, x, LITTLE).convertShape(B2F, F, 0);
                FloatVector w0 = FloatVector.broadcast(F, f[p + j]);
                y00 = v0.fma(w0, y00);
            }
            y00.intoArray(f, at);
        }
    }

    /// `n` bytes as f32, for vectors of any width.
    static void widen(long x, long y, int n) {
        int d = 0;
        for (; d <= n - B.length(); d += B.length()) {
            ByteVector v = ByteVector.fromMemorySegment(B, ALL, x + d, LITTLE);
            ((FloatVector) v.convertShape(B2F, F, 0)).intoMemorySegment(ALL, y + 4L * d, LITTLE);
            if (B.length() > VL) {
                ((FloatVector) v.convertShape(B2F, F, 1)).intoMemorySegment(ALL, y + 4L * (d + VL), LITTLE);
            }
        }
        for (; d < n; d++) {
            ALL.set(FLOAT, y + 4L * d, ALL.get(BYTE, x + d));
        }
    }
}
