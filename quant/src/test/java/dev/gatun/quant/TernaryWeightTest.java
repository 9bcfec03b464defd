package dev.gatun.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Rounding, memory, and files that lie.
class TernaryWeightTest {
    private static final Memory MEMORY = Memory.collected(Device.cpu());

    @Test
    void roundsHalvesToEvenInMultiplesOfTheMeanMagnitude() {
        // the mean magnitude is 2: halves of it become 0, more becomes ±1, and nothing ±2
        float[] w = {1, -1, 1.0001f, -1.0001f, 3, -3, 2, -2, 4.9999f, -0.9999f, 4, -0.0001f};
        float sum = 0;
        for (float value : w) {
            sum += Math.abs(value);
        }
        w[11] = -(24 - (sum - 0.0001f));
        TernaryWeight weight = TernaryWeight.quantize(MEMORY.floats(w, 3, 4));
        assertThat(weight.scales().toArray()).containsExactly(2f);
        assertThat(weight.trits(TernaryCoding.PLAIN).toInts()).containsExactly(0, 0, 1, -1, 1, -1, 1, -1, 1, 0, 1, w[11] < -1 ? -1 : 0);
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            Tensor coarse = MEMORY.floats(w, 3, 4).to(type);
            assertThat(TernaryWeight.quantize(coarse).trits(TernaryCoding.PLAIN).toInts())
                    .isEqualTo(TernaryWeight.quantize(coarse.to(DType.F32))
                            .trits(TernaryCoding.PLAIN)
                            .toInts());
        }
    }

    @Test
    void aMatrixOfZerosHasTheLeastScale() {
        TernaryWeight weight = TernaryWeight.quantize(Tensor.zeros(5, 7));
        assertThat(weight.scales().toArray()).containsExactly(1e-5f);
        assertThat(weight.dequantize().toArray()).containsOnly(0f);
        assertThat(weight.apply(Tensor.zeros(2, 7)).toArray()).containsOnly(0f);
    }

    @Test
    void takesTwoBitsAWeightOrLess() {
        TernaryWeight weight = TernaryWeight.quantize(Tensor.zeros(2048, 2048));
        assertThat(weight.bytes() * 8.0 / (2048 * 2048)).isLessThan(1.8);
        assertThat(weight.trits(TernaryCoding.BASE_3).size() * 8.0 / (2048 * 2048))
                .isBetween(1.6, 1.602);
        assertThat(weight.trits(TernaryCoding.TWO_BITS).size() * 8).isEqualTo(2L * 2048 * 2048);
    }

    /// Row i of chunk j is row i + j·R; a code is the number plus one.
    @Test
    void packsTwoBitsAsHuggingFaceDoes() {
        int[] trits = {1, 0, -1, 1, 0, 0, -1, -1, 1, -1, 1, 0, 0, 1};
        Tensor plain = MEMORY.ints(trits, 7, 2).to(DType.I8);
        TernaryWeight weight = TernaryWeight.of(plain, TernaryCoding.PLAIN, 7, 2, Tensor.of(1), MEMORY);
        assertThat(weight.trits(TernaryCoding.TWO_BITS).toInts())
                .containsExactly(2 | 1 << 2 | 2 << 4 | 1 << 6, 1 | 1 << 2 | 0 << 4 | 2 << 6, 0 | 0 << 2 | 2 << 4, 2 | 0 << 2 | 1 << 4);
    }

    @Test
    void refusesNumbersThatAreNone() {
        Tensor scale = Tensor.of(1);
        assertThatThrownBy(() -> TernaryWeight.of(
                        MEMORY.ints(new int[] {0, 1, 2, -1}, 2, 2).to(DType.I8), TernaryCoding.PLAIN, 2, 2, scale, MEMORY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("row 1, column 0 is 2");
        int[] bits = {0, 0b1100};
        assertThatThrownBy(() -> TernaryWeight.of(MEMORY.ints(bits, 1, 2).to(DType.U8), TernaryCoding.TWO_BITS, 4, 2, scale, MEMORY))
                .hasMessageContaining("row 1, column 1 has the bits 11");
        int[] bytes = {121, 243};
        assertThatThrownBy(() -> TernaryWeight.of(MEMORY.ints(bytes, 1, 2).to(DType.U8), TernaryCoding.BASE_3, 1, 10, scale, MEMORY))
                .hasMessageContaining("row 0, byte 1 is 243");
    }

    @ParameterizedTest
    @EnumSource(TernaryCoding.class)
    void refusesPartsOfAnotherSizeOrType(TernaryCoding coding) {
        Tensor file = MEMORY.allocate(coding.dtype(), coding.shape(8, 10));
        Tensor scale = Tensor.of(1);
        for (long[] size : new long[][] {{9, 10}, {8, 11}, {8, 16}, {16, 10}, {0, 0}}) {
            assertThatThrownBy(() -> TernaryWeight.of(file, coding, size[0], size[1], scale, MEMORY))
                    .isInstanceOf(ShapeException.class);
        }
        assertThatThrownBy(() -> TernaryWeight.of(file.to(DType.I32), coding, 8, 10, scale, MEMORY))
                .isInstanceOf(ShapeException.class);
        for (int n : new int[] {0, 2, 7, 9}) {
            Tensor scales = MEMORY.floats(new float[n], n);
            assertThatThrownBy(() -> TernaryWeight.of(file, coding, 8, 10, scales, MEMORY))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("scales");
        }
        assertThatThrownBy(() -> TernaryWeight.of(file, coding, 8, 10, Tensor.of(Float.NaN), MEMORY))
                .hasMessageContaining("NaN");
    }

    @Test
    void refusesMatricesThatCannotBe() {
        assertThatThrownBy(() -> TernaryWeight.quantize(Tensor.of(1, 2, 3))).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> TernaryWeight.quantize(Tensor.of(1, Float.NaN).reshape(1, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN");
        TernaryWeight weight = TernaryWeight.quantize(Tensor.zeros(3, 5));
        assertThatThrownBy(() -> weight.apply(Tensor.zeros(2, 4))).hasMessage("linear: x f32[2,4] · W ternary[3,5]ᵀ — inner dimensions 4 ≠ 5");
        assertThatThrownBy(() -> weight.lookup(Tensor.ofInts(3))).isInstanceOf(IndexOutOfBoundsException.class);
        float[] y = weight.apply(Tensor.zeros(0, 5)).toArray();
        assertThat(y).isEmpty();
        assertThat(Arrays.stream(weight.lookup(Tensor.ofInts()).shape().dims()).boxed())
                .containsExactly(0L, 5L);
    }
}
