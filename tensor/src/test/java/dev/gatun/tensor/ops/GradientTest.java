package dev.gatun.tensor.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.tensor.DenseWeight;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Workspace;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The derivatives of operations agree with central differences of the operations themselves.
class GradientTest {
    private final Device device = Device.cpu();
    private final Workspace workspace = new Workspace(device);
    private final Tape tape = workspace.tape();
    private final Gradients gradients = new Gradients();

    @AfterEach
    void close() {
        workspace.close();
    }

    private Parameter parameter(long seed, long... dims) {
        return new Parameter("p" + seed, Memory.collected(device).floats(normal(seed, dims), dims));
    }

    private static float[] normal(long seed, long... dims) {
        var random = new Random(seed);
        float[] values = new float[(int) Shape.of(dims).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /// In the workspace, where operations on it are recorded.
    private Tensor in(Parameter p) {
        return p.value().copyTo(workspace);
    }

    /// A loss that weighs each element of y differently.
    private Tensor loss(Tensor y) {
        return y.mul(workspace.floats(normal(99, y.shape().dims()), y.shape().dims()))
                .sum();
    }

    private double value(Supplier<Tensor> f) {
        workspace.reset();
        float[] y = f.get().toArray();
        double sum = 0;
        float[] weights = y.length == 1 ? new float[] {1} : normal(99, y.length);
        for (int i = 0; i < y.length; i++) {
            sum += (double) y[i] * weights[i];
        }
        return sum;
    }

    private void check(Supplier<Tensor> f, Parameter... parameters) {
        workspace.reset();
        gradients.clear();
        Tensor y = f.get();
        tape.backward(y.size() == 1 ? y : loss(y), gradients);
        for (Parameter each : parameters) {
            float[] got = gradients.of(each).toArray();
            float[] values = each.value().toArray();
            for (int i = 0; i < values.length; i++) {
                float h = 4e-3f;
                float[] moved = values.clone();
                moved[i] = values[i] + h;
                each.value().write(moved);
                double up = value(f);
                double width = moved[i];
                moved[i] = values[i] - h;
                width -= moved[i];
                each.value().write(moved);
                double down = value(f);
                each.value().write(values);
                double want = (up - down) / width;
                assertEquals(want, got[i], 2e-3 * Math.max(1, Math.abs(want)), each + " element " + i);
            }
        }
    }

    private float[][] of(Supplier<Tensor> loss, Parameter... parameters) {
        workspace.reset();
        gradients.clear();
        tape.backward(loss.get(), gradients);
        return Arrays.stream(parameters).map(p -> gradients.of(p).toArray()).toArray(float[][]::new);
    }

    @Test
    void rmsNorm() {
        Parameter x = parameter(1, 3, 5, 19);
        Parameter w = parameter(2, 19);
        check(() -> Norms.rmsNorm(in(x), w.value(), 1e-5f), x, w);
        check(() -> Norms.rmsNorm(in(x).transpose(0, 1), w.value(), 1e-5f).add(in(x).transpose(0, 1)), x, w);
        check(() -> Norms.rmsNorm(workspace.floats(normal(3, 4, 19), 4, 19), w.value(), 1e-5f), w);
        check(() -> Norms.rmsNorm(in(x), w.value().detach(), 1e-5f), x);
    }

    @Test
    void rmsNormOfSum() {
        Parameter x = parameter(1, 3, 5, 19);
        Parameter y = parameter(3, 3, 5, 19);
        Parameter w = parameter(2, 19);
        check(() -> Norms.rmsNormOfSum(in(x), in(y), w.value(), 1e-5f).norm(), x, y, w);
        check(() -> Norms.rmsNormOfSum(in(x), in(y), w.value(), 1e-5f).sum(), x, y);
        check(
                () -> {
                    Norms.Residual h = Norms.rmsNormOfSum(in(x).transpose(0, 1), in(y).transpose(0, 1), w.value(), 1e-5f);
                    return h.sum().add(h.norm());
                },
                x,
                y,
                w);
    }

    @Test
    void swiglu() {
        Parameter gate = parameter(1, 3, 37);
        Parameter up = parameter(2, 3, 37);
        check(() -> Activations.swiglu(in(gate), in(up)), gate, up);
        check(() -> Activations.swiglu(in(gate), in(up).detach()), gate);
    }

    @Test
    void rope() {
        Parameter x = parameter(1, 2, 3, 2, 8);
        Rope rope = new Rope(device, 8, 10_000, RopeScaling.none());
        check(() -> rope.rotate(in(x), 5, Tensor.ofInts(0, 2)), x);
    }

    @Test
    void crossEntropy() {
        Parameter x = parameter(1, 2, 3, 21);
        Tensor labels = Memory.collected(device).ints(new int[] {3, 20, -100, 0, 7, 7}, 2, 3);
        check(() -> Losses.crossEntropy(in(x), labels), x);
    }

    @Test
    void layerNorm() {
        Parameter x = parameter(1, 3, 5, 19);
        Parameter w = parameter(2, 19);
        Parameter b = parameter(3, 19);
        check(() -> Norms.layerNorm(in(x).add(3), w.value(), b.value(), 1e-5f), x, w, b);
        check(() -> Norms.layerNorm(in(x), w.value(), null, 1e-5f), x, w);
        check(() -> Norms.layerNorm(in(x), w.value().detach(), b.value(), 1e-5f), x, b);
    }

    @Test
    void functionsOfOneElement() {
        Parameter x = parameter(1, 3, 19);
        for (UnaryOperator<Tensor> f : List.<UnaryOperator<Tensor>>of(
                Elementwise::square,
                Elementwise::exp,
                Activations::tanh,
                Activations::sigmoid,
                Activations::silu,
                Activations::gelu,
                Activations::geluTanh)) {
            check(() -> f.apply(in(x)), x);
        }
        Parameter away =
                new Parameter("away", Elementwise.square(x.value().detach()).add(0.5f));
        for (UnaryOperator<Tensor> f :
                List.<UnaryOperator<Tensor>>of(Elementwise::sqrt, Elementwise::rsqrt, Elementwise::log, Elementwise::abs, Activations::relu)) {
            check(() -> f.apply(in(away)), away);
            check(() -> f.apply(in(away).transpose()), away);
        }
        check(() -> Elementwise.abs(in(away).neg()), away);
        check(() -> Activations.relu(in(away).neg()).add(in(away)), away);
    }

    @Test
    void whereAFunctionHasNoSlopeItIsZero() {
        Parameter zero = new Parameter("zero", Tensor.zeros(3));
        for (UnaryOperator<Tensor> f : List.<UnaryOperator<Tensor>>of(Elementwise::abs, Activations::relu)) {
            assertArrayEquals(new float[3], of(() -> f.apply(in(zero)).sum(), zero)[0]);
        }
    }

    @Test
    void largestAndSmallest() {
        Parameter a = parameter(1, 3, 1, 7);
        Parameter b = parameter(2, 5, 1);
        check(() -> Elementwise.max(in(a), in(b)), a, b);
        check(() -> Elementwise.min(in(a), in(b)), a, b);
        check(() -> in(a).max(0), a);
        check(() -> in(a).min(-1), a);
        Parameter tie = new Parameter("tie", Tensor.of(1, 4, 4, -2));
        assertArrayEquals(new float[] {0, 0.5f, 0.5f, 0}, of(() -> in(tie).max(0), tie)[0]);
        assertArrayEquals(
                new float[] {1, 1, 1, 1},
                of(() -> Elementwise.max(in(tie), in(tie)).sum(), tie)[0]);
    }

    @Test
    void softmaxAndItsLogarithms() {
        Parameter x = parameter(1, 3, 19);
        check(() -> Activations.softmax(in(x)), x);
        check(() -> Activations.logSoftmax(in(x)), x);
        check(() -> Reductions.logSumExp(in(x)), x);
        check(() -> Activations.softmax(in(x).transpose()), x);
        check(() -> in(x).mean(0), x);
    }

    @Test
    void joins() {
        Parameter a = parameter(1, 2, 3, 4);
        Parameter b = parameter(2, 2, 1, 4);
        check(() -> Joins.concat(1, in(a), in(b), a.value()), a, b);
        check(() -> Joins.stack(1, in(b), in(b), b.value()), b);
        assertArrayEquals(
                new long[] {2, 3, 4, 2}, Joins.stack(-1, in(a), in(a)).shape().dims());
        assertThrows(ShapeException.class, () -> Joins.concat(0, in(a), in(b)));
        assertThrows(ShapeException.class, () -> Joins.stack(0, in(a), in(b)));
        assertThrows(ShapeException.class, () -> Joins.concat(0));
    }

    @Test
    void dropout() {
        Parameter x = parameter(1, 3, 50);
        Dropout dropout = new Dropout(0.25f, 7);
        check(() -> dropout.apply(in(x), 3, 1), x);
        Tensor ones = Tensor.zeros(100_000).add(1);
        float[] y = dropout.apply(ones, 3, 1).toArray();
        int left = 0;
        for (float v : y) {
            assertTrue(v == 0 || Math.abs(v - 4f / 3) < 1e-6);
            left += v == 0 ? 0 : 1;
        }
        assertEquals(75_000, left, 4 * Math.sqrt(100_000 * 0.25 * 0.75));
        assertArrayEquals(y, dropout.apply(ones, 3, 1).toArray());
        for (Tensor other : List.of(
                dropout.apply(ones, 4, 1),
                dropout.apply(ones, 3, 2),
                new Dropout(0.25f, 8).apply(ones, 3, 1),
                new Dropout(0.25f, 7L + (1L << 32)).apply(ones, 3, 1))) {
            int both = 0;
            float[] z = other.toArray();
            for (int i = 0; i < y.length; i++) {
                both += y[i] != 0 && z[i] != 0 ? 1 : 0;
            }
            assertEquals(56_250, both, 4 * Math.sqrt(100_000 * 0.5625 * 0.4375)); // independent
        }
        assertSame(ones, new Dropout(0, 7).apply(ones, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Dropout(1, 7));
        assertThrows(IllegalArgumentException.class, () -> new Dropout(Float.NaN, 7));
    }

    @Test
    void rowsOfATable() {
        Parameter table = parameter(1, 6, 70);
        check(() -> Gather.rows(table.value(), workspace.ints(new int[] {3, 3, 0, 5, 3, 0}, 2, 3)), table);
    }

    @Test
    void aHeadWhoseLogitsNeverExistAtOnce() {
        Parameter h = parameter(1, 200, 3);
        Parameter w = parameter(2, 30, 3);
        int[] ids = new Random(5).ints(200, 0, 30).toArray();
        Arrays.fill(ids, 10, 20, -100);
        Tensor labels = Tensor.ofInts(ids);
        Supplier<Tensor> whole = () -> Losses.crossEntropy(new DenseWeight(w.value()).apply(in(h)), labels)
                .sum()
                .scale(0.25f);
        Supplier<Tensor> inParts = () -> Losses.crossEntropy(in(h), new DenseWeight(w.value())::apply, labels, 0.25f);
        assertEquals(value(whole), value(inParts), 1e-6 * value(whole));
        float[][] got = of(inParts, h, w);
        float[][] want = of(whole, h, w);
        assertArrayEquals(want[0], got[0], 1e-6f);
        assertArrayEquals(want[1], got[1], 1e-5f);
    }
}
