package dev.gatun.jmh;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.openjdk.jmh.Main;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// Times every kernel beside the machine's own roof.
///
/// ```
/// mvn -Dgatun.quick -DskipTests -pl jmh -am package
/// java -jar jmh/target/quick/benchmarks.jar                              everything: half an hour
/// java -jar jmh/target/quick/benchmarks.jar Norm                         one family
/// java -jar jmh/target/quick/benchmarks.jar Matmul -p format=bf16 -p threads=2
/// java -jar jmh/target/quick/benchmarks.jar -h                           all options, which are JMH's
/// ```
///
/// (Without `-Dgatun.quick` the jar is `jmh/target/benchmarks.jar`.) Each line of the table at the end is one kernel:
///
/// ```
/// Norm  rmsNorm 1x2048  2 threads  1.20 µs ± 3 %  13.6 GB/s  41 % of read 33.2
/// ```
///
/// The time is the median of five seconds, ± half the range of them; what it is of, and what is asserted before, is said in [KernelBench]. The rate
/// counts what the kernel cannot do without ([Work]): each byte of an operand once, and the flop of its definition. The percentage is of the [Roof] that
/// the same number of threads reached seconds before: reading from memory, or f32 multiply-adds, whichever binds the kernel. Above 100 % the operands
/// stay in a cache. A first benchmark that disagrees with the reference ends the run.
public final class Benchmarks {
    private Benchmarks() {}

    /// @param args JMH's
    /// @throws IOException if JMH cannot write what it should
    public static void main(String... args) throws IOException {
        CommandLineOptions asked = options(args);
        if (asked.shouldHelp()
                || asked.shouldList()
                || asked.shouldListWithParams()
                || asked.shouldListProfilers()
                || asked.shouldListResultFormats()) {
            Main.main(args);
            return;
        }
        var options = new OptionsBuilder()
                .parent(asked)
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.MICROSECONDS)
                .addProfiler(RoofProfiler.class)
                .shouldFailOnError(asked.shouldFailOnError().orElse(true));
        if (!asked.getParameter("threads").hasValue()) {
            int all = Runtime.getRuntime().availableProcessors();
            options.param("threads", all == 1 ? new String[] {"1"} : new String[] {"1", "" + all});
        }
        try {
            print(System.out, new Runner(options.build()).run());
        } catch (RunnerException e) { // of a benchmark that failed JMH has already shown the reason
            System.err.println(e);
            System.exit(1);
        }
    }

    private static CommandLineOptions options(String... args) {
        try {
            return new CommandLineOptions(args);
        } catch (CommandLineOptionException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            throw new AssertionError(e);
        }
    }

    private static void print(PrintStream out, Collection<RunResult> results) throws IOException {
        out.printf(
                "%n%s, %d processors, Java %s%n%n",
                processor(), Runtime.getRuntime().availableProcessors(), Runtime.version());
        results.forEach(result -> out.println(line(result)));
    }

    /// One line of the table.
    private static String line(RunResult result) {
        BenchmarkParams params = result.getParams();
        String family = params.getBenchmark().replaceFirst("Bench\\.\\w+$", "").replaceFirst(".*\\.", "");
        String shape = params.getParamsKeys().stream()
                .filter(key -> !key.equals("threads"))
                .map(params::getParam)
                .collect(Collectors.joining(" "));
        String threads = params.getParam("threads");
        double micros = median(result.getPrimaryResult());
        double range = result.getPrimaryResult().getStatistics().getMax()
                - result.getPrimaryResult().getStatistics().getMin();
        var rates = result.getSecondaryResults();
        String bound = rates.containsKey(RoofProfiler.FMA) ? RoofProfiler.FMA : RoofProfiler.READ;
        double rate = median(rates.get(bound));
        double percent = median(rates.get(bound + RoofProfiler.OF_ROOF));
        return String.format(
                Locale.ROOT,
                "%-11s %-28s %3s %-7s %10s µs ± %2.0f %% %8.1f %-7s %4.0f %% of %s %.1f",
                family,
                shape,
                threads,
                threads.equals("1") ? "thread" : "threads",
                micros < 100 ? String.format(Locale.ROOT, "%.2f", micros) : Math.round(micros),
                50 * range / micros,
                rate,
                rates.get(bound).getScoreUnit(),
                percent,
                bound,
                100 * rate / percent);
    }

    private static double median(Result<?> result) {
        return result.getStatistics().getPercentile(50);
    }

    /// What computes here, where the system says it.
    private static String processor() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        String otherwise = System.getProperty("os.arch");
        if (!Files.exists(info)) {
            return otherwise;
        }
        return Files.readAllLines(info).stream()
                .filter(line -> line.startsWith("model name"))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse(otherwise);
    }
}
