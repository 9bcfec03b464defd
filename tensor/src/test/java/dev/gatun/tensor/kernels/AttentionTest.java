package dev.gatun.tensor.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Attention;
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
}
