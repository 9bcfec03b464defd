package dev.gatun.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.gatun.tensor.DType;
import java.lang.foreign.MemorySegment;

/// One element of any type. For scalar code only.
final class Elements {
    private Elements() {}

    static float f32(MemorySegment x, long index) {
        return x.get(JAVA_FLOAT_UNALIGNED, index * 4);
    }

    static void f32(MemorySegment x, long index, double value) {
        x.set(JAVA_FLOAT_UNALIGNED, index * 4, (float) value);
    }

    static int i32(MemorySegment x, long index) {
        return x.get(JAVA_INT_UNALIGNED, index * 4);
    }

    static void i32(MemorySegment x, long index, int value) {
        x.set(JAVA_INT_UNALIGNED, index * 4, value);
    }

    /// Any type as a double: exact but for large `i64`.
    static double read(MemorySegment x, DType type, long index) {
        return switch (type) {
            case F64 -> x.get(JAVA_DOUBLE_UNALIGNED, index * 8);
            case F32 -> f32(x, index);
            case F16 -> Float.float16ToFloat(x.get(JAVA_SHORT_UNALIGNED, index * 2));
            case BF16 -> DType.bf16ToFloat(x.get(JAVA_SHORT_UNALIGNED, index * 2));
            case I64 -> x.get(JAVA_LONG_UNALIGNED, index * 8);
            case I32 -> i32(x, index);
            case I16 -> x.get(JAVA_SHORT_UNALIGNED, index * 2);
            case I8, BOOL -> x.get(JAVA_BYTE, index);
            case U8 -> x.get(JAVA_BYTE, index) & 0xff;
        };
    }

    /// Rounds to nearest even, truncates and saturates to integers; NaN becomes integer 0.
    static void write(MemorySegment x, DType type, long index, double value) {
        switch (type) {
            case F64 -> x.set(JAVA_DOUBLE_UNALIGNED, index * 8, value);
            case F32 -> f32(x, index, value);
            case F16 -> x.set(JAVA_SHORT_UNALIGNED, index * 2, Float.floatToFloat16((float) value));
            case BF16 -> x.set(JAVA_SHORT_UNALIGNED, index * 2, DType.floatToBf16((float) value));
            case I64 -> x.set(JAVA_LONG_UNALIGNED, index * 8, (long) value);
            case I32 -> i32(x, index, (int) value);
            case I16 -> x.set(JAVA_SHORT_UNALIGNED, index * 2, (short) clamp(value, -0x8000, 0x7fff));
            case I8 -> x.set(JAVA_BYTE, index, (byte) clamp(value, -128, 127));
            case U8 -> x.set(JAVA_BYTE, index, (byte) clamp(value, 0, 255));
            case BOOL -> x.set(JAVA_BYTE, index, (byte) (value != 0 ? 1 : 0));
        }
    }

    private static int clamp(double value, int low, int high) {
        return (int) Math.min(high, Math.max(low, value));
    }
}
