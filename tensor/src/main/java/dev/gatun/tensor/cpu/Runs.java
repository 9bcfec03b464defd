package dev.gatun.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.gatun.tensor.DType;
import java.lang.foreign.MemorySegment;

/// Moves a run of elements, converting them one by one; [VectorRuns] converts some types faster.
class Runs {

    /// `to[toIndex + i] = from[fromIndex + i]` for n elements.
    final void move(MemorySegment to, DType toType, long toIndex, MemorySegment from, DType fromType, long fromIndex, long n) {
        if (toType == fromType) {
            int bytes = toType.bytes();
            MemorySegment.copy(from, fromIndex * bytes, to, toIndex * bytes, n * bytes);
        } else {
            convert(to, toType, toIndex, from, fromType, fromIndex, n);
        }
    }

    /// As [#move] between different types.
    void convert(MemorySegment to, DType toType, long toIndex, MemorySegment from, DType fromType, long fromIndex, long n) {
        for (long i = 0; i < n; i++) {
            if (fromType == DType.I64 && toType == DType.I32) {
                // a 64-bit integer does not pass through a double unharmed
                long value = from.get(JAVA_LONG_UNALIGNED, (fromIndex + i) * 8);
                int near = Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
                Elements.i32(to, toIndex + i, near);
            } else {
                double value = Elements.read(from, fromType, fromIndex + i);
                Elements.write(to, toType, toIndex + i, value);
            }
        }
    }
}
