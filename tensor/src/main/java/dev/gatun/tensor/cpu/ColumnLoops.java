package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;

import dev.gatun.tensor.kernels.ReduceKernels.Reduction;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The loops down the columns of a matrix: a vector's width of them, n rows, `pitch` bytes apart.
final class ColumnLoops {
    private static final VectorSpecies<Float> F = Lanes.F32;

    /// Rows that are summed before the sum is added to the total: the error of a sum grows with
    /// the number of its terms, so that two levels of 128 are better than one of 16384.
    private static final long LEVEL = 128;

    private ColumnLoops() {}

    static void sum(long y, long x, long n, long pitch) {
        FloatVector total = FloatVector.zero(F);
        for (long k = 0; k < n; k += LEVEL) {
            long end = x + Math.min(n, k + LEVEL) * pitch;
            FloatVector sum = FloatVector.zero(F);
            for (long at = x + k * pitch; at < end; at += pitch) {
                sum = FloatVector.fromMemorySegment(F, ALL, at, LITTLE).add(sum);
            }
            total = sum.add(total);
        }
        total.intoMemorySegment(ALL, y, LITTLE);
    }

    static void max(long y, long x, long n, long pitch) {
        FloatVector most = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
        for (long k = 0; k < n; k++) {
            most = FloatVector.fromMemorySegment(F, ALL, x + k * pitch, LITTLE).max(most);
        }
        most.intoMemorySegment(ALL, y, LITTLE);
    }

    static void min(long y, long x, long n, long pitch) {
        FloatVector least = FloatVector.broadcast(F, Float.POSITIVE_INFINITY);
        for (long k = 0; k < n; k++) {
            least = FloatVector.fromMemorySegment(F, ALL, x + k * pitch, LITTLE).min(least);
        }
        least.intoMemorySegment(ALL, y, LITTLE);
    }

    /// One column.
    static float one(Reduction reduction, long x, long n, long pitch) {
        float total = switch (reduction) {
            case SUM -> 0;
            case MAX -> Float.NEGATIVE_INFINITY;
            case MIN -> Float.POSITIVE_INFINITY;
        };
        for (long k = 0; k < n; k += LEVEL) {
            float sum = 0;
            for (long i = k; i < Math.min(n, k + LEVEL); i++) {
                float v = ALL.get(FLOAT, x + i * pitch);
                switch (reduction) {
                    case SUM -> sum += v;
                    case MAX -> total = Math.max(total, v);
                    case MIN -> total = Math.min(total, v);
                }
            }
            total = reduction == Reduction.SUM ? total + sum : total;
        }
        return total;
    }
}
