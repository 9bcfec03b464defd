package dev.gatun.tensor.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Attention;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernels")
class AttentionTest {
    private static final Device CPU = Device.cpu();
    private final Probe probe = new Probe(CPU, CPU, false);
    private final Memory memory = Memory.collected(CPU);

    private Tensor random(long... dims) {
        return memory.floats(probe.normal(dev.gatun.tensor.Shape.of(dims).size()), dims);
    }

    /// So that a continued conversation says the same as one that is read anew.
    @Test
    void aQueryGivesTheSameBitsAloneAndAmongOthers() {
        for (int heads : new int[] {3, 12}) {
            Tensor q = random(1, 150, heads, 40);
            Tensor k = random(1, 150, 3, 40);
            Tensor v = random(1, 150, 3, 40);
            Tensor together = Attention.causal(q, k, v, null, 0.2f);
            for (int t : new int[] {0, 1, 63, 64, 65, 100, 149}) {
                Tensor alone = Attention.causal(q.slice(1, t, t + 1), k.slice(1, 0, t + 1), v.slice(1, 0, t + 1), null, 0.2f);
                assertThat(alone.toArray())
                        .as("query %d", t)
                        .containsExactly(together.select(1, t).toArray());
            }
        }
    }

    @Test
    void paddingChangesNothingBehindIt() {
        Tensor q = random(1, 70, 4, 16);
        Tensor k = random(1, 70, 2, 16);
        Tensor v = random(1, 70, 2, 16);
        Tensor padded = Attention.causal(q, k, v, memory.ints(new int[] {3}), 0.25f);
        Tensor cut = Attention.causal(q.slice(1, 3, 70), k.slice(1, 3, 70), v.slice(1, 3, 70), null, 0.25f);
        assertThat(padded.slice(1, 3, 70).toArray()).containsExactly(cut.toArray());
        assertThat(padded.slice(1, 0, 3).toArray()).containsOnly(0);
    }

    /// A prompt widens what is stored, a single token reads it as it is.
    @Test
    void aQueryGivesTheSameBitsAloneAndAmongOthersWhateverTheCacheStores() {
        for (int width : new int[] {64, 40}) {
            Tensor q = random(1, 150, 6, width);
            Tensor k = random(1, 150, 3, width);
            Tensor v = random(1, 150, 3, width);
            Tensor kBf16 = k.to(DType.BF16);
            Tensor vBf16 = v.to(DType.BF16);
            Tensor kBytes = memory.allocate(DType.I8, 1, 150, 3, width);
            Tensor kScales = memory.allocate(DType.F32, 1, 150, 3);
            Tensor vBytes = memory.allocate(DType.I8, 1, 150, 3, width);
            Tensor vScales = memory.allocate(DType.F32, 1, 150, 3);
            Attention.toInt8(k, kBytes, kScales);
            Attention.toInt8(v, vBytes, vScales);
            Tensor together16 = Attention.causal(q, kBf16, vBf16, null, 0.2f);
            Tensor together8 = Attention.causalInt8(q, kBytes, kScales, vBytes, vScales, null, 0.2f);
            assertThat(together16.toArray())
                    .containsExactly(Attention.causal(q, kBf16.to(DType.F32), vBf16.to(DType.F32), null, 0.2f)
                            .toArray());
            for (int t : new int[] {0, 1, 63, 64, 65, 100, 149}) {
                Tensor one = q.slice(1, t, t + 1);
                Tensor alone16 = Attention.causal(one, kBf16.slice(1, 0, t + 1), vBf16.slice(1, 0, t + 1), null, 0.2f);
                assertThat(alone16.toArray())
                        .containsExactly(together16.select(1, t).toArray());
                Tensor alone8 = Attention.causalInt8(
                        one,
                        kBytes.slice(1, 0, t + 1),
                        kScales.slice(1, 0, t + 1),
                        vBytes.slice(1, 0, t + 1),
                        vScales.slice(1, 0, t + 1),
                        null,
                        0.2f);
                assertThat(alone8.toArray())
                        .containsExactly(together8.select(1, t).toArray());
            }
        }
    }

    @Test
    void eightBitsAreOffByHalfAStepAndZeroByNothing() {
        float[] x = probe.normal(4 * 40);
        Arrays.fill(x, 0, 40, 0);
        Tensor bytes = memory.allocate(DType.I8, 1, 2, 2, 40);
        Tensor scales = memory.allocate(DType.F32, 1, 2, 2);
        Attention.toInt8(memory.floats(x, 1, 2, 2, 40), bytes, scales);
        float[] rounded = bytes.to(DType.F32).toArray();
        float[] steps = scales.toArray();
        for (int i = 0; i < x.length; i++) {
            assertThat(rounded[i]).isBetween(-127f, 127f);
            assertThat(rounded[i] * steps[i / 40]).isCloseTo(x[i], within(0.50001f * steps[i / 40]));
        }
        assertThat(Arrays.copyOf(rounded, 40)).containsOnly(0);
        assertThat(steps[0]).isZero();
    }

    @Test
    void refusesKeysAndValuesOfDifferentTypes() {
        Tensor x = random(1, 2, 2, 16);
        assertThatThrownBy(() -> Attention.causal(x, x.to(DType.BF16), x, null, 1))
                .hasMessageContaining("bf16");
        Tensor bytes = x.to(DType.I8);
        assertThatThrownBy(() -> Attention.causalInt8(x, bytes, random(1, 2, 3), bytes, random(1, 2, 2), null, 1))
                .hasMessageContaining("scales")
                .hasMessageContaining("[1,2,3]");
    }
}
