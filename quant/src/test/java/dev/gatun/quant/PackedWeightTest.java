package dev.gatun.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Workspace;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The formats keep their contract at every vector width: the reference's codes and scales to the bit, its products within rounding, the same bits
/// for any number of threads.
@Tag("kernels")
class PackedWeightTest {
    private static final Device REFERENCE = Device.reference();
    private static final Device ONE = Device.cpu(1);
    private static final Device TWO = Device.cpu(2);

    private static final int[][] SIZES = {
        // N, K
        {1, 1}, {3, 7}, {16, 16}, {17, 33}, {31, 64}, {5, 207}, {33, 768}, {7, 4097}, {130, 96}, {5, 512}, {9, 2048},
    };

    enum Format {
        INT8(Int8Weight::quantize, 0.5 / 127),
        INT8_DYNAMIC(Int8DynamicWeight::quantize, 0.5 / 127),
        INT4(Int4Weight::quantize, 0.35);

        final Function<Tensor, QuantizedWeight> quantize;

        /// How far an element may be off, in parts of the largest of its scale.
        final double error;

        Format(Function<Tensor, QuantizedWeight> quantize, double error) {
            this.quantize = quantize;
            this.error = error;
        }

        QuantizedWeight of(Device device, float[] values, long n, long k) {
            return quantize.apply(on(device, values, n, k));
        }
    }

    @AfterAll
    static void close() {
        ONE.close();
        TWO.close();
    }

    private static Tensor on(Device device, float[] values, long... dims) {
        return Memory.collected(device).floats(values, dims);
    }

    private static float[] normal(long n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[(int) n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Tensor codes(QuantizedWeight weight) {
        return switch (weight) {
            case Int8Weight w -> w.codes();
            case Int8DynamicWeight w -> w.codes();
            case Int4Weight w -> w.codes();
            default -> throw new AssertionError(weight);
        };
    }

    private static Tensor scales(QuantizedWeight weight) {
        return switch (weight) {
            case Int8Weight w -> w.scales();
            case Int8DynamicWeight w -> w.scales();
            case Int4Weight w -> w.scales();
            default -> throw new AssertionError(weight);
        };
    }

    private static void assertClose(float[] actual, float[] expected, double tolerance, String what) {
        double largest = Float.MIN_NORMAL;
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            worst = Math.max(worst, Math.abs((double) expected[i] - actual[i]));
        }
        assertThat(worst / largest).as(what).isLessThan(tolerance);
    }

    @ParameterizedTest
    @EnumSource
    void codesAndScalesAreTheReferencesToTheBit(Format format) {
        for (int[] nk : SIZES) {
            for (DType type : new DType[] {DType.F32, DType.BF16, DType.F16}) {
                float[] values = normal((long) nk[0] * nk[1], nk[1]);
                QuantizedWeight expected = format.quantize.apply(
                        on(REFERENCE, values, nk[0], nk[1]).to(type));
                QuantizedWeight actual =
                        format.quantize.apply(on(TWO, values, nk[0], nk[1]).to(type));
                assertThat(codes(actual).toArray())
                        .as("codes %s", actual)
                        .isEqualTo(codes(expected).toArray());
                assertThat(scales(actual).toArray())
                        .as("scales %s", actual)
                        .isEqualTo(scales(expected).toArray());
                assertThat(actual.dequantize().toArray())
                        .isEqualTo(expected.dequantize().toArray());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void productsAreTheReferences(Format format) {
        for (int m : new int[] {0, 1, 5, 70}) {
            for (int[] nk : SIZES) {
                long n = nk[0];
                long k = nk[1];
                float[] values = normal(n * k, k);
                float[] x = normal(m * k, n);
                float[] dy = normal(m * n, k);
                QuantizedWeight reference = format.of(REFERENCE, values, n, k);
                QuantizedWeight weight = format.of(TWO, values, n, k);
                double tolerance = 1e-7 * (8 + Math.sqrt(k));
                String what = weight + " · " + m + " rows";
                assertClose(
                        weight.apply(on(TWO, x, m, k)).toArray(),
                        reference.apply(on(REFERENCE, x, m, k)).toArray(),
                        tolerance,
                        what);
                assertClose(
                        weight.applyTransposed(on(TWO, dy, m, n)).toArray(),
                        reference.applyTransposed(on(REFERENCE, dy, m, n)).toArray(),
                        1e-7 * (8 + Math.sqrt(n)),
                        what + " transposed");
            }
        }
    }

    @Test
    void productsOfIntegersAreExact() {
        for (int[] nk : SIZES) {
            float[] values = normal((long) nk[0] * nk[1], 1);
            float[] x = normal(nk[1], 2);
            float[] expected = Format.INT8_DYNAMIC
                    .of(REFERENCE, values, nk[0], nk[1])
                    .apply(on(REFERENCE, x))
                    .toArray();
            assertThat(Format.INT8_DYNAMIC
                            .of(TWO, values, nk[0], nk[1])
                            .apply(on(TWO, x))
                            .toArray())
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anyNumberOfThreadsGivesTheSameBits(Format format) {
        for (int m : new int[] {1, 3, 4, 70}) {
            for (int[] nk : new int[][] {{513, 207}, {4099, 64}, {300, 2048}}) {
                float[] values = normal((long) nk[0] * nk[1], 3);
                float[] x = normal((long) m * nk[1], 4);
                float[] one = format.of(ONE, values, nk[0], nk[1])
                        .apply(on(ONE, x, m, nk[1]))
                        .toArray();
                assertThat(format.of(TWO, values, nk[0], nk[1])
                                .apply(on(TWO, x, m, nk[1]))
                                .toArray())
                        .isEqualTo(one);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRowAloneAndInABatchGiveTheSameBits(Format format) {
        QuantizedWeight weight = format.of(TWO, normal(100 * 130, 5), 100, 130);
        Tensor x = on(TWO, normal(7 * 130, 6), 7, 130);
        float[] batch = weight.apply(x).toArray();
        for (int i = 0; i < 7; i++) {
            float[] alone = weight.apply(x.select(0, i)).toArray();
            assertThat(Arrays.copyOfRange(batch, i * 100, (i + 1) * 100)).isEqualTo(alone);
        }
    }

    @Test
    void aPromptThroughInt4HasTheBitsOfItsRowsAlone() {
        for (int[] mnk : new int[][] {{16, 100, 130}, {19, 65, 33}, {70, 31, 2048}, {530, 129, 64}}) {
            int n = mnk[1];
            QuantizedWeight weight = Format.INT4.of(TWO, normal((long) n * mnk[2], 5), n, mnk[2]);
            Tensor x = on(TWO, normal((long) mnk[0] * mnk[2], 6), mnk[0], mnk[2]);
            float[] batch = weight.apply(x).toArray();
            assertThat(weight.applyWith(x, List.of(weight)))
                    .allSatisfy(y -> assertThat(y.toArray()).isEqualTo(batch));
            for (int i = 0; i < mnk[0]; i++) {
                assertThat(Arrays.copyOfRange(batch, i * n, (i + 1) * n))
                        .isEqualTo(weight.apply(x.select(0, i)).toArray());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void roundingStaysWithinItsBound(Format format) {
        float[] values = normal(64 * 256, 7);
        float[] rounded = format.of(TWO, values, 64, 256).dequantize().toArray();
        int group = format == Format.INT8_DYNAMIC ? 256 : 32;
        for (int o = 0; o < values.length; o += group) {
            float most = 0;
            for (int i = o; i < o + group; i++) {
                most = Math.max(most, Math.abs(values[i]));
            }
            for (int i = o; i < o + group; i++) {
                assertThat(Math.abs(rounded[i] - values[i]) / most).isLessThanOrEqualTo((float) (format.error * 1.005));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void extremesSurvive(Format format) {
        for (Device device : new Device[] {REFERENCE, TWO}) {
            assertThat(format.of(device, new float[70], 2, 35).dequantize().toArray())
                    .containsOnly(0f);
            for (float size : new float[] {Float.MAX_VALUE, 1e30f, 1e-30f}) {
                float[] values = new float[64];
                Arrays.fill(values, -size);
                values[5] = 0;
                values[40] = size;
                float[] rounded = format.of(device, values, 1, 64).dequantize().toArray();
                assertThat(rounded).doesNotContain(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
                assertThat(rounded[5]).isZero();
                assertThat(rounded[0] / -size).isBetween(0.98f, 1.02f);
                assertThat(rounded[40] / size).isBetween(0.65f, 1.02f);
            }
            for (float vanished : format.of(device, new float[] {1e-40f, -1e-42f}, 1, 2)
                    .dequantize()
                    .toArray()) {
                assertThat(vanished == 0).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void eightBitCodesNeverReachMinus128(Format format) {
        for (float code : codes(format.of(TWO, normal(64 * 512, 8), 64, 512)).toArray()) {
            assertThat(code).isGreaterThanOrEqualTo(-127);
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesWhatIsNotFinite(Format format) {
        for (Device device : new Device[] {REFERENCE, TWO}) {
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                float[] values = normal(3 * 40, 9);
                values[77] = bad;
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> format.of(device, values, 3, 40))
                        .withMessageContaining("the matrix holds " + bad);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void storedPartsMakeTheSameWeight(Format format) {
        for (int k : new int[] {33, 512}) {
            QuantizedWeight weight = format.of(TWO, normal(9L * k, 10), 9, k);
            Tensor codes = codes(weight).copyTo(Memory.collected(TWO));
            Tensor scales = scales(weight).copyTo(Memory.collected(TWO));
            QuantizedWeight again = switch (format) {
                case INT8 -> new Int8Weight(codes, scales);
                case INT8_DYNAMIC -> new Int8DynamicWeight(codes, scales);
                case INT4 -> new Int4Weight(codes, scales, k);
            };
            Tensor x = on(TWO, normal(k, 11));
            assertThat(again.apply(x).toArray()).isEqualTo(weight.apply(x).toArray());
            assertThat(codes(again).toArray()).isEqualTo(codes.toArray());
            assertThat(scales(again).toArray()).isEqualTo(scales.toArray());
            assertThat(again.bytes()).isEqualTo(weight.bytes());
        }
    }

    @ParameterizedTest
    @EnumSource
    void looksRowsUp(Format format) {
        for (Device device : new Device[] {REFERENCE, TWO}) {
            QuantizedWeight weight = format.of(device, normal(9 * 37, 12), 9, 37);
            Tensor ids = Memory.collected(device).ints(new int[] {8, 0, 8}, 3, 1);
            Tensor rows = weight.lookup(ids);
            assertThat(rows.shape().dims()).containsExactly(3, 1, 37);
            assertThat(rows.select(0, 2).toArray())
                    .isEqualTo(weight.dequantize().select(0, 8).toArray());
            assertThatThrownBy(() -> weight.lookup(Memory.collected(device).ints(new int[] {9})))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("id 9 of a table of 9 rows");
        }
    }

    @Test
    void saysHowLargeItIs() {
        assertThat(Format.INT8.of(TWO, new float[64 * 64], 64, 64).bytes()).isEqualTo(64 * 64 * 17 / 16);
        assertThat(Format.INT8_DYNAMIC.of(TWO, new float[64 * 64], 64, 64).bytes())
                .isEqualTo(64 * 64 + 4 * 64);
        assertThat(Format.INT4.of(TWO, new float[64 * 64], 64, 64).bytes()).isEqualTo(64 * 64 * 9 / 16);
    }

    @Test
    void packsFourBitsInColumnOrder() {
        float[] values = new float[32];
        for (int i = 0; i < 32; i++) {
            values[i] = i % 16 - 8;
        }
        Int4Weight weight = Int4Weight.quantize(on(TWO, values, 1, 32));
        assertThat(weight.scales().toArray()).containsExactly(1);
        float[] codes = weight.codes().toArray();
        for (int j = 0; j < 16; j++) {
            assertThat((int) codes[j]).isEqualTo(2 * j % 16 | (2 * j + 1) % 16 << 4);
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesShapesThatDoNotFit(Format format) {
        QuantizedWeight weight = format.of(TWO, normal(6 * 40, 13), 6, 40);
        assertThatThrownBy(() -> weight.apply(on(TWO, new float[41])))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("[6,40]")
                .hasMessageContaining("41 ≠ 40");
        assertThatThrownBy(() -> weight.applyTransposed(on(TWO, new float[40])))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("40 ≠ 6");
        assertThatThrownBy(() -> weight.apply(Memory.collected(ONE).floats(new float[40])))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("linear: x on");
        assertThatThrownBy(() -> format.quantize.apply(on(TWO, new float[40])))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("f32[40]");
        assertThatThrownBy(() -> new Int8Weight(codes(weight), on(TWO, new float[6])))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("int8: ");
    }

    @ParameterizedTest
    @EnumSource
    void aMatrixWithoutColumnsGivesZeros(Format format) {
        for (Device device : List.of(REFERENCE, ONE)) {
            QuantizedWeight w = format.of(device, new float[0], 5, 0);
            for (int m : new int[] {1, 2, 100, 300}) {
                try (var memory = new Workspace(device)) {
                    memory.allocate(DType.F32, 4000).fill(7);
                    memory.reset();
                    Tensor x = memory.floats(new float[0], m, 0);
                    assertThat(w.apply(x).toArray()).isEqualTo(new float[5 * m]);
                    assertThat(w.applyWith(x, List.of(w)))
                            .allSatisfy(y -> assertThat(y.toArray()).isEqualTo(new float[5 * m]));
                }
            }
        }
    }
}
