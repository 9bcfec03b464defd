package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.VB;
import static dev.gatun.tensor.cpu.Lanes.VL;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The loops of optimizer steps: `bytes` is a multiple of the width of a vector. Memory-bound; the root and the quotient of Adam take about as long as its
/// 28 B per element come from memory on one core, and less than that where cores share the memory.
final class UpdateLoops {
    private static final VectorSpecies<Float> F = Lanes.F32;
    private static final VectorSpecies<Double> D = VectorSpecies.of(double.class, F.vectorShape());

    private UpdateLoops() {}

    static void adam(
            long p,
            long g,
            long m,
            long v,
            float beta1,
            float rest1,
            float beta2,
            float rest2,
            float step,
            float eps,
            float keep,
            float l2,
            long bytes) {
        FloatVector b1 = FloatVector.broadcast(F, beta1);
        FloatVector r1 = FloatVector.broadcast(F, rest1);
        FloatVector b2 = FloatVector.broadcast(F, beta2);
        FloatVector r2 = FloatVector.broadcast(F, rest2);
        FloatVector s = FloatVector.broadcast(F, step);
        FloatVector e = FloatVector.broadcast(F, eps);
        FloatVector k = FloatVector.broadcast(F, keep);
        FloatVector c = FloatVector.broadcast(F, l2);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector value = FloatVector.fromMemorySegment(F, ALL, p + o, LITTLE);
            FloatVector d = c.fma(value, FloatVector.fromMemorySegment(F, ALL, g + o, LITTLE));
            FloatVector first = d.fma(
                    r1, FloatVector.fromMemorySegment(F, ALL, m + o, LITTLE).mul(b1));
            FloatVector second = r2.mul(d)
                    .fma(d, FloatVector.fromMemorySegment(F, ALL, v + o, LITTLE).mul(b2));
            first.intoMemorySegment(ALL, m + o, LITTLE);
            second.intoMemorySegment(ALL, v + o, LITTLE);
            s.fma(first.div(second.sqrt().add(e)), value.mul(k)).intoMemorySegment(ALL, p + o, LITTLE);
        }
    }

    /// Without momentum.
    static void sgd(long p, long g, float rate, float l2, long bytes) {
        FloatVector r = FloatVector.broadcast(F, -rate);
        FloatVector c = FloatVector.broadcast(F, l2);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector value = FloatVector.fromMemorySegment(F, ALL, p + o, LITTLE);
            FloatVector d = c.fma(value, FloatVector.fromMemorySegment(F, ALL, g + o, LITTLE));
            r.fma(d, value).intoMemorySegment(ALL, p + o, LITTLE);
        }
    }

    static void momentum(long p, long g, long b, float rate, float momentum, float rest, float l2, long bytes) {
        FloatVector r = FloatVector.broadcast(F, -rate);
        FloatVector u = FloatVector.broadcast(F, momentum);
        FloatVector w = FloatVector.broadcast(F, rest);
        FloatVector c = FloatVector.broadcast(F, l2);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector value = FloatVector.fromMemorySegment(F, ALL, p + o, LITTLE);
            FloatVector d = c.fma(value, FloatVector.fromMemorySegment(F, ALL, g + o, LITTLE));
            FloatVector next = d.fma(
                    w, FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE).mul(u));
            next.intoMemorySegment(ALL, b + o, LITTLE);
            r.fma(next, value).intoMemorySegment(ALL, p + o, LITTLE);
        }
    }

    static void nesterov(long p, long g, long b, float rate, float momentum, float rest, float l2, long bytes) {
        FloatVector r = FloatVector.broadcast(F, -rate);
        FloatVector u = FloatVector.broadcast(F, momentum);
        FloatVector w = FloatVector.broadcast(F, rest);
        FloatVector c = FloatVector.broadcast(F, l2);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector value = FloatVector.fromMemorySegment(F, ALL, p + o, LITTLE);
            FloatVector d = c.fma(value, FloatVector.fromMemorySegment(F, ALL, g + o, LITTLE));
            FloatVector next = d.fma(
                    w, FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE).mul(u));
            next.intoMemorySegment(ALL, b + o, LITTLE);
            r.fma(u.fma(next, d), value).intoMemorySegment(ALL, p + o, LITTLE);
        }
    }

    static void lion(long p, long g, long m, float rate, float beta1, float rest1, float beta2, float rest2, float keep, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector up = FloatVector.broadcast(F, rate);
        FloatVector down = FloatVector.broadcast(F, -rate);
        FloatVector b1 = FloatVector.broadcast(F, beta1);
        FloatVector r1 = FloatVector.broadcast(F, rest1);
        FloatVector b2 = FloatVector.broadcast(F, beta2);
        FloatVector r2 = FloatVector.broadcast(F, rest2);
        FloatVector k = FloatVector.broadcast(F, keep);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector value = FloatVector.fromMemorySegment(F, ALL, p + o, LITTLE);
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, g + o, LITTLE);
            FloatVector momentum = FloatVector.fromMemorySegment(F, ALL, m + o, LITTLE);
            FloatVector u = d.fma(r1, momentum.mul(b1));
            FloatVector step = zero.blend(up, u.compare(GT, zero)).blend(down, u.compare(LT, zero));
            value.mul(k).sub(step).intoMemorySegment(ALL, p + o, LITTLE);
            d.fma(r2, momentum.mul(b2)).intoMemorySegment(ALL, m + o, LITTLE);
        }
    }

    /// `Σ x[i]²` of n elements, any number, in double: lane by lane, the lanes in order, what is left last.
    ///
    /// @param few room for a vector
    static double squares(long x, long n, long few) {
        DoubleVector low = DoubleVector.zero(D);
        DoubleVector high = low;
        long whole = n / VL * VL;
        for (long o = 0; o < whole * 4; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            DoubleVector a = (DoubleVector) v.convertShape(F2D, D, 0);
            DoubleVector b = (DoubleVector) v.convertShape(F2D, D, 1);
            low = a.fma(a, low);
            high = b.fma(b, high);
        }
        low.add(high).intoMemorySegment(ALL, few, LITTLE);
        double sum = 0;
        for (int i = 0; i < VL / 2; i++) {
            sum += ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, few + 8L * i);
        }
        for (long i = whole; i < n; i++) {
            double value = ALL.get(Lanes.FLOAT, x + i * 4);
            sum += value * value;
        }
        return sum;
    }
}
