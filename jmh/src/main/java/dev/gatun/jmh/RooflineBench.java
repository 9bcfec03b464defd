package dev.gatun.jmh;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The roof of one core: how fast it reads memory when it does nothing else. 256 MiB per call, which no cache holds.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class RooflineBench {
    private final float[] values = new float[64 << 20];

    /// Reads 268 million bytes: 0.268 / milliseconds is TB/s.
    @Benchmark
    public float read() {
        var species = FloatVector.SPECIES_PREFERRED;
        int step = species.length();
        var a = FloatVector.zero(species);
        var b = FloatVector.zero(species);
        for (int i = 0; i < values.length; i += 2 * step) {
            a = a.add(FloatVector.fromArray(species, values, i));
            b = b.add(FloatVector.fromArray(species, values, i + step));
        }
        return a.add(b).reduceLanes(VectorOperators.ADD);
    }
}
