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

    /// `to[toIndex + i] = value` for n elements.
    final void fill(MemorySegment to, long toIndex, float value, long n) {
        if (Float.floatToRawIntBits(value) == 0) {
            to.asSlice(toIndex * 4, n * 4).fill((byte) 0);
            return;
        }
        for (long i = toIndex; i < toIndex + n; i++) {
            Elements.f32(to, i, value);
        }
    }

    /// `to[toIndex + i] += from[fromIndex + i]` for n elements of f32.
    void add(MemorySegment to, long toIndex, MemorySegment from, long fromIndex, long n) {
        for (long i = 0; i < n; i++) {
            Elements.f32(to, toIndex + i, Elements.f32(to, toIndex + i) + Elements.f32(from, fromIndex + i));
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
