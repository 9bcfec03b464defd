package dev.gatun.jmh;

import dev.gatun.tensor.Device;
import dev.gatun.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What the benchmarks of all families share: a case is computed by the reference, then by the CPU device of so many threads, and if both agree it is
/// timed, in a JVM of its own.
///
/// The kernels are called as operations call them, with room for the result made beforehand: no allocation is in the time. Activations are in the cache,
/// as they are in a model, so that small ones may be faster than the memory's roof; weights and keys are not (see [Operands#cold(Tensor)]).
@State(Scope.Benchmark)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:CompileCommand=quiet",
            "-XX:CompileCommand=BackgroundCompilation,dev.gatun.jmh.RoofMeasurement::*,false"
        })
public abstract class KernelBench {
    /// Relative to the largest element. The contract tests know better what each kernel may be off by; here a wrong one only must not be timed.
    private static final double TOLERANCE = 1e-5;

    /// How many threads compute; by default of [Benchmarks] one, and as many as there are.
    @Param({"1", "2"})
    int threads;

    private Device device;
    private Operands operands;
    private Runnable kernel;

    /// {@return the kernel and its operands, of the shape that the parameters say}
    ///
    /// @param operands where they come from
    abstract Case on(Operands operands);

    /// Asserts that the device computes what the reference does, and measures the roof that it is held against.
    @Setup(Level.Trial)
    public void prepare() {
        List<float[]> expected;
        try (Operands reference = new Operands(Device.reference())) {
            expected = results(on(reference));
        }
        Roof roof = RoofMeasurement.of(threads);
        device = Device.cpu(threads);
        operands = new Operands(device);
        Case subject = on(operands);
        List<float[]> actual = results(subject);
        for (int i = 0; i < expected.size(); i++) {
            requireClose(expected.get(i), actual.get(i));
        }
        kernel = subject.kernel();
        RoofProfiler.expect(subject.work(), roof);
    }

    /// Once.
    @Benchmark
    public void gatun() {
        kernel.run();
    }

    /// Frees what was prepared.
    @TearDown(Level.Trial)
    public void close() {
        operands.close();
        device.close();
    }

    private static List<float[]> results(Case computed) {
        computed.kernel().run();
        return computed.results().stream().map(Tensor::toArray).toList();
    }

    private static void requireClose(float[] expected, float[] actual) {
        double largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < expected.length; i++) {
            if (!(Math.abs(expected[i] - actual[i]) <= TOLERANCE * largest)) {
                throw new AssertionError("element " + i + " is " + actual[i] + "; the reference says " + expected[i]);
            }
        }
    }

    /// {@return the numbers of a shape: `512x8192x2048`}
    ///
    /// @param shape as a parameter says it
    static long[] dims(String shape) {
        return Stream.of(shape.split("x")).mapToLong(Long::parseLong).toArray();
    }
}
