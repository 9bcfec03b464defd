package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DTypeTest {
    @ParameterizedTest
    @EnumSource
    void isFoundByItsName(DType type) {
        assertThat(DType.named(type.name())).isSameAs(type);
        assertThat(type).hasToString(type.name().toLowerCase(java.util.Locale.ROOT));
    }

    @Test
    void namesWhatIsKnown() {
        assertThatThrownBy(() -> DType.named("F8_E4M3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown dtype \"F8_E4M3\"; known are F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL");
    }

    @ParameterizedTest
    @CsvSource({
        "3f800000, 3f80", // 1
        "3f808000, 3f80", // halfway: to the even one below
        "3f818000, 3f82", // halfway: to the even one above
        "3f808001, 3f81",
        "7f7fffff, 7f80", // rounds to infinity
        "7f800001, 7fc0", // a NaN stays one
        "ff800000, ff80",
        "00000001, 0000",
        "80000000, 8000",
    })
    void roundsToBfloat16HalfToEven(String f32, String bf16) {
        short rounded = DType.floatToBf16(Float.intBitsToFloat(Integer.parseUnsignedInt(f32, 16)));
        assertThat(Integer.toHexString(rounded & 0xffff)).isEqualTo(bf16.replaceFirst("^0+(?=.)", ""));
    }

    @Test
    void everyBfloat16SurvivesTheWayThereAndBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = DType.bf16ToFloat((short) bits);
            short back = DType.floatToBf16(value);
            assertThat(Float.isNaN(value) ? Float.isNaN(DType.bf16ToFloat(back)) : back == (short) bits)
                    .isTrue();
        }
    }

    @Test
    void conversionsTruncateAndSaturate() {
        Tensor x = Tensor.of(1.9f, -1.9f, 300, -300, Float.NaN, 1e20f, -1e20f);
        assertThat(x.to(DType.I32).toInts()).containsExactly(1, -1, 300, -300, 0, Integer.MAX_VALUE, Integer.MIN_VALUE);
        assertThat(x.to(DType.I8).toInts()).containsExactly(1, -1, 127, -128, 0, 127, -128);
        assertThat(x.to(DType.U8).toInts()).containsExactly(1, 0, 255, 0, 0, 255, 0);
        assertThat(x.to(DType.F16).toArray()).containsExactly(1.9003906f, -1.9003906f, 300, -300, Float.NaN, 1f / 0, -1f / 0);
        assertThat(x.to(DType.I64).toInts()).startsWith(1, -1, 300, -300, 0, Integer.MAX_VALUE, Integer.MIN_VALUE);
        assertThat(x.to(DType.F64).to(DType.F32).toArray()).containsExactly(x.toArray());
        assertThat(Tensor.of(0, -2).to(DType.BOOL)).hasToString("bool[2] {false, true}");
    }
}
