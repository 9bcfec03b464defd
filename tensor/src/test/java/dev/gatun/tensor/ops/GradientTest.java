package dev.gatun.tensor.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.tensor.DenseWeight;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Workspace;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
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
