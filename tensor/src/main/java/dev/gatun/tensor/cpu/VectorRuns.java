package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.VB;
import static dev.gatun.tensor.cpu.Lanes.VL;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import dev.gatun.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/// Converts between f32 and the 16-bit floats a vector at a time, in integer arithmetic, to the
/// same bits as the scalar conversions (of a NaN: another NaN). 6 B per element: **memory-bound**.
///
/// binary16 has 5 bits of exponent at a bias of 15, and bfloat16 those of binary32.
final class VectorRuns extends Runs {
    private static final VectorSpecies<Float> F = Lanes.F32;
    private static final VectorSpecies<Integer> I = Lanes.I32;
    private static final VectorSpecies<Short> S = Lanes.I16_HALF;

    @Override
    void convert(MemorySegment to, DType toType, long toIndex, MemorySegment from, DType fromType, long fromIndex, long n) {
        long whole = n / VL * VL;
        long y = to.address() + toIndex * toType.bytes();
        long x = from.address() + fromIndex * fromType.bytes();
        if (toType == DType.F32 && fromType == DType.BF16) {
            fromBf16(y, x, whole);
        } else if (toType == DType.F32 && fromType == DType.F16) {
            fromF16(y, x, whole);
        } else if (toType == DType.BF16 && fromType == DType.F32) {
            toBf16(y, x, whole);
        } else if (toType == DType.F16 && fromType == DType.F32) {
            toF16(y, x, whole);
        } else {
            whole = 0;
        }
        super.convert(to, toType, toIndex + whole, from, fromType, fromIndex + whole, n - whole);
    }

    @Override
    void add(MemorySegment to, long toIndex, MemorySegment from, long fromIndex, long n) {
        long whole = n / VL * VL;
        add(to.address() + toIndex * 4, from.address() + fromIndex * 4, whole * 4);
        super.add(to, toIndex + whole, from, fromIndex + whole, n - whole);
    }

    private static void add(long y, long x, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector sum = FloatVector.fromMemorySegment(F, ALL, y + o, LITTLE);
            sum.add(FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE)).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void fromBf16(long y, long x, long n) {
        for (long i = 0; i < n; i += VL) {
            ShortVector s = ShortVector.fromMemorySegment(S, ALL, x + 2 * i, LITTLE);
            IntVector v = (IntVector) s.convertShape(ZERO_EXTEND_S2I, I, 0);
            v.lanewise(LSHL, 16).intoMemorySegment(ALL, y + 4 * i, LITTLE);
        }
    }

    /// Half to even: adds half of what is cut off, less one if what remains is even.
    private static void toBf16(long y, long x, long n) {
        IntVector infinity = IntVector.broadcast(I, 0x7f80_0000);
        for (long i = 0; i < n; i += VL) {
            IntVector v = IntVector.fromMemorySegment(I, ALL, x + 4 * i, LITTLE);
            IntVector odd = v.lanewise(LSHR, 16).and(1);
            IntVector rounded = v.add(odd).add(0x7fff);
            IntVector nan = v.or(0x40_0000);
            rounded = rounded.blend(nan, v.and(0x7fff_ffff).compare(GT, infinity));
            ShortVector s = (ShortVector) rounded.lanewise(LSHR, 16).convertShape(I2S, S, 0);
            s.intoMemorySegment(ALL, y + 2 * i, LITTLE);
        }
    }

    /// The exponent is biased anew. A subnormal number is the difference of two normal ones: read
    /// as the fraction of 2⁻¹⁴, less 2⁻¹⁴.
    private static void fromF16(long y, long x, long n) {
        IntVector smallest = IntVector.broadcast(I, 1 << 23);
        IntVector infinity = IntVector.broadcast(I, 31 << 23);
        FloatVector one = FloatVector.broadcast(F, 0x1p-14f);
        for (long i = 0; i < n; i += VL) {
            ShortVector s = ShortVector.fromMemorySegment(S, ALL, x + 2 * i, LITTLE);
            IntVector v = (IntVector) s.convertShape(ZERO_EXTEND_S2I, I, 0);
            IntVector sign = v.and(0x8000).lanewise(LSHL, 16);
            IntVector m = v.and(0x7fff).lanewise(LSHL, 13);
            IntVector r = m.add(112 << 23);
            IntVector tiny = m.add(113 << 23).reinterpretAsFloats().sub(one).reinterpretAsInts();
            r = r.blend(m.add(224 << 23), m.compare(GE, infinity));
            r = r.blend(tiny, m.compare(LT, smallest));
            r.or(sign).intoMemorySegment(ALL, y + 4 * i, LITTLE);
        }
    }

    /// As [#toBf16], with the exponent biased anew. What will be subnormal is rounded by adding ½,
    /// whose last place is 2⁻²⁴, the unit of the subnormal numbers.
    private static void toF16(long y, long x, long n) {
        IntVector normal = IntVector.broadcast(I, 113 << 23);
        IntVector overflow = IntVector.broadcast(I, 0x477f_f000);
        IntVector infinity = IntVector.broadcast(I, 0x7f80_0000);
        IntVector most = IntVector.broadcast(I, 0x7c00);
        FloatVector half = FloatVector.broadcast(F, 0.5f);
        for (long i = 0; i < n; i += VL) {
            IntVector v = IntVector.fromMemorySegment(I, ALL, x + 4 * i, LITTLE);
            IntVector sign = v.lanewise(LSHR, 16).and(0x8000);
            IntVector a = v.and(0x7fff_ffff);
            IntVector odd = a.lanewise(LSHR, 13).and(1);
            IntVector r = a.sub(112 << 23).add(odd).add(0xfff).lanewise(LSHR, 13);
            IntVector tiny = a.reinterpretAsFloats().add(half).reinterpretAsInts();
            r = r.blend(tiny.sub(126 << 23), a.compare(LT, normal));
            r = r.blend(most, a.compare(GE, overflow));
            r = r.blend(most.or(0x200), a.compare(GT, infinity));
            ShortVector s = (ShortVector) r.or(sign).convertShape(I2S, S, 0);
            s.intoMemorySegment(ALL, y + 2 * i, LITTLE);
        }
    }
}
