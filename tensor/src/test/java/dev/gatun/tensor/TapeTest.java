package dev.gatun.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.tensor.ops.Elementwise;
import dev.gatun.tensor.ops.FakeQuant;
import dev.gatun.tensor.ops.Gather;
import dev.gatun.tensor.ops.Norms;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TapeTest {
    private final Workspace workspace = new Workspace(Device.cpu());
    private final Tape tape = workspace.tape();
    private final Gradients gradients = new Gradients();
    private final Parameter p = parameter("p", 1, 3, 4);
    private final Parameter q = parameter("q", 2, 4);

    @AfterEach
    void close() {
        workspace.close();
    }

    private static Parameter parameter(String name, long seed, long... dims) {
        var random = new Random(seed);
        float[] values = new float[(int) Shape.of(dims).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new Parameter(name, Memory.collected(Device.cpu()).floats(values, dims));
    }

    private Tensor input(long seed, long... dims) {
        return parameter("x", seed, dims).value().detach().copyTo(workspace);
    }

    private float loss(UnaryOperator<Tensor> f) {
        workspace.reset();
        return f.apply(input(7, 2, 3, 4)).sum().toArray()[0];
    }

    /// Compares what the tape says with central differences.
    private void check(UnaryOperator<Tensor> f, Parameter... parameters) {
        workspace.reset();
        gradients.clear();
        Tensor loss = f.apply(input(7, 2, 3, 4)).sum();
        tape.backward(loss, gradients);
        for (Parameter each : parameters) {
            float[] got = gradients.of(each).toArray();
            float[] values = each.value().toArray();
            for (int i = 0; i < values.length; i++) {
                float h = 1e-2f;
                float[] moved = values.clone();
                moved[i] = values[i] + h;
                each.value().write(moved);
                double up = loss(f);
                moved[i] = values[i] - h;
                each.value().write(moved);
                double down = loss(f);
                each.value().write(values);
                double want = (up - down) / (2 * h);
                assertEquals(want, got[i], 2e-2 * Math.max(1, Math.abs(want)), each.name() + "[" + i + "]");
            }
        }
    }

    @Test
    void operationsOfParametersAreDifferentiated() {
        check(x -> x.mul(p.value()).add(q.value()).mul(x), p, q);
        check(
                x -> x.sub(p.value())
                        .div(x.mul(x).add(1).add(q.value().copyTo(workspace).mul(q.value()))),
                p,
                q);
        check(x -> x.matmul(p.value().transpose()).scale(0.5f), p);
        check(x -> x.add(p.value()).matmul(q.value().reshape(4, 1)), p, q);
        check(x -> new DenseWeight(p.value()).apply(x.mul(q.value())), p, q);
    }

    @Test
    void viewsPassGradientsToWhatTheyAreViewsOf() {
        check(x -> x.mul(p.value()).slice(1, 1, 3).mul(x.slice(1, 0, 2)), p);
        check(x -> x.mul(p.value()).transpose().contiguous().mul(x.transpose().contiguous()), p);
        check(x -> x.mul(p.value()).select(0, 1).select(0, 2).mul(q.value()), p, q);
        check(x -> x.mul(p.value().select(0, 1).broadcastTo(x.shape())).mul(x), p);
    }

    @Test
    void aResultUsedTwiceAddsUp() {
        check(
                x -> {
                    Tensor h = x.mul(p.value());
                    return h.mul(h).add(h).add(h.slice(0, 0, 1));
                },
                p);
    }

    @Test
    void gradientsOfSeveralStepsAddUp() {
        UnaryOperator<Tensor> f = x -> x.mul(p.value()).mul(p.value());
        check(f, p);
        float[] one = gradients.of(p).toArray();
        workspace.reset();
        tape.backward(f.apply(input(7, 2, 3, 4)).sum(), gradients);
        gradients.scale(0.5f);
        assertArrayEquals(one, gradients.of(p).toArray(), 1e-5f);
        assertNull(gradients.of(q));
        gradients.clear();
        assertNull(gradients.of(p));
    }

    @Test
    void checkpointedPartsGiveTheSameBits() {
        UnaryOperator<Tensor> part = x -> x.mul(p.value()).add(q.value()).mul(x);
        UnaryOperator<Tensor> twice = x -> part.apply(part.apply(x));
        UnaryOperator<Tensor> lean = x -> Tape.checkpoint(Tape.checkpoint(x, part), part);
        check(twice, p, q);
        float[] want = gradients.of(p).toArray();
        check(lean, p, q);
        assertArrayEquals(want, gradients.of(p).toArray());
    }

    @Test
    void lossesComputedAtOnceGiveTheSameGradients() {
        UnaryOperator<Tensor> head = h -> h.mul(q.value()).mul(h).sum();
        check(x -> head.apply(x.mul(p.value()).reshape(6, 4)), p, q);
        float[] wantP = gradients.of(p).toArray();
        float[] wantQ = gradients.of(q).toArray();
        check(x -> Tape.atOnce(x.mul(p.value()).reshape(6, 4), 4, (rows, first) -> head.apply(rows)), p, q);
        assertArrayEquals(wantP, gradients.of(p).toArray(), 1e-5f);
        assertArrayEquals(wantQ, gradients.of(q).toArray(), 1e-5f);
        check(
                x -> Tape.atOnce(x.mul(p.value()).reshape(6, 4), 4, (rows, first) -> head.apply(rows))
                        .scale(0.25f),
                p,
                q);
    }

    @Test
    void severalLossesAtOnceKeepTheirOwnScales() {
        Tape.PartialLoss head = (rows, first) -> rows.mul(q.value()).mul(rows).sum();
        Tape.PartialLoss other =
                (rows, first) -> rows.mul(rows).mul(q.value()).mul(rows).sum();
        for (int again = 0; again < 2; again++) {
            check(
                    x -> {
                        Tensor h = x.mul(p.value()).reshape(6, 4);
                        Tensor main = Tape.atOnce(h, 4, head);
                        Tape.atOnce(h, 1, other); // only looked at
                        return main.add(Tape.atOnce(h, 2, other).scale(0.1f));
                    },
                    p,
                    q);
        }
    }

    @Test
    void viewsAreCheckpointedAndDifferentiatedAtOnce() {
        UnaryOperator<Tensor> part = x -> x.mul(x).mul(x.slice(0, 0, 1)).scale(0.5f);
        List<UnaryOperator<Tensor>> views = List.of(h -> h.transpose(), h -> h.slice(1, 1, 3), h -> h.slice(0, 1, 3), h -> h.slice(-1, 1, 2));
        for (UnaryOperator<Tensor> view : views) {
            check(x -> Tape.checkpoint(view.apply(x.mul(p.value()).select(0, 0)), part), p);
            check(
                    x -> Tape.atOnce(
                            view.apply(x.mul(p.value()).select(0, 0)),
                            1,
                            (rows, first) -> part.apply(rows).sum().scale(first + 1)),
                    p);
        }
    }

    @Test
    void gradientsEndWithTheirOwner() {
        var large = new Parameter("large", Memory.collected(Device.cpu()).allocate(DType.F32, 3 << 20));
        Tensor gradient;
        try (var own = new Gradients()) {
            tape.backward(
                    input(3, 3, 4)
                            .select(0, 0)
                            .mul(large.value().slice(0, 0, 4))
                            .sum(),
                    own);
            gradient = java.util.Objects.requireNonNull(own.of(large));
            assertEquals(0, gradient.get(5));
            own.close();
            assertNull(own.of(large));
        }
        assertThrows(IllegalStateException.class, gradient::buffer);
    }

    @Test
    void whatNoTapeSawIsNotUsedByMistake() {
        Tensor twice = q.value().scale(2);
        assertArrayEquals(q.value().add(q.value()).toArray(), twice.toArray());
        Tensor h = input(3, 3, 4).mul(p.value());
        assertThrows(IllegalStateException.class, () -> h.mul(twice));
        assertThrows(IllegalStateException.class, () -> input(3, 3, 4).add(twice.reshape(1, 4)));
        assertThrows(
                IllegalStateException.class,
                () -> p.value().transpose().contiguous().copyTo(workspace));
        assertTrue(h.mul(twice.detach()).isTracked());
        Weight matrix = new DenseWeight(parameter("w", 5, 4, 2).value());
        for (Tensor row : matrix.applyWith(Memory.collected(Device.cpu()).floats(new float[2], 1, 2), List.of(matrix))) {
            assertThrows(IllegalStateException.class, () -> input(3, 1, 4).add(row));
        }
        assertFalse(input(3, 3, 4).mul(twice.detach()).isTracked());
    }

    @Test
    void trackedValuesAreNotCopiedUnrecorded() {
        Tensor h = input(3, 3, 4).mul(p.value());
        Tensor copy = h.detach().like();
        assertThrows(IllegalStateException.class, () -> copy.set(h));
        copy.set(h.detach());
        assertArrayEquals(h.toArray(), copy.toArray());
    }

    /// dL/dw of a maximum with a column of w.
    private float[] largest(Parameter w, Tensor value) {
        gradients.clear();
        tape.backward(Elementwise.max(input(7, 2, 3, 4), value.select(1, 1)).sum(), gradients);
        return gradients.of(w).toArray();
    }

    @Test
    void weightsThatDoNotLieRowByRowHaveGradients() {
        try (var memory = new Resident(Device.cpu(), "weights")) {
            var w = new Parameter("w", parameter("w", 4, 4, 2).value().detach().copyTo(memory));
            for (Parameter each : List.of(w, parameter("w", 5, 4, 2))) {
                Tensor value = each.value();
                check(
                        x -> Norms.rmsNorm(x.mul(q.value()), value.select(1, 0), 1e-5f)
                                .mul(x),
                        each,
                        q);
                check(
                        x -> Norms.layerNorm(x.mul(q.value()), value.select(1, 0), value.select(1, 1), 1e-5f)
                                .mul(x),
                        each,
                        q);
                check(x -> x.mul(Gather.rows(value.transpose(), workspace.ints(new int[] {0, 1, 1}))), each);
                assertArrayEquals(largest(each, value.copyTo(workspace)), largest(each, value));
                Tensor column = value.select(1, 0);
                assertArrayEquals(
                        FakeQuant.normLinear(input(3, 3, 4), column.copyTo(workspace), 1e-5f, input(4, 2, 4))
                                .toArray(),
                        FakeQuant.normLinear(input(3, 3, 4), column, 1e-5f, input(4, 2, 4))
                                .toArray());
            }
        }
    }

    @Test
    void stepsOfOneShapeAllocateNothingAnew() {
        UnaryOperator<Tensor> f = x -> x.mul(p.value()).add(q.value()).mul(x);
        check(f, p);
        long before = workspace.highWater();
        check(f, p);
        assertEquals(before, workspace.highWater());
    }

    /// The most that the store of gradients holds over some steps of these lengths.
    private static long stored(int... lengths) {
        long most = 0;
        var w = new Parameter("w", Memory.collected(Device.cpu()).floats(new float[64]));
        try (var memory = new Workspace(Device.cpu())) {
            for (int step = 0; step < lengths.length; step++) {
                memory.tape().begin(step);
                Tensor x = memory.floats(new float[lengths[step] * 64], lengths[step], 64)
                        .mul(w.value());
                Tensor both = x.mul(x).sum().add(x.sum(1).mul(x.sum(1)).sum());
                memory.tape().backward(both, new Gradients());
                most = Math.max(most, memory.tape().storedBytes());
            }
            assertTrue(memory.highWater() >= most);
        }
        return most;
    }

    @Test
    void stepsOfManyLengthsNeedNoMoreThanTwiceTheLongest() {
        long longest = stored(300);
        int[] lengths = new Random(5).ints(50, 40, 300).toArray();
        assertTrue(stored(lengths) <= 2 * longest);
        assertEquals(longest, stored(300, 300, 300));
    }

    @Test
    void aDerivativeThatFailsKeepsNothing() {
        for (int step = 0; step < 5; step++) {
            tape.begin(step);
            Tensor y = input(3, 3, 4).mul(p.value());
            Tensor bad = Tape.record(
                    y.scale(1),
                    (dy, adjoints) -> {
                        adjoints.add(y, adjoints.like(y));
                        adjoints.like(y);
                        throw new IllegalArgumentException("no derivative");
                    },
                    y);
            Tensor loss = bad.sum();
            assertThrows(IllegalArgumentException.class, () -> tape.backward(loss, gradients));
            assertThrows(IllegalStateException.class, () -> tape.backward(loss, gradients));
        }
        assertTrue(tape.storedBytes() <= 5 * 64);
    }

    @Test
    void aStepIsDifferentiatedOnce() {
        Tensor y = input(3, 3, 4).mul(p.value());
        Tensor one = y.sum();
        Tensor other = y.mul(y).sum();
        tape.backward(one, gradients);
        assertThrows(IllegalStateException.class, () -> tape.backward(one, gradients));
        assertThrows(IllegalStateException.class, () -> tape.backward(other, gradients));
        Tensor late = y.scale(2).sum();
        assertThrows(IllegalStateException.class, () -> tape.backward(late, gradients));
        tape.begin(0);
        Tensor old = input(3, 3, 4).mul(p.value()).sum();
        tape.begin(1);
        assertThrows(IllegalStateException.class, () -> tape.backward(old, gradients));
    }

    @Test
    void aMatrixWithoutColumnsGivesZeros() {
        Weight w = Weight.of(Memory.collected(Device.cpu()).floats(new float[0], 5, 0));
        for (int rows : new int[] {1, 2, 100}) {
            try (var memory = new Workspace(Device.cpu())) {
                memory.allocate(DType.F32, 2000).fill(7);
                memory.reset();
                Tensor x = memory.floats(new float[0], rows, 0);
                assertArrayEquals(new float[5 * rows], w.apply(x).toArray());
                w.applyWith(x, List.of(w)).forEach(y -> assertArrayEquals(new float[5 * rows], y.toArray()));
            }
        }
    }

    @Test
    void onlyWhatDependsOnAParameterIsRecorded() {
        Tensor x = input(3, 2, 2);
        assertFalse(x.mul(x).isTracked());
        assertFalse(input(3, 3, 4).mul(p.value()).detach().isTracked());
        assertThrows(IllegalStateException.class, () -> tape.backward(x.sum(), gradients));
        assertThrows(ShapeException.class, () -> tape.backward(input(3, 3, 4).mul(p.value()), gradients));
        assertEquals(List.of(), List.copyOf(gradients.parameters()));
    }
}
