package dev.gatun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.nn.WeightFormat;
import dev.gatun.quant.Codebook;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.kernels.KernelCheck;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The compiler stops inlining when a method has become too large. A vector that passes a call which it then makes is boxed, at many times the cost and
/// without a word, unless it is asked: here it is, while every kernel runs in a JVM of its own.
///
/// It also boxes an accumulator that is asked to add (`a = a.add(x)`), if it does not know yet, from having watched, of which class it is: in a loop that is
/// compiled early it cannot. An accumulator that is added to something (`a = x.add(a)`) needs no knowledge.
///
/// Calls that pass no vector may stay calls, and so may those of a loop that is replaced while it runs, which is a matter of its first rounds.
class InliningTest {
    /// `1234 56 b 4 dev.gatun.tensor.cpu.Bf16Rows::dot (1370 bytes)`, with several signs in between
    private static final Pattern COMPILED = Pattern.compile("\\s*\\d+\\s+\\d+\\s(\\D*)(\\d)\\s+([\\w.$]+::\\S+).*bytes\\)");

    /// Compiled for good: by the last of the compilers, and from the beginning of the method.
    private static final String OPTIMIZED = "4";

    private static final String WHILE_IT_RUNS = "%";

    private static final Pattern CUT_OFF = Pattern.compile(".*@ -?\\d+\\s+([\\w.$/]+)::(\\S+).*NodeCountInliningCutoff.*");

    private static final Pattern UNKNOWN =
            Pattern.compile(".*@ -?\\d+\\s+(jdk\\.incubator\\.vector\\.[\\w$]+)::(\\S+).*(virtual call|no static binding)\\s*");

    @TempDir
    Path folder;

    /// What the JVM runs that is watched.
    static final class Workout {
        private Workout() {}

        /// @param args none
        public static void main(String[] args) {
            try (Device device = Device.cpu(1)) {
                KernelCheck.run(device);
            }
        }
    }

    @Test
    void noKernelIsTooLargeForTheCompiler() throws Exception {
        Path output = folder.resolve("inlining.txt");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "@jvm.args", "-XX:+UnlockDiagnosticVMOptions")); // as the launcher has it: compiled early, and nobody watches the classes of vectors
        for (String kernels : List.of("dev.gatun.tensor.cpu.*::*", "dev.gatun.quant.cpu.*::*")) {
            for (String option : List.of("PrintCompilation,%s", "PrintInlining,%s", "BackgroundCompilation,%s,false")) {
                command.add("-XX:CompileCommand=" + option.formatted(kernels)); // it waits for the compiler: what runs often is compiled
            }
        }
        command.addAll(List.of("-cp", classPath()));
        command.add(Workout.class.getName());
        Process child = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = child.waitFor(10, TimeUnit.MINUTES);
        child.destroyForcibly();
        assertThat(ended).isTrue();
        assertThat(child.waitFor()).isZero();
        List<String> compiled = new ArrayList<>();
        List<String> boxing = new ArrayList<>();
        try (Stream<String> lines = Files.lines(output)) {
            lines.forEach(line -> read(line, compiled, boxing));
        }
        assertThat(compiled)
                .contains("dev.gatun.tensor.cpu.Bf16Rows::dot", "dev.gatun.tensor.cpu.AttentionLoops::scores")
                .anyMatch(name -> name.startsWith("dev.gatun.quant.cpu.Int4"));
        assertThat(boxing).isEmpty();
    }

    private static void read(String line, List<String> compiled, List<String> boxing) {
        Matcher method = COMPILED.matcher(line);
        if (method.matches()) {
            boolean optimized =
                    method.group(2).equals(OPTIMIZED) && !method.group(1).contains(WHILE_IT_RUNS);
            compiled.add(method.group(3) + (optimized ? "" : WHILE_IT_RUNS));
            return;
        }
        Matcher cutOff = CUT_OFF.matcher(line);
        Matcher unknown = UNKNOWN.matcher(line);
        if (cutOff.matches() && passesVectors(cutOff.group(1), cutOff.group(2))) {
            boxing.add(compiled.getLast() + " calls " + cutOff.group(1) + "::" + cutOff.group(2));
        } else if (unknown.matches() && !compiled.getLast().endsWith(WHILE_IT_RUNS)) {
            boxing.add(compiled.getLast() + " calls " + unknown.group(1) + "::" + unknown.group(2));
        }
    }

    private static boolean passesVectors(String type, String method) {
        if (type.startsWith("jdk.incubator.vector.") || type.startsWith("jdk.internal.vm.vector.")) {
            return true;
        }
        if (!type.startsWith("dev.gatun.") || type.contains("/")) { // a lambda's class has no name to ask by, and its method is another line
            return false;
        }
        try {
            return Arrays.stream(Class.forName(type, false, InliningTest.class.getClassLoader())
                            .getDeclaredMethods())
                    .filter(each -> each.getName().equals(method))
                    .flatMap(each -> Stream.concat(Stream.of(each.getReturnType()), Arrays.stream(each.getParameterTypes())))
                    .anyMatch(each -> each.getName().startsWith("jdk.incubator.vector."));
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static String classPath() {
        return Stream.of(InliningTest.class, Device.class, WeightFormat.class, Codebook.class)
                .map(InliningTest::location)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String location(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
