package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.ops.Activations;
import dev.gatun.tensor.ops.Attention;
import dev.gatun.tensor.ops.Gather;
import dev.gatun.tensor.ops.Losses;
import dev.gatun.tensor.ops.Norms;
import dev.gatun.tensor.ops.Rope;
import dev.gatun.tensor.ops.RopeScaling;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class TensorTest {
    /// 0, 1, 2, … in this shape.
    private static Tensor count(long... dims) {
        Shape shape = Shape.of(dims);
        float[] values = new float[(int) shape.size()];
        IntStream.range(0, values.length).forEach(i -> values[i] = i);
        return Tensor.of(shape, values);
    }

    // ---- views -----------------------------------------------------------------------------

    @Test
    void viewsShareMemory() {
        Tensor x = count(2, 3, 4);
        Tensor row = x.select(1, 2).slice(1, 1, 3);
        assertThat(row.toArray()).containsExactly(9, 10, 21, 22);
        row.set(Tensor.of(Shape.of(2, 2), -1, -2, -3, -4));
        assertThat(x.get(0, 2, 1)).isEqualTo(-1);
        assertThat(x.get(1, 2, 2)).isEqualTo(-4);
        assertThat(x.get(1, 2, 3)).isEqualTo(23);
    }

    @Test
    void reshapesWhatLiesRowByRow() {
        Tensor x = count(2, 6);
        assertThat(x.reshape(3, -1).shape()).isEqualTo(Shape.of(3, 4));
        assertThat(x.reshape(12).get(7)).isEqualTo(7);
        assertThat(x.slice(0, 1, 2).reshape(2, 3).toArray()).containsExactly(6, 7, 8, 9, 10, 11);
        refused(() -> x.reshape(5, 2), "reshape: f32[2,6] to [5, 2] — it has 12 elements");
        refused(() -> x.reshape(5, -1), "it has 12 elements");
        refused(() -> x.transpose().reshape(12), "call contiguous() first");
    }

    @Test
    void transposesAndCopies() {
        Tensor x = count(2, 3, 4).transpose(0, 2);
        assertThat(x.shape()).isEqualTo(Shape.of(4, 3, 2));
        assertThat(x.isContiguous()).isFalse();
        assertThat(x.get(3, 1, 1)).isEqualTo(19);
        assertThat(x.contiguous().isContiguous()).isTrue();
        assertThat(x.contiguous().toArray()).containsExactly(x.toArray());
        Tensor y = count(2, 2);
        assertThat(y.contiguous()).isSameAs(y);
    }

    @Test
    void anAxisOfOneElementNeedsNoStride() {
        assertThat(count(3, 1, 4).transpose(0, 1).isContiguous()).isTrue();
        assertThat(count(1, 4).transpose().isContiguous()).isTrue();
    }

    @Test
    void broadcastsWithoutACopy() {
        Tensor x = count(3, 1).broadcastTo(Shape.of(2, 3, 2));
        assertThat(x.toArray()).containsExactly(0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2);
        assertThat(x.stride(0)).isZero();
        refused(() -> count(3).broadcastTo(Shape.of(2)), "broadcast");
        refused(() -> count(2, 3).broadcastTo(Shape.of(3)), "broadcastTo: f32[2,3] to [3]");
    }

    @Test
    void cutsHeadsAndJoinsThem() {
        Tensor x = count(2, 6);
        assertThat(x.heads(3).shape()).isEqualTo(Shape.of(2, 3, 2));
        assertThat(x.heads(3).mergeHeads().toArray()).containsExactly(x.toArray());
        refused(() -> x.heads(4), "heads: f32[2,6] into 4 heads");
    }

    @Test
    void refusesWhatIsOutside() {
        Tensor x = count(2, 3);
        refused(() -> x.slice(1, 1, 4), "slice: 1 to 4 of axis 1 of f32[2,3]");
        refused(() -> x.slice(1, 2, 1), "slice");
        refused(() -> x.select(0, 2), "select: 2 of axis 0 of f32[2,3]");
        refused(() -> x.select(0, -1), "select");
        refused(() -> x.get(1), "get: [1] of f32[2,3]");
    }

    @Test
    void emptyTensorsAreFine() {
        Tensor none = Tensor.zeros(0, 3);
        assertThat(none.add(count(3)).shape()).isEqualTo(Shape.of(0, 3));
        assertThat(Activations.softmax(none).toArray()).isEmpty();
        assertThat(Norms.rmsNorm(none, count(3), 1e-5f).toArray()).isEmpty();
        assertThat(none.matmul(Tensor.zeros(3, 4)).shape()).isEqualTo(Shape.of(0, 4));
        assertThat(none).hasToString("f32[0,3] {}");
    }

    // ---- text ------------------------------------------------------------------------------

    @Test
    void printsItsFirstElements() {
        assertThat(Tensor.of(1, 2, 3).add(Tensor.of(1, 2, 3))).hasToString("f32[3] {2.0, 4.0, 6.0}");
        assertThat(Tensor.ofInts(4, -5)).hasToString("i32[2] {4, -5}");
        assertThat(count(2, 2)).hasToString("f32[2,2] {{0.0, 1.0}, {2.0, 3.0}}");
        assertThat(count(9).toString()).endsWith("7.0, …}");
        assertThat(Tensor.of(3).sum()).hasToString("f32[] 3.0");
    }

    // ---- what operations refuse --------------------------------------------------------------

    @Test
    void operationsNameBothShapesAndTheWayOut() {
        Tensor x = count(2, 15);
        Tensor ints = Tensor.ofInts(1, 2);
        refused(() -> x.matmul(count(16, 4)), "matmul: f32[2,15] · f32[16,4] — inner dimensions 15 ≠ 16");
        refused(() -> Weight.of(count(24, 16)).apply(x), "linear: x f32[2,15] · W f32[24,16]ᵀ — inner dimensions 15 ≠ 16");
        refused(() -> x.add(count(2, 4)), "axis -1: 15 ≠ 4");
        refused(() -> x.add(x.to(DType.F16)), "f16[2,15]", "call to(F32)");
        refused(() -> Norms.rmsNorm(x, count(16), 1e-5f), "rmsNorm: x f32[2,15], weight f32[16]");
        refused(() -> Norms.rmsNormOfSum(x, count(2, 15), count(16), 1e-5f), "rmsNormOfSum: x f32[2,15], weight f32[16]");
        refused(() -> Norms.rmsNormOfSum(x, count(15), count(15), 1e-5f), "rmsNormOfSum: f32[2,15] and f32[15] — both have one shape");
        refused(() -> Activations.swiglu(x, count(2, 16)), "swiglu: gate f32[2,15], up f32[2,16]");
        refused(() -> Losses.crossEntropy(x, Tensor.ofInts(1)), "crossEntropy: logits f32[2,15], labels i32[1]");
        refused(() -> Attention.causal(x, x, x, null, 1), "attention: q f32[2,15]");
        refused(() -> Weight.of(ints), "weight: i32[2] — want f32, bf16 or f16");
        refused(() -> x.write(new float[3]), "write: f32[3] values into f32[2,15]");
        refused(() -> x.set(count(15, 2)), "set: f32[2,15] from f32[15,2]");
        refused(() -> Tensor.zeros(2, 0).max(1), "axis 1 is empty");
        refused(() -> Gather.rows(count(4), ints), "rows: table f32[4]");
    }

    @Test
    void numbersOutsideOfATableAreRefusedByName() {
        assertThatThrownBy(() -> Gather.rows(count(3, 2), Tensor.ofInts(1, 3)))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("gather: id 3 of a table of 3 rows");
        assertThatThrownBy(() -> Losses.crossEntropy(count(2, 3), Tensor.ofInts(0, -1)))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("label -1 of 3 classes");
    }

    @Test
    void paddingIsOneNumberPerRow() {
        Tensor x = count(2, 3, 4, 8);
        Rope rope = new Rope(x.device(), 8, 1e4, RopeScaling.none());
        Tensor one = Tensor.ofInts(1);
        refused(() -> rope.rotate(x, 0, one), "rope: padding i32[1] — want one per row of f32[2,3,4,8]");
        refused(() -> Attention.causal(x, x, x, one, 1), "attention: padding i32[1]");
        refused(() -> Attention.causal(x, x, x, Tensor.of(0, 0), 1), "attention: f32[2]");
        Tensor repeated = one.broadcastTo(Shape.of(2)); // its stride is 0
        Tensor spelledOut = Tensor.ofInts(1, 1);
        assertThat(Attention.causal(x, x, x, repeated, 0.1f).toArray())
                .containsExactly(Attention.causal(x, x, x, spelledOut, 0.1f).toArray());
        assertThat(rope.rotate(x, 0, Tensor.ofInts(-5, -1)).toArray())
                .containsExactly(rope.rotate(x, 0, null).toArray());
    }

    @Test
    void devicesAreNotMixed() {
        Tensor here = Tensor.of(1, 2);
        try (Device other = Device.cpu(1)) {
            Tensor there = Memory.collected(other).floats(new float[] {1, 2});
            refused(() -> here.add(there), "nothing is copied between devices");
        }
    }

    private static void refused(ThrowingCallable operation, String... message) {
        assertThatThrownBy(operation).isInstanceOf(ShapeException.class).hasMessageContainingAll(message);
    }
}
