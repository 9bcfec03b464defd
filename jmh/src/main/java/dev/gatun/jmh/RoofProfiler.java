package dev.gatun.jmh;

import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/// Turns the time of each iteration into GB/s, or GFLOP/s where arithmetic binds the kernel, and into the percentage of the roof. It runs in the JVM of
/// the benchmark; [Benchmarks] switches it on.
public final class RoofProfiler implements InternalProfiler {
    /// The name of the secondary result for a kernel that memory binds; its unit is GB/s.
    static final String READ = "read";

    /// The name of the secondary result for a kernel that arithmetic binds; its unit is GFLOP/s.
    static final String FMA = "fma";

    /// What a percentage is called, behind the name of its rate.
    static final String OF_ROOF = "OfRoof";

    private static volatile Work work = new Work(0, 0);
    private static volatile Roof roof = new Roof(1, 1);

    /// Says what is going to be measured in this JVM, before its first iteration.
    static void expect(Work work, Roof roof) {
        RoofProfiler.work = work;
        RoofProfiler.roof = roof;
    }

    @Override
    public String getDescription() {
        return "GB/s or GFLOP/s, and how much of this machine's roof that is";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {}

    @Override
    public Collection<ScalarResult> afterIteration(BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        if (result.getRawPrimaryResults().isEmpty()) {
            return List.of(); // it failed, which is for JMH to say
        }
        double seconds =
                result.getPrimaryResult().getScore() * benchmark.getTimeUnit().toNanos(1) / 1e9;
        boolean arithmetic = roof.bindsArithmetic(work);
        String bound = arithmetic ? FMA : READ;
        double rate = (arithmetic ? work.flops() : work.bytes()) / seconds / 1e9;
        return List.of(
                new ScalarResult(bound, rate, arithmetic ? "GFLOP/s" : "GB/s", AggregationPolicy.AVG),
                new ScalarResult(bound + OF_ROOF, 100 * roof.seconds(work) / seconds, "%", AggregationPolicy.AVG));
    }
}
