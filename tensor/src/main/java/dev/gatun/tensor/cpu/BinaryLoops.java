package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.VB;

import dev.gatun.tensor.kernels.ElementwiseKernels.Binary;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The loops of the functions of two elements: two runs, or a run and one number. `bytes` is a
/// multiple of the width of a vector, y may be a or b. Memory-bound: 12 B per element, or 8 B.
final class BinaryLoops {
    private static final VectorSpecies<Float> F = Lanes.F32;

    private BinaryLoops() {}

    /// `y[i] = f(a[i], b[i])`
    static void apply(Binary f, long y, long a, long b, long bytes) {
        switch (f) {
            case ADD -> add(y, a, b, bytes);
            case SUB -> sub(y, a, b, bytes);
            case MUL -> mul(y, a, b, bytes);
            case DIV -> div(y, a, b, bytes);
            case MAX -> max(y, a, b, bytes);
            case MIN -> min(y, a, b, bytes);
        }
    }

    /// `y[i] = f(a[i], b)`
    static void apply(Binary f, long y, long a, float b, long bytes) {
        switch (f) {
            case ADD -> add(y, a, b, bytes);
            case SUB -> add(y, a, -b, bytes);
            case MUL -> mul(y, a, b, bytes);
            case DIV -> div(y, a, b, bytes);
            case MAX -> max(y, a, b, bytes);
            case MIN -> min(y, a, b, bytes);
        }
    }

    /// `y[i] = f(a, b[i])`
    static void apply(Binary f, long y, float a, long b, long bytes) {
        switch (f) {
            case ADD -> add(y, b, a, bytes);
            case SUB -> sub(y, a, b, bytes);
            case MUL -> mul(y, b, a, bytes);
            case DIV -> div(y, a, b, bytes);
            case MAX -> max(y, b, a, bytes);
            case MIN -> min(y, b, a, bytes);
        }
    }

    /// Any strides, in elements; element by element.
    static void strided(Binary f, long y, long a, long aStep, long b, long bStep, long n) {
        for (long i = 0; i < n; i++) {
            float p = ALL.get(FLOAT, a + i * aStep * 4);
            float q = ALL.get(FLOAT, b + i * bStep * 4);
            float r = switch (f) {
                case ADD -> p + q;
                case SUB -> p - q;
                case MUL -> p * q;
                case DIV -> p / q;
                case MAX -> Math.max(p, q);
                case MIN -> Math.min(p, q);
            };
            ALL.set(FLOAT, y + i * 4, r);
        }
    }

    static void add(long y, long a, long b, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE);
            p.add(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void sub(long y, long a, long b, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE);
            p.sub(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void mul(long y, long a, long b, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE);
            p.mul(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void div(long y, long a, long b, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE);
            p.div(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void max(long y, long a, long b, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE);
            p.max(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void min(long y, long a, long b, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE);
            p.min(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void add(long y, long a, float b, long bytes) {
        FloatVector q = FloatVector.broadcast(F, b);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            p.add(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void mul(long y, long a, float b, long bytes) {
        FloatVector q = FloatVector.broadcast(F, b);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            p.mul(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void div(long y, long a, float b, long bytes) {
        FloatVector q = FloatVector.broadcast(F, b);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            p.div(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void max(long y, long a, float b, long bytes) {
        FloatVector q = FloatVector.broadcast(F, b);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            p.max(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void min(long y, long a, float b, long bytes) {
        FloatVector q = FloatVector.broadcast(F, b);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            p.min(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void sub(long y, float a, long b, long bytes) {
        FloatVector p = FloatVector.broadcast(F, a);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE);
            p.sub(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    private static void div(long y, float a, long b, long bytes) {
        FloatVector p = FloatVector.broadcast(F, a);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE);
            p.div(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }
}
