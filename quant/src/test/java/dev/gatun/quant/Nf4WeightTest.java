package dev.gatun.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Nf4WeightTest {
    private static final Memory MEMORY = Memory.collected(Device.cpu());

    private static Tensor normal(long seed, double deviation, long... dims) {
        Random random = new Random(seed);
        Tensor tensor = MEMORY.allocate(DType.F32, dims);
        float[] values = new float[(int) tensor.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        tensor.write(values);
        return tensor;
    }

    /// The published derivation, with the normal distribution's inverse by bisection of its Taylor series.
    @Test
    void theCodebookIsThatOfQuantiles() {
        double offset = 1 - (1 / 32.0 + 1 / 30.0) / 2;
        double largest = quantile(offset);
        double[] values = new double[16];
        for (int i = 0; i < 8; i++) {
            values[8 + i] = quantile(0.5 + (offset - 0.5) * (i + 1) / 8) / largest;
        }
        for (int i = 0; i < 7; i++) {
            values[i] = -quantile(offset + (0.5 - offset) * i / 7) / largest;
        }
        for (int i = 0; i < 16; i++) {
            assertThat((double) Codebook.NF4.values()[i]).isCloseTo(values[i], within(2e-7));
        }
    }

    private static double quantile(double p) {
        double low = 0;
        double high = 4;
        for (int i = 0; i < 80; i++) {
            double middle = (low + high) / 2;
            double term = middle;
            double sum = term;
            for (int n = 1; n < 120; n++) {
                term *= -middle * middle / (2 * n);
                sum += term / (2 * n + 1);
            }
            if (0.5 + sum / Math.sqrt(2 * Math.PI) < p) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    @Test
    void errsLessThanFp4AndDoubleQuantizationCostsNothingVisible() {
        Tensor w = normal(3, 0.05, 96, 200);
        double nf4 = error(w, Codebook.NF4, false);
        double nested = error(w, Codebook.NF4, true);
        double fp4 = error(w, Codebook.FP4, false);
        assertThat(nf4).isLessThan(fp4 * 0.8);
        assertThat(nested).isLessThan(nf4 * 1.005);
    }

    private static double error(Tensor w, Codebook codebook, boolean nested) {
        float[] exact = w.toArray();
        float[] values = Nf4Weight.of(Nf4Weight.quantize(w, codebook, 64, nested))
                .dequantize()
                .toArray();
        double sum = 0;
        for (int i = 0; i < exact.length; i++) {
            sum += Math.pow(exact[i] - values[i], 2);
        }
        return Math.sqrt(sum / exact.length);
    }

    @Test
    void takesFourAndAHalfBits() {
        Tensor w = normal(1, 1, 256, 512);
        assertThat(Nf4Weight.quantize(w).bytes()).isEqualTo(256 * 512 * 9 / 16);
        assertThat(Nf4Weight.quantizeDouble(w).bytes()).isEqualTo(256 * 512 / 2 + 2048 + 32);
    }

    @Test
    void productsAreThoseWithTheDequantizedMatrix() {
        Tensor x = normal(5, 1, 3, 2, 320);
        Nf4Weight w = Nf4Weight.quantizeDouble(normal(6, 1, 50, 320));
        float[] expected = x.matmul(w.dequantize().transpose()).toArray();
        assertThat(w.apply(x).shape().dims()).containsExactly(3, 2, 50);
        close(w.apply(x).toArray(), expected);
        Tensor dy = normal(7, 1, 2, 50);
        close(w.applyTransposed(dy).toArray(), dy.matmul(w.dequantize()).toArray());
        Tensor rows = w.lookup(MEMORY.ints(new int[] {49, 0, 7, 7}, 2, 2));
        assertThat(rows.shape().dims()).containsExactly(2, 2, 320);
        assertThat(rows.select(0, 0).select(0, 0).toArray())
                .isEqualTo(w.dequantize().select(0, 49).toArray());
    }

    private static void close(float[] actual, float[] expected) {
        double largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i], within(largest * 1e-5));
        }
    }

    @Test
    void blocksOfZerosAndOddValuesComeBack() {
        Tensor w = Tensor.zeros(2, 128);
        assertThat(Nf4Weight.quantize(w).dequantize().toArray()).containsOnly(0f);
        float[] values = new float[128];
        values[3] = Float.NaN;
        values[70] = 1e-39f;
        float[] back =
                Nf4Weight.quantize(MEMORY.floats(values, 1, 128)).dequantize().toArray();
        assertThat(back[3]).isNaN();
        assertThat(back[70]).isBetween(0f, 1e-39f);
    }

    @Test
    void refusesWhatDoesNotFit() {
        Tensor w = normal(1, 1, 4, 64);
        assertThatThrownBy(() -> Nf4Weight.quantize(w.reshape(256)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("want f32, bf16 or f16 [N,K]");
        assertThatThrownBy(() -> Nf4Weight.quantize(w.to(DType.I32))).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> Nf4Weight.quantize(w, Codebook.NF4, 48, false))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("blocks of 48");
        QuantState good = Nf4Weight.quantize(w, Codebook.NF4, 64, false);
        assertThatThrownBy(() -> new QuantState(Codebook.NF4, 64, 4, 128, good.packed(), good.absmax(), null, 0))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("want 256 elements of u8 for a matrix of 4 by 128");
        assertThatThrownBy(() -> new QuantState(Codebook.NF4, 64, 4, 64, good.packed(), good.packed(), null, 0))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("absmax");
        Nf4Weight weight = Nf4Weight.of(good);
        assertThatThrownBy(() -> weight.apply(normal(1, 1, 2, 65)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("nf4[4,64]")
                .hasMessageContaining("65 ≠ 64");
        assertThatThrownBy(() -> weight.lookup(MEMORY.ints(new int[] {4}))).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
