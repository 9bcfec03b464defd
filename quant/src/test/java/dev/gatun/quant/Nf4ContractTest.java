package dev.gatun.quant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The kernels for 4-bit codes give the reference's results, the same bits for any number of threads and for a row alone or in a batch.
@Tag("kernels")
class Nf4ContractTest {
    private static final Device ONE = Device.cpu(1);
    private static final Device TWO = Device.cpu(2);

    @AfterAll
    static void close() {
        ONE.close();
        TWO.close();
    }

    @ParameterizedTest
    @CsvSource({
        "1,1,64",
        "3,7,64",
        "16,16,64",
        "17,33,64",
        "31,64,64",
        "33,128,64",
        "64,192,64",
        "65,207,64",
        "70,576,64",
        "200,1024,64",
        "7,4160,64",
        "300,2048,64",
        "33,96,32",
        "40,256,32",
        "33,256,128",
        "5,96,4096",
        "65,640,4096",
        "1,8192,256",
        "1000,128,64"
    })
    void agreesWithTheReference(int n, int k, int blockSize) {
        for (boolean nested : new boolean[] {false, true}) {
            Codebook codebook = nested ? Codebook.FP4 : Codebook.NF4;
            for (int m : new int[] {1, 2, 4, 5, 9, 17, 40}) {
                BiFunction<Nf4Weight, Tensor, Tensor> product = Nf4Weight::apply;
                same(product, codebook, blockSize, nested, n, k, m, k);
            }
            same(Nf4Weight::applyTransposed, codebook, blockSize, nested, n, k, 1, n);
            same(Nf4Weight::applyTransposed, codebook, blockSize, nested, n, k, 21, n);
        }
    }

    private static void same(
            BiFunction<Nf4Weight, Tensor, Tensor> product, Codebook codebook, int blockSize, boolean nested, int n, int k, int m, int inner) {
        float[] w = normal(n * k);
        float[] x = normal(m * inner);
        float[] expected = null;
        float[] alone = null;
        for (Device device : new Device[] {Device.reference(), ONE, TWO}) {
            Memory memory = Memory.collected(device);
            Tensor matrix = memory.floats(w, n, k).to(nested ? DType.BF16 : DType.F32);
            QuantState state = Nf4Weight.quantize(matrix, codebook, blockSize, nested);
            Nf4Weight weight = Nf4Weight.of(state);
            float[] y = product.apply(weight, memory.floats(x, m, inner)).toArray();
            if (expected == null) {
                expected = y;
                continue;
            }
            String what = device.description() + " [" + n + "," + k + "] m " + m + (nested ? " nested" : "");
            double largest = Float.MIN_NORMAL;
            double worst = 0;
            for (int i = 0; i < y.length; i++) {
                largest = Math.max(largest, Math.abs(expected[i]));
                worst = Math.max(worst, Math.abs((double) expected[i] - y[i]));
            }
            assertThat(worst / largest).as(what).isLessThan(0x1p-24 * (4 + Math.sqrt(inner)) * 2);
            if (alone != null) {
                assertThat(y).as(what).isEqualTo(alone);
            }
            alone = y;
        }
    }

    @ParameterizedTest
    @CsvSource({"33,128", "40,576", "5,207"})
    void aRowAloneHasTheBitsOfARowOfABatch(int n, int k) {
        Memory memory = Memory.collected(TWO);
        Nf4Weight weight = Nf4Weight.quantize(memory.floats(normal(n * k), n, k));
        Tensor x = memory.floats(normal(7 * k), 7, k);
        Tensor y = weight.apply(x);
        for (int i = 0; i < 7; i++) {
            assertThat(weight.apply(x.slice(0, i, i + 1)).toArray())
                    .isEqualTo(y.slice(0, i, i + 1).toArray());
        }
    }

    @ParameterizedTest
    @CsvSource({"33,128,64", "40,576,64", "5,207,64", "6,96,32", "64,2048,1024"})
    void quantizesAndDecodesAsTheReferenceDoes(int n, int k, int blockSize) {
        float[] w = normal(n * k);
        for (DType type : new DType[] {DType.F32, DType.BF16, DType.F16}) {
            for (boolean nested : new boolean[] {false, true}) {
                float[] expected = null;
                int[] codes = null;
                for (Device device : new Device[] {Device.reference(), ONE, TWO}) {
                    Memory memory = Memory.collected(device);
                    QuantState state = Nf4Weight.quantize(memory.floats(w, n, k).to(type), Codebook.NF4, blockSize, nested);
                    Nf4Weight weight = Nf4Weight.of(state);
                    if (expected != null) {
                        assertThat(state.packed().toInts()).isEqualTo(codes);
                        assertThat(weight.dequantize().toArray()).isEqualTo(expected);
                    }
                    expected = weight.dequantize().toArray();
                    codes = state.packed().toInts();
                    assertThat(weight.lookup(memory.ints(new int[] {n - 1, 0}))
                                    .slice(0, 0, 1)
                                    .toArray())
                            .isEqualTo(java.util.Arrays.copyOfRange(expected, (n - 1) * k, n * k));
                }
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
