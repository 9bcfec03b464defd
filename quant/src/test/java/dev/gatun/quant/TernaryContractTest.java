package dev.gatun.quant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Ternary products have the very bits of the reference, at all widths of vectors, for any number of threads and whatever the batch.
@Tag("kernels")
class TernaryContractTest {
    private static final Device ONE = Device.cpu(1);
    private static final Device TWO = Device.cpu(2);
    private static final Device THREE = Device.cpu(3);

    @AfterAll
    static void close() {
        ONE.close();
        TWO.close();
        THREE.close();
    }

    @ParameterizedTest
    @CsvSource({
        "1,1",
        "2,3",
        "3,8",
        "31,9",
        "32,10",
        "33,17",
        "64,18",
        "65,26",
        "96,27",
        "97,28",
        "127,81",
        "128,96",
        "129,251",
        "130,252",
        "160,253",
        "191,504",
        "192,505",
        "256,512",
        "289,1000",
        "300,2048",
        "7,4099",
        "1000,128"
    })
    void hasTheBitsOfTheReference(int n, int k) {
        float[] w = normal(n * k);
        for (int m : new int[] {1, 2, 3, 4, 5, 8, 17, 23}) {
            float[] x = normal(m * k);
            Tensor expected = apply(Device.reference(), w, n, k, x, m);
            for (Device device : new Device[] {ONE, TWO, THREE}) {
                Tensor y = apply(device, w, n, k, x, m);
                assertThat(y.toArray())
                        .as(device + " [" + n + "," + k + "] m " + m)
                        .isEqualTo(expected.toArray());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "33,256,17", "300,64,128", "512,31,2048", "256,256,100", "0,40,9", "40,0,0"})
    void severalWeightsAtOnceGiveTheBitsOfEach(int first, int second, int k) {
        for (Device device : new Device[] {ONE, TWO, THREE}) {
            Memory memory = Memory.collected(device);
            TernaryWeight a = TernaryWeight.quantize(memory.floats(normal(first * k), first, k));
            TernaryWeight b = TernaryWeight.quantize(memory.floats(normal(second * k), second, k));
            for (int m : new int[] {1, 3, 4, 17}) {
                Tensor x = memory.floats(normal(m * k), m, k);
                List<Tensor> together = a.applyWith(x, List.of(b, a));
                assertThat(together.get(0).toArray()).isEqualTo(a.apply(x).toArray());
                assertThat(together.get(1).toArray()).isEqualTo(b.apply(x).toArray());
                assertThat(together.get(2).toArray()).isEqualTo(a.apply(x).toArray());
            }
        }
    }

    private static Tensor apply(Device device, float[] w, int n, int k, float[] x, int m) {
        Memory memory = Memory.collected(device);
        return TernaryWeight.quantize(memory.floats(w, n, k)).apply(memory.floats(x, m, k));
    }

    /// As many as there are of the largest values: sums in 16 bits must not overflow.
    @ParameterizedTest
    @CsvSource({"40,5000,1", "128,8192,4", "64,3000,5"})
    void sumsTheLargestValuesExactly(int n, int k, int m) {
        byte[] ones = new byte[n * k];
        Arrays.fill(ones, (byte) 1);
        Arrays.fill(ones, 0, k, (byte) -1);
        float[] x = new float[m * k];
        Arrays.fill(x, 1);
        for (Device device : new Device[] {Device.reference(), TWO}) {
            Memory memory = Memory.collected(device);
            int[] ints = new int[ones.length];
            for (int i = 0; i < ints.length; i++) {
                ints[i] = ones[i];
            }
            Tensor trits = memory.ints(ints, n, k).to(DType.I8);
            Tensor scales = memory.floats(new float[] {1});
            float[] y = TernaryWeight.of(trits, TernaryCoding.PLAIN, n, k, scales, memory)
                    .apply(memory.floats(x, m, k))
                    .toArray();
            float expected = 127 * k * (1f / 127);
            for (int i = 0; i < y.length; i++) {
                assertThat(y[i]).isEqualTo(i % n == 0 ? -expected : expected);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "33,17", "65,26", "130,252", "300,576"})
    void multipliesTransposed(int n, int k) {
        for (int m : new int[] {1, 3, 21}) {
            float[] dy = normal(m * n);
            float[] w = normal(n * k);
            float[] expected = null;
            float[] alone = null;
            for (Device device : new Device[] {Device.reference(), ONE, TWO}) {
                Memory memory = Memory.collected(device);
                float[] dx = TernaryWeight.quantize(memory.floats(w, n, k))
                        .applyTransposed(memory.floats(dy, m, n))
                        .toArray();
                if (expected == null) {
                    expected = dx;
                    continue;
                }
                double largest = Float.MIN_NORMAL;
                double worst = 0;
                for (int i = 0; i < dx.length; i++) {
                    largest = Math.max(largest, Math.abs(expected[i]));
                    worst = Math.max(worst, Math.abs((double) expected[i] - dx[i]));
                }
                assertThat(worst / largest).isLessThan(0x1p-24 * (4 + Math.sqrt(n)) * 2);
                if (alone != null) {
                    assertThat(dx).isEqualTo(alone);
                }
                alone = dx;
            }
        }
    }

    @Test
    void aRowThatIsNotFiniteGivesNoNumbersAndTheOthersStay() {
        for (Device device : new Device[] {Device.reference(), TWO}) {
            Memory memory = Memory.collected(device);
            TernaryWeight weight = TernaryWeight.quantize(memory.floats(normal(70 * 40), 70, 40));
            float[] x = normal(4 * 40);
            float[] good = weight.apply(memory.floats(x, 4, 40)).toArray();
            x[45] = Float.NaN;
            x[90] = Float.POSITIVE_INFINITY;
            float[] y = weight.apply(memory.floats(x, 4, 40)).toArray();
            Arrays.fill(good, 70, 210, Float.NaN);
            assertThat(y).isEqualTo(good);
        }
    }

    @ParameterizedTest
    @EnumSource(TernaryCoding.class)
    void comesBackFromAFile(TernaryCoding coding) {
        for (int n : new int[] {1, 2, 3, 4, 7, 33, 130}) {
            for (int k : new int[] {1, 4, 5, 9, 31, 90}) {
                for (Device device : new Device[] {Device.reference(), TWO}) {
                    Memory memory = Memory.collected(device);
                    TernaryWeight weight = TernaryWeight.quantize(memory.floats(normal(n * k), n, k));
                    TernaryWeight again = TernaryWeight.of(weight.trits(coding), coding, n, k, weight.scales(), memory);
                    float[] values = weight.dequantize().toArray();
                    assertThat(again.dequantize().toArray()).isEqualTo(values);
                    assertThat(again.trits(TernaryCoding.BASE_3).toInts())
                            .isEqualTo(weight.trits(TernaryCoding.BASE_3).toInts());
                    assertThat(weight.lookup(memory.ints(new int[] {n - 1, 0})).toArray())
                            .startsWith(Arrays.copyOfRange(values, (n - 1) * k, n * k))
                            .endsWith(Arrays.copyOf(values, k));
                }
            }
        }
    }

    @Test
    void aScaleForEachRow() {
        for (Device device : new Device[] {Device.reference(), TWO}) {
            Memory memory = Memory.collected(device);
            TernaryWeight weight = TernaryWeight.quantize(memory.floats(normal(50 * 30), 50, 30));
            float[] scales = normal(50);
            Tensor trits = weight.trits(TernaryCoding.PLAIN);
            TernaryWeight rows = TernaryWeight.of(trits, TernaryCoding.PLAIN, 50, 30, memory.floats(scales), memory);
            assertThat(rows.scales().toArray()).isEqualTo(scales);
            int[] t = trits.toInts();
            float[] values = rows.dequantize().toArray();
            for (int i = 0; i < values.length; i++) {
                assertThat(values[i]).isEqualTo(t[i] * scales[i / 30]);
            }
        }
    }

    private static float[] normal(int n) {
        Random random = new Random(n);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
