package dev.gatun.tensor.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Workspace;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("kernels")
class AttentionGradientTest {
    private static final Map<String, Tensor> TORCH = TorchOpsTest.read("/dev/gatun/tensor/torch-attention.bin");
    private static final Memory MEMORY = Memory.collected(Device.cpu());

    private final SplittableRandom random = new SplittableRandom(20260);
    private final Workspace workspace = new Workspace(Device.cpu());
    private final Tape tape = workspace.tape();
    private final Gradients gradients = new Gradients();

    @AfterEach
    void close() {
        workspace.close();
    }

    private Tensor normal(long... dims) {
        float[] values = new float[(int) Shape.of(dims).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return MEMORY.floats(values, dims);
    }

    /// Σ y⊙c of attention over parameters that lie as given, so that dL/dy is c.
    private Tensor loss(Parameter q, Parameter k, Parameter v, Tensor c, @Nullable Tensor padding, @Nullable Tensor starts, boolean headsOutside) {
        workspace.reset();
        Tensor one = workspace.floats(new float[] {1}); // results live where the first operand does
        Tensor[] x = new Tensor[3];
        for (int i = 0; i < 3; i++) {
            Tensor value = one.mul((i == 0 ? q : i == 1 ? k : v).value());
            x[i] = headsOutside ? value.transpose(1, 2) : value;
        }
        Tensor y = Attention.causal(x[0], x[1], x[2], padding, starts, (float)
                (1 / Math.sqrt(q.value().dim(3))));
        return (headsOutside ? y.transpose(1, 2).contiguous() : y).mul(c).sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sdpa.causal", "sdpa.gqa", "sdpa.decode", "sdpa.chunk", "sdpa.d128"})
    void agreesWithPyTorch(String name) {
        Parameter[] in = new Parameter[3];
        for (int i = 0; i < 3; i++) {
            in[i] = new Parameter("in" + i, TORCH.get(name + ".in" + i));
        }
        tape.backward(loss(in[0], in[1], in[2], TORCH.get(name + ".gout"), null, null, true), gradients);
        for (int i = 0; i < 3; i++) {
            float[] want = TORCH.get(name + ".gin" + i).toArray();
            float[] have = gradients.of(in[i]).toArray();
            for (int e = 0; e < want.length; e++) {
                assertThat(have[e]).as("gradient %d, element %d", i, e).isCloseTo(want[e], within(1e-5f));
            }
        }
    }

    @Test
    void agreesWithFiniteDifferences() {
        Parameter q = new Parameter("q", normal(2, 5, 4, 6));
        Parameter k = new Parameter("k", normal(2, 8, 2, 6));
        Parameter v = new Parameter("v", normal(2, 8, 2, 6));
        Tensor c = normal(2, 5, 4, 6);
        Tensor padding = MEMORY.ints(new int[] {2, 4});
        Tensor starts = MEMORY.ints(new int[] {0, 0, 5, 5, 5, 3, 3, 3, 6, 7}).reshape(2, 5);
        tape.backward(loss(q, k, v, c, padding, starts, false), gradients);
        for (Parameter p : new Parameter[] {q, k, v}) {
            float[] values = p.value().toArray();
            float[] got = gradients.of(p).toArray();
            for (int i = 0; i < values.length; i++) {
                float h = 1e-2f;
                float[] moved = values.clone();
                moved[i] = values[i] + h;
                p.value().write(moved);
                double up = loss(q, k, v, c, padding, starts, false).toArray()[0];
                moved[i] = values[i] - h;
                p.value().write(moved);
                double down = loss(q, k, v, c, padding, starts, false).toArray()[0];
                p.value().write(values);
                assertThat((double) got[i]).as("%s[%d]", p.name(), i).isCloseTo((up - down) / (2 * h), within(3e-3));
            }
        }
    }

    /// Keys and values of fewer bits have no derivative: better an error than a model whose queries do not learn.
    @Test
    void aTapeRefusesKeysOfFewerBits() {
        Tensor q = workspace.floats(new float[] {1}).mul(new Parameter("q", normal(1, 2, 2, 8)).value());
        Tensor k = normal(1, 2, 1, 8);
        Tensor bytes = MEMORY.allocate(DType.I8, 1, 2, 1, 8);
        Tensor scales = MEMORY.allocate(DType.F32, 1, 2, 1);
        Attention.toInt8(k, bytes, scales);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> Attention.causal(q, k.to(DType.BF16), k.to(DType.BF16), null, 1))
                .withMessageContaining("values bf16");
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> Attention.causalInt8(q, bytes, scales, bytes, scales, null, 1))
                .withMessageContaining("values i8");
    }

    /// Documents in one row give what each gives alone, forward and backward.
    @Test
    void packedDocumentsDoNotSeeEachOther() {
        int[] lengths = {70, 1, 133, 96};
        int total = 300;
        Parameter q = new Parameter("q", normal(1, total, 4, 16));
        Parameter k = new Parameter("k", normal(1, total, 2, 16));
        Parameter v = new Parameter("v", normal(1, total, 2, 16));
        Tensor c = normal(1, total, 4, 16);
        int[] starts = new int[total];
        for (int i = 0, at = 0; i < lengths.length; at += lengths[i++]) {
            java.util.Arrays.fill(starts, at, at + lengths[i], at);
        }
        Tensor packed = Attention.causal(
                q.value().detach(),
                k.value().detach(),
                v.value().detach(),
                null,
                MEMORY.ints(starts).reshape(1, total),
                0.25f);
        tape.backward(loss(q, k, v, c, null, MEMORY.ints(starts).reshape(1, total), false), gradients);
        for (int i = 0, at = 0; i < lengths.length; at += lengths[i++]) {
            int from = at;
            int to = at + lengths[i];
            Parameter[] alone = new Parameter[3];
            for (int j = 0; j < 3; j++) {
                Parameter of = j == 0 ? q : j == 1 ? k : v;
                alone[j] = new Parameter(
                        of.name(), of.value().detach().slice(1, from, to).contiguous());
            }
            Tensor y = Attention.causal(
                    alone[0].value().detach(),
                    alone[1].value().detach(),
                    alone[2].value().detach(),
                    null,
                    0.25f);
            assertClose(packed.slice(1, from, to), y);
            Gradients own = new Gradients();
            tape.backward(
                    loss(alone[0], alone[1], alone[2], c.slice(1, from, to).contiguous(), null, null, false), own);
            assertClose(gradients.of(q).slice(1, from, to), own.of(alone[0]));
            assertClose(gradients.of(k).slice(1, from, to), own.of(alone[1]));
            assertClose(gradients.of(v).slice(1, from, to), own.of(alone[2]));
        }
    }

    private static void assertClose(Tensor a, Tensor b) {
        assertThat(a.toArray()).containsExactly(b.toArray(), within(1e-5f));
    }

    /// So that what was computed before it was clear that somebody trains is the same afterwards.
    @Test
    void recordingChangesNoBit() {
        Tensor q = normal(2, 70, 4, 24);
        Tensor k = normal(2, 75, 2, 24);
        Tensor v = normal(2, 75, 2, 24);
        Tensor plain = Attention.causal(q, k, v, null, 0.2f);
        Tensor one = workspace.floats(new float[] {1});
        Tensor recorded = Attention.causal(one.mul(new Parameter("q", q).value()), k, v, null, 0.2f);
        assertThat(recorded.isTracked()).isTrue();
        assertThat(recorded.toArray()).containsExactly(plain.toArray());
    }

    @Test
    void startsOfAnotherShapeAreRefused() {
        Tensor x = normal(1, 3, 2, 4);
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> Attention.causal(
                        x, x, x, null, MEMORY.ints(new int[] {0, 0}).reshape(1, 2), 1))
                .withMessageContaining("starts i32[1,2]")
                .withMessageContaining("one per query");
    }
}
