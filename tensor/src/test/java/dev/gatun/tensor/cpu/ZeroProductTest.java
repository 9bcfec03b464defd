package dev.gatun.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Zeros stay zeros in products with many rows: an optimizer that goes by the sign of a gradient would train on anything else.
@Tag("kernels")
class ZeroProductTest {
    @Test
    void rowsAndColumnsOfZerosGiveZeros() {
        try (Device device = Device.cpu(2)) {
            Memory memory = Memory.collected(device);
            int m = 128, k = 1030, n = 96;
            float[] a = normal(m * k, 1);
            float[] b = normal(k * n, 2);
            for (int i = 0; i < m; i += 8) {
                for (int j = 0; j < k; j++) {
                    a[i * k + j] = 0;
                }
            }
            for (int j = 3; j < n; j += 8) {
                for (int i = 0; i < k; i++) {
                    b[i * n + j] = 0;
                }
            }
            float[] c = memory.floats(a, m, k).matmul(memory.floats(b, k, n)).toArray();
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    boolean zero = i % 8 == 0 || j % 8 == 3;
                    assertThat(c[i * n + j] == 0).as("row %d, column %d", i, j).isEqualTo(zero);
                }
            }
        }
    }

    private static float[] normal(int size, long seed) {
        Random random = new Random(seed);
        float[] numbers = new float[size];
        for (int i = 0; i < size; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }
}
