package dev.gatun.nn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.io.SafeTensors;
import dev.gatun.io.SafeTensorsWriter;
import dev.gatun.nn.optim.OptimizerTest.Algorithm;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// State in a file, with much less of it in memory, is the same bits.
class PagedStateTest {
    private static final long MIB = 1 << 20;
    private static final long BUDGET = 8 * MIB;

    @TempDir
    Path dir;

    private static float[] random(long seed, long n) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[(int) n];
        for (int i = 0; i < values.length; i++) {
            values[i] = (random.nextInt() >> 8) * 0x1p-24f;
        }
        return values;
    }

    private static List<Parameter> model() {
        Memory memory = Memory.collected(Device.cpu());
        return Stream.of(5_000_003L, 50_000L, 2_100_000L, 300_001L)
                .map(n -> new Parameter("p" + n, memory.floats(random(n, n))))
                .toList();
    }

    private OptimizerOptions options() {
        return OptimizerOptions.of(LearningRate.cosine(1e-2, 0, 0, 10)).withWeightDecay(0.1);
    }

    private OptimizerOptions paged() {
        return options().withMemory(StateMemory.paged(dir, BUDGET));
    }

    private static void steps(Optimizer optimizer, Gradients gradients, int from, int to) {
        for (int step = from; step < to; step++) {
            long seed = 100L * step;
            for (Parameter p : gradients.parameters()) {
                gradients.of(p).write(random(seed++, p.value().size()));
            }
            optimizer.step(gradients);
        }
    }

    private static void requireSame(List<Parameter> expected, List<Parameter> actual) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).value().toArray())
                    .isEqualTo(expected.get(i).value().toArray());
        }
    }

    @ParameterizedTest
    @EnumSource
    void theBudgetDoesNotChangeABit(Algorithm algorithm) throws IOException {
        List<Parameter> expected = model();
        try (Optimizer optimizer = algorithm.over(expected, options())) {
            steps(optimizer, Given.gradients(expected), 0, 3);
            assertThat(optimizer.paging()).isEqualTo(new Paging(0, 0, 0, 0));
        }
        List<Parameter> actual = model();
        try (Optimizer optimizer = algorithm.over(actual, paged())) {
            steps(optimizer, Given.gradients(actual), 0, 3);
            Paging paging = optimizer.paging();
            assertThat(paging.peakResidentBytes()).isLessThanOrEqualTo(BUDGET);
            assertThat(paging.residentBytes()).isLessThanOrEqualTo(paging.peakResidentBytes());
            if (optimizer.stateBytes() > 2 * BUDGET) {
                assertThat(paging.pageIns()).as("%s", paging).isGreaterThan(2 * optimizer.stateBytes() / PagedStore.RUN);
                assertThat(paging.pageIns() - paging.pageOuts()).isEqualTo(Math.ceilDiv(paging.residentBytes(), PagedStore.RUN));
            }
        }
        requireSame(expected, actual);
        assertThat(Files.list(dir)).isEmpty();
    }

    @Test
    void goesOnFromAFileAsIfItHadNotStopped() {
        Path file = dir.resolve("optimizer.safetensors");
        List<Parameter> straight = model();
        Gradients gradients = Given.gradients(straight);
        List<Parameter> resumed;
        try (Optimizer optimizer = new AdamW(straight, paged())) {
            steps(optimizer, gradients, 0, 2);
            SafeTensorsWriter.write(file, optimizer.state(), Map.of());
            resumed = straight.stream()
                    .map(p -> Given.parameter(Device.cpu(), p.name(), p.value()))
                    .toList();
            steps(optimizer, gradients, 2, 4);
        }
        try (Optimizer optimizer = new AdamW(resumed, paged());
                Checkpoint checkpoint = SafeTensors.open(file)) {
            optimizer.restore(checkpoint);
            assertThat(optimizer.paging().peakResidentBytes()).isLessThanOrEqualTo(BUDGET);
            steps(optimizer, Given.gradients(resumed), 2, 4);
        }
        requireSame(straight, resumed);
    }

    @Test
    void noMoreOfTheFileIsInMemoryThanTheBudget() throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "asks Linux how much is in memory");
        List<Parameter> parameters = model();
        Gradients gradients = Given.gradients(parameters);
        try (Optimizer optimizer = new AdamW(parameters, paged())) {
            steps(optimizer, gradients, 0, 1);
            long before = mappedFiles();
            optimizer.state().values().stream()
                    .filter(tensor -> tensor.dtype() == DType.F32)
                    .forEach(Tensor::toArray);
            assertThat(mappedFiles() - before).isGreaterThan(30 * MIB); // what was read by others is there
            steps(optimizer, gradients, 1, 2);
            assertThat(mappedFiles() - before).isLessThan(BUDGET + 4 * MIB);
        }
    }

    private static long mappedFiles() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssFile:") || line.startsWith("RssShmem:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .sum();
    }

    @Test
    void aFileMayBeNamed() {
        Path file = dir.resolve("state");
        List<Parameter> parameters = List.of(Given.random(Device.cpu(), "p", 1, 100_000));
        try (Optimizer optimizer = new Lion(parameters, options().withMemory(StateMemory.paged(file, BUDGET)))) {
            steps(optimizer, Given.gradients(parameters), 0, 1);
            assertThat(optimizer.paging().pageIns()).isEqualTo(1);
            assertThat(optimizer.paging().residentBytes()).isEqualTo(400_000);
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void refusesWhatCannotBe() throws IOException {
        List<StatePart> huge = List.of(StatePart.like("m", DType.F32, Shape.of(1L << 50)));
        assertThatThrownBy(() -> PagedStore.open(dir, BUDGET, Device.cpu(), huge))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(dir.toString())
                .hasMessageContaining("bytes left");
        assertThat(Files.list(dir)).isEmpty();
        Path there = Files.writeString(dir.resolve("there"), "something");
        List<Parameter> parameters = List.of(Given.random(Device.cpu(), "p", 1, 100_000));
        assertThatThrownBy(() -> new AdamW(parameters, options().withMemory(StateMemory.paged(there, BUDGET))))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("exists");
        assertThat(there).hasContent("something");
        assertThatThrownBy(() -> new AdamW(parameters, options().withMemory(StateMemory.paged(dir.resolve("no/where"), BUDGET))))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("no file for 800000 bytes of optimizer state");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StateMemory.paged(dir, MIB))
                .withMessageContaining("8388608");
    }
}
