package dev.gatun.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/// What the bytes of a tensor are. The names are those of the safetensors format.
///
/// Formats other than [#F32] exist for files, ids and copies: on the CPU everything is computed in `F32`, and a matrix stored in another format is a
/// [Weight] whose own kernel converts it.
public enum DType {
    /// IEEE 754 binary64.
    F64(8),
    /// IEEE 754 binary32, the compute type of the CPU.
    F32(4),
    /// IEEE 754 binary16.
    F16(2),
    /// bfloat16: the upper half of a binary32.
    BF16(2),
    /// Signed 64-bit integer.
    I64(8),
    /// Signed 32-bit integer; token ids are of this type.
    I32(4),
    /// Signed 16-bit integer.
    I16(2),
    /// Signed 8-bit integer.
    I8(1),
    /// Unsigned 8-bit integer.
    U8(1),
    /// One byte, 0 or 1.
    BOOL(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /// The size of one element in bytes.
    public int bytes() {
        return bytes;
    }

    /// The type with this safetensors name.
    ///
    /// @throws IllegalArgumentException if there is none; the message lists what there is
    public static DType named(String name) {
        for (DType type : values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        throw new IllegalArgumentException("unknown dtype \"" + name + "\"; known are "
                + Arrays.stream(values()).map(DType::name).collect(Collectors.joining(", ")));
    }

    /// Rounds to bfloat16, half to even; a NaN stays a NaN.
    public static short floatToBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & 0x7fff_ffff) > 0x7f80_0000) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    /// The exact value of a bfloat16.
    public static float bf16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /// The name as it appears in messages: lower case, as in `f32[2,3]`.
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
