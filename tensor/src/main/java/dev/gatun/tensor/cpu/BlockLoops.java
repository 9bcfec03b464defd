package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.INT;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.VB;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.gatun.tensor.ops.Updates;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// The loops of optimizer steps with state in 8 bits, each over one whole block. What is remembered goes through scratch of the size of the block: values
/// of codes are looked up one by one, computed with in vectors, and their new codes looked up one by one. 16 B per element of Adam come from memory and go
/// there; the look-ups take about as long as that.
final class BlockLoops {
    private static final VectorSpecies<Float> F = Lanes.F32;
    private static final VectorSpecies<Integer> I = Lanes.I32;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final int BLOCK = Updates.BLOCK;
    private static final int BYTES = BLOCK * Float.BYTES;

    private BlockLoops() {}

    /// `to[i] = values[codes[i]]`
    static void decode(long to, long codes, long values) {
        for (int i = 0; i < BLOCK; i++) {
            ALL.set(INT, to + 4L * i, ALL.get(INT, values + 4L * (ALL.get(BYTE, codes + i) & 0xff)));
        }
    }

    /// `codes[i]` = the code of the key `from[i]`
    static void encode(long codes, long from, long entries) {
        for (int i = 0; i < BLOCK; i++) {
            int key = ALL.get(INT, from + 4L * i);
            int entry = ALL.get(INT, entries + 4L * (key >>> 16));
            ALL.set(BYTE, codes + i, (byte) (entry + (key & 0xffff) >>> 16));
        }
    }

    /// The keys of `x[i]·scale`, in place of x.
    static void keys(long x, float scale) {
        FloatVector s = FloatVector.broadcast(F, scale);
        IntVector upper = IntVector.broadcast(I, Integer.MIN_VALUE);
        for (int o = 0; o < BYTES; o += VB) {
            IntVector bits =
                    FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).mul(s).reinterpretAsInts();
            IntVector flip = bits.lanewise(ASHR, 31).or(upper);
            bits.lanewise(XOR, flip).intoMemorySegment(ALL, x + o, LITTLE);
        }
    }

    /// max |x|
    static float largest(long x) {
        FloatVector most = FloatVector.zero(F);
        for (int o = 0; o < BYTES; o += VB) {
            most = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).abs().max(most);
        }
        return most.reduceLanes(MAX);
    }

    /// @param m values of codes; then what is to be encoded
    /// @param v values of codes; then what is to be encoded
    static void adam(
            long p,
            long g,
            long m,
            long v,
            float scale1,
            float scale2,
            float beta1,
            float rest1,
            float beta2,
            float rest2,
            float step,
            float eps,
            float keep,
            float l2) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector inf = FloatVector.broadcast(F, Float.POSITIVE_INFINITY);
        FloatVector s1 = FloatVector.broadcast(F, scale1);
        FloatVector s2 = FloatVector.broadcast(F, scale2);
        FloatVector b1 = FloatVector.broadcast(F, beta1);
        FloatVector r1 = FloatVector.broadcast(F, rest1);
        FloatVector b2 = FloatVector.broadcast(F, beta2);
        FloatVector r2 = FloatVector.broadcast(F, rest2);
        FloatVector s = FloatVector.broadcast(F, step);
        FloatVector e = FloatVector.broadcast(F, eps);
        FloatVector k = FloatVector.broadcast(F, keep);
        FloatVector c = FloatVector.broadcast(F, l2);
        for (int o = 0; o < BYTES; o += VB) {
            FloatVector value = FloatVector.fromMemorySegment(F, ALL, p + o, LITTLE);
            FloatVector d = c.fma(value, FloatVector.fromMemorySegment(F, ALL, g + o, LITTLE));
            VectorMask<Float> finite = d.abs().compare(LT, inf);
            FloatVector first = d.fma(
                    r1,
                    FloatVector.fromMemorySegment(F, ALL, m + o, LITTLE).mul(s1).mul(b1));
            FloatVector second = r2.mul(d)
                    .fma(
                            d,
                            FloatVector.fromMemorySegment(F, ALL, v + o, LITTLE)
                                    .mul(s2)
                                    .mul(b2));
            FloatVector next = s.fma(first.div(second.sqrt().add(e)), value).mul(k);
            zero.blend(first, finite).intoMemorySegment(ALL, m + o, LITTLE);
            zero.blend(second, finite).intoMemorySegment(ALL, v + o, LITTLE);
            value.blend(next, finite).intoMemorySegment(ALL, p + o, LITTLE);
        }
    }

    /// @param m values of codes; then what is to be encoded
    static void lion(long p, long g, long m, float scale, float rate, float beta1, float rest1, float beta2, float rest2, float keep) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector inf = FloatVector.broadcast(F, Float.POSITIVE_INFINITY);
        FloatVector up = FloatVector.broadcast(F, rate);
        FloatVector down = FloatVector.broadcast(F, -rate);
        FloatVector s = FloatVector.broadcast(F, scale);
        FloatVector b1 = FloatVector.broadcast(F, beta1);
        FloatVector r1 = FloatVector.broadcast(F, rest1);
        FloatVector b2 = FloatVector.broadcast(F, beta2);
        FloatVector r2 = FloatVector.broadcast(F, rest2);
        FloatVector k = FloatVector.broadcast(F, keep);
        for (int o = 0; o < BYTES; o += VB) {
            FloatVector value = FloatVector.fromMemorySegment(F, ALL, p + o, LITTLE);
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, g + o, LITTLE);
            VectorMask<Float> finite = d.abs().compare(LT, inf);
            FloatVector momentum =
                    FloatVector.fromMemorySegment(F, ALL, m + o, LITTLE).mul(s);
            FloatVector u = d.fma(r1, momentum.mul(b1));
            FloatVector step = zero.blend(up, u.compare(GT, zero)).blend(down, u.compare(LT, zero));
            zero.blend(d.fma(r2, momentum.mul(b2)), finite).intoMemorySegment(ALL, m + o, LITTLE);
            value.blend(value.mul(k).sub(step), finite).intoMemorySegment(ALL, p + o, LITTLE);
        }
    }
}
