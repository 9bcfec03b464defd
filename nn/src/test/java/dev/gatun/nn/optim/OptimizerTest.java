package dev.gatun.nn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.io.SafeTensors;
import dev.gatun.io.SafeTensorsWriter;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Optimizers against ten steps of PyTorch's in double, and what holds for all of them.
class OptimizerTest {
    private static final SafeTensors TORCH = Given.fixture("optim");

    @AfterAll
    static void close() {
        TORCH.close();
    }

    /// One of each algorithm.
    enum Algorithm {
        ADAMW,
        ADAMW_BLOCKWISE,
        SGD,
        SGD_MOMENTUM,
        LION,
        LION_BLOCKWISE;

        Optimizer over(Collection<Parameter> parameters, OptimizerOptions options) {
            OptimizerOptions blockwise = options.withFormat(StateFormat.BLOCKWISE_8);
            return switch (this) {
                case ADAMW -> new AdamW(parameters, options);
                case ADAMW_BLOCKWISE -> new AdamW(parameters, blockwise);
                case SGD -> new Sgd(parameters, options);
                case SGD_MOMENTUM -> new Sgd(parameters, options, 0.9, true);
                case LION -> new Lion(parameters, options);
                case LION_BLOCKWISE -> new Lion(parameters, blockwise);
            };
        }
    }

    /// Makes an optimizer of the fixture's two parameters.
    @FunctionalInterface
    private interface Maker {
        Optimizer over(Collection<Parameter> parameters);
    }

    private static void agrees(String name, Maker maker, String... state) {
        List<Parameter> parameters = List.of(
                Given.parameter(Device.cpu(), "p0", TORCH.tensor(name + ".p0.start")),
                Given.parameter(Device.cpu(), "p1", TORCH.tensor(name + ".p1.start")));
        Gradients gradients = Given.gradients(parameters);
        try (Optimizer optimizer = maker.over(parameters)) {
            for (int step = 1; step <= 10; step++) {
                for (int i = 0; i < 2; i++) {
                    gradients
                            .of(parameters.get(i))
                            .write(TORCH.tensor(name + ".g" + i + "." + step).toArray());
                }
                optimizer.step(gradients);
                for (int i = 0; i < 2; i++) {
                    Tensor expected = TORCH.tensor(name + ".p" + i + "." + step);
                    requireClose(
                            name + " p" + i + " after step " + step,
                            expected,
                            parameters.get(i).value());
                }
            }
            for (String each : state) {
                requireClose(
                        each,
                        TORCH.tensor(name + ".p0." + each),
                        optimizer.state().get("p0." + each));
            }
            assertThat(optimizer.steps()).isEqualTo(10);
        }
    }

    private static void requireClose(String what, Tensor expected, Tensor actual) {
        float[] want = expected.toArray();
        float[] have = actual.toArray();
        for (int i = 0; i < want.length; i++) {
            assertThat((double) have[i]).as(what + " [" + i + "]").isCloseTo(want[i], within(1e-6 * Math.max(1, Math.abs(want[i]))));
        }
    }

    private static OptimizerOptions rate(double rate) {
        return OptimizerOptions.of(LearningRate.constant(rate));
    }

    @Test
    void agreesWithPyTorch() {
        agrees("adamw", p -> new AdamW(p, rate(1e-2).withWeightDecay(0.1), 0.9, 0.95, 1e-8), "exp_avg", "exp_avg_sq");
        agrees("adam_l2", p -> AdamW.coupled(p, rate(1e-2).withWeightDecay(0.01), 0.9, 0.999, 1e-8), "exp_avg", "exp_avg_sq");
        agrees("sgd", p -> new Sgd(p, rate(0.1)));
        agrees("sgd_mom_nesterov", p -> new Sgd(p, rate(0.1).withWeightDecay(1e-3), 0.9, true), "momentum_buffer");
    }

    @Test
    void lionStepsBySigns() {
        Parameter p = new Parameter("p", Tensor.of(1, 2, 3, 4));
        Gradients gradients = Given.gradients(List.of(p));
        gradients.of(p).write(new float[] {5, -1e-9f, 0, Float.NaN});
        try (Optimizer optimizer = new Lion(List.of(p), rate(0.25).withWeightDecay(0.4))) {
            optimizer.step(gradients);
            assertThat(p.value().toArray()).containsExactly(new float[] {0.65f, 2.05f, 2.7f, 3.6f}, within(1e-6f));
            assertThat(optimizer.state().get("p.exp_avg").toArray()[0]).isCloseTo(0.05f, within(1e-8f));
        }
    }

    // ---- groups ----------------------------------------------------------------------------

    @Test
    void theFirstGroupThatTakesAParameterCounts() {
        Parameter matrix = Given.random(Device.cpu(), "model.layers.0.mlp.up_proj.weight", 1, 4, 8);
        Parameter norm = Given.random(Device.cpu(), "model.norm.weight", 2, 8);
        Parameter table = Given.random(Device.cpu(), "model.embed_tokens.weight", 3, 16, 8);
        List<Parameter> all = List.of(matrix, norm, table);
        float[][] before = {
            matrix.value().toArray(), norm.value().toArray(), table.value().toArray()
        };
        OptimizerOptions options = rate(0.5)
                .withWeightDecay(0.25)
                .withGroup(ParameterGroup.VECTORS_AND_EMBEDDINGS)
                .withGroup(ParameterGroup.of(p -> p.value().rank() == 2).withRateFactor(0.5));
        Gradients zeros = Given.gradients(all);
        try (Optimizer optimizer = new AdamW(all, options)) {
            all.forEach(p -> zeros.of(p).write(new float[(int) p.value().size()]));
            optimizer.step(zeros);
        }
        float[] decayed = before[0].clone();
        for (int i = 0; i < decayed.length; i++) {
            decayed[i] *= 1 - 0.5f * 0.5f * 0.25f;
        }
        assertThat(matrix.value().toArray()).isEqualTo(decayed);
        assertThat(norm.value().toArray()).isEqualTo(before[1]);
        assertThat(table.value().toArray()).isEqualTo(before[2]);
    }

    // ---- what holds for all ----------------------------------------------------------------

    private static List<Parameter> model(Device device) {
        return List.of(
                Given.random(device, "a.weight", 1, 70, 301),
                Given.random(device, "b.weight", 2, 4099),
                Given.random(device, "c.weight", 3, 64, 64),
                Given.random(device, "d.bias", 4, 5),
                Given.random(device, "e.weight", 5, 33_000));
    }

    private static OptimizerOptions options() {
        return OptimizerOptions.of(LearningRate.cosine(1e-2, 1e-3, 2, 20)).withWeightDecay(0.1);
    }

    private static void steps(Optimizer optimizer, Gradients gradients, int from, int to) {
        for (int step = from; step < to; step++) {
            Given.fill(gradients, 1000L * step);
            optimizer.step(gradients);
        }
    }

    private static void requireSame(List<Parameter> expected, List<Parameter> actual) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).value().toArray())
                    .as(expected.get(i).name())
                    .isEqualTo(expected.get(i).value().toArray());
        }
    }

    @ParameterizedTest
    @EnumSource
    void givesTheSameBitsForAnyNumberOfThreads(Algorithm algorithm) {
        List<Parameter> expected = null;
        for (int threads = 1; threads <= 3; threads++) {
            try (Device device = Device.cpu(threads)) {
                List<Parameter> parameters = model(device);
                try (Optimizer optimizer = algorithm.over(parameters, options())) {
                    steps(optimizer, Given.gradients(parameters), 0, 4);
                }
                if (expected == null) {
                    expected = parameters;
                }
                requireSame(expected, parameters);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void goesOnFromAFileAsIfItHadNotStopped(Algorithm algorithm, @TempDir Path dir) {
        Path file = dir.resolve("optimizer.safetensors");
        List<Parameter> straight = model(Device.cpu());
        Gradients gradients = Given.gradients(straight);
        List<Parameter> resumed;
        try (Optimizer optimizer = algorithm.over(straight, options())) {
            steps(optimizer, gradients, 0, 4);
            SafeTensorsWriter.write(file, optimizer.state(), Map.of());
            resumed = straight.stream()
                    .map(p -> Given.parameter(Device.cpu(), p.name(), p.value()))
                    .toList();
            steps(optimizer, gradients, 4, 8);
        }
        try (Optimizer optimizer = algorithm.over(resumed, options());
                Checkpoint checkpoint = SafeTensors.open(file)) {
            optimizer.restore(checkpoint);
            assertThat(optimizer.steps()).isEqualTo(4);
            steps(optimizer, Given.gradients(resumed), 4, 8);
        }
        requireSame(straight, resumed);
    }

    @Test
    void aParameterWithoutAGradientStaysAsItIs() {
        List<Parameter> all = List.of(Given.random(Device.cpu(), "a", 1, 5), Given.random(Device.cpu(), "b", 2, 5));
        float[] before = all.get(1).value().toArray();
        try (Optimizer optimizer = new AdamW(all, options())) {
            steps(optimizer, Given.gradients(all.subList(0, 1)), 0, 3);
            assertThat(optimizer.state().get("b.exp_avg").toArray()).containsOnly(0);
        }
        assertThat(all.get(1).value().toArray()).isEqualTo(before);
    }

    @Test
    void refusesStateThatDoesNotFit() {
        List<Parameter> all = List.of(Given.random(Device.cpu(), "a", 1, 5000));
        try (Optimizer adam = new AdamW(all, options());
                Optimizer eight = new AdamW(all, options().withFormat(StateFormat.BLOCKWISE_8));
                Optimizer other = new AdamW(List.of(Given.random(Device.cpu(), "a", 1, 50, 100)), options())) {
            Checkpoint state = Given.copy(adam.state());
            assertThatThrownBy(() -> eight.restore(state))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("wants a.state1 u8[5000]; there is none");
            assertThatThrownBy(() -> other.restore(state))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("wants a.exp_avg f32[50,100], not f32[5000]");
        }
    }

    /// What PyTorch does: the first step moves an element by the rate, whenever it comes.
    @Test
    void aParameterThatComesLateIsCorrectedForItsOwnSteps(@TempDir Path dir) {
        Parameter early = Given.parameter(
                Device.cpu(), "early", Memory.collected(Device.cpu()).floats(new float[1], 1));
        Parameter late = Given.parameter(
                Device.cpu(), "late", Memory.collected(Device.cpu()).floats(new float[1], 1));
        Gradients first = Given.gradients(List.of(early));
        Gradients both = Given.gradients(List.of(early, late));
        both.of(late).fill(1);
        OptimizerOptions options = OptimizerOptions.of(LearningRate.constant(1e-3));
        Path file = dir.resolve("state.safetensors");
        try (Optimizer optimizer = new AdamW(List.of(early, late), options)) {
            for (int step = 0; step < 1000; step++) {
                optimizer.step(first);
            }
            SafeTensorsWriter.write(file, optimizer.state(), Map.of());
        }
        try (Optimizer optimizer = new AdamW(List.of(early, late), options);
                Checkpoint state = SafeTensors.open(file)) {
            optimizer.restore(state);
            optimizer.step(both);
        }
        assertThat(late.value().toArray()[0]).isCloseTo(-1e-3f, within(1e-8f));
    }

    @Test
    void refusesNumbersBeforeItMakesState(@TempDir Path dir) {
        List<Parameter> parameters = List.of(Given.random(Device.cpu(), "a", 1, 4096));
        Path file = dir.resolve("pages");
        OptimizerOptions options = OptimizerOptions.of(LearningRate.constant(1)).withMemory(StateMemory.paged(file, 8 << 20));
        assertThatIllegalArgumentException().isThrownBy(() -> new AdamW(parameters, options, 1, 0.9, 1e-8));
        assertThatIllegalArgumentException().isThrownBy(() -> new AdamW(parameters, options, 0.9, 0.9, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Lion(parameters, options, 0.9, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> new Sgd(parameters, options, -1, false));
        assertThatIllegalArgumentException().isThrownBy(() -> options.withWeightDecay(Double.NaN));
        try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
            assertThat(maps.filter(line -> line.contains(file.toString()))).isEmpty();
        } catch (NoSuchFileException elsewhere) {
            // no /proc on this system
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void refusesParametersItCouldNotTellApart() {
        Parameter a = Given.random(Device.cpu(), "a", 1, 5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AdamW(List.of(a, a), options()))
                .withMessageContaining("two parameters are called a");
        assertThatIllegalArgumentException().isThrownBy(() -> new AdamW(List.of(), options()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AdamW(List.of(a), options(), 1, 0.9, 0))
                .withMessageContaining("beta1 1.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Sgd(List.of(a), options().withFormat(StateFormat.BLOCKWISE_8)));
    }

    @Test
    void isOfNoUseAfterItsClose() {
        List<Parameter> all = List.of(Given.random(Device.cpu(), "a", 1, 5));
        Optimizer optimizer = new AdamW(all, options());
        optimizer.close();
        optimizer.close();
        assertThatThrownBy(() -> optimizer.step(new Gradients()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }
}
