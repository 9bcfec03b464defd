///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// What this machine offers, what is missing, and the exact flag that mends it.

import module java.base;

import com.sun.management.OperatingSystemMXBean;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.kernels.KernelCheck;
import java.lang.management.ManagementFactory;
import jdk.incubator.vector.FloatVector;
import picocli.CommandLine.Option;

@Option(names = "--check", description = "Compare every kernel of every device with the scalar reference, and print how far it is off at worst.")
boolean check;

final List<String> cures = new ArrayList<>();

void main(String[] args) {
    Program.run(this, "doctor", "Prints what this machine offers and the flags that mend what is missing.", this::examine, args);
}

void examine() {
    line("JDK", Runtime.version() + ", " + System.getProperty("java.vendor") + ", " + System.getProperty("java.home"));
    line(
            "flags",
            ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                    .filter(flag -> !flag.startsWith("-XX:CompileCommand"))
                    .collect(Collectors.joining(" ")));
    line("system", System.getProperty("os.name") + " " + System.getProperty("os.version") + ", " + System.getProperty("os.arch"));
    line("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    var machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    line("memory", gigabytes(machine.getTotalMemorySize()) + ", " + gigabytes(machine.getFreeMemorySize()) + " of it free");
    line("heap", "up to " + gigabytes(Runtime.getRuntime().maxMemory()) + " (tensors live outside it)");
    vectors();
    nativeAccess();
    compiler();
    line("device", Device.cpu().description());
    if (check) {
        check(Device.cpu());
    }
    cures.forEach(IO::println);
    if (!cures.isEmpty()) {
        System.out.flush();
        System.exit(1);
    }
    IO.println("Nothing is missing.");
}

void vectors() {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
        line("Vector API", "present, " + Simd.width());
    } else {
        line("Vector API", "absent: kernels run as plain loops, many times slower");
        cures.add("For SIMD kernels start java with --add-modules jdk.incubator.vector");
    }
}

void nativeAccess() {
    if (getClass().getModule().isNativeAccessEnabled()) {
        line("native access", "granted");
    } else {
        line("native access", "not granted: Java warns when a file is mapped or CUDA is opened, and later versions refuse");
        cures.add("To grant native access start java with --enable-native-access=ALL-UNNAMED");
    }
}

/// The vectors of the Vector API are objects unless the optimizing compiler removes them.
void compiler() {
    String mode = System.getProperty("java.vm.info", "");
    line("compiler", System.getProperty("java.vm.name") + ", " + mode);
    var flags = ManagementFactory.getRuntimeMXBean().getInputArguments();
    if (mode.contains("interpreted") || flags.stream().anyMatch(flag -> flag.matches("-XX:TieredStopAtLevel=[0-3]"))) {
        cures.add("The optimizing compiler is off, and SIMD kernels are slower than plain loops: drop -Xint and -XX:TieredStopAtLevel");
    }
}

void check(Device device) {
    IO.println("\nKernels of " + device.description() + ", against the reference:");
    for (String kernel : KernelCheck.kernels()) {
        String complaint = null;
        try {
            var result = KernelCheck.run(kernel, device);
            IO.println("  " + result);
            complaint = result.ok() ? null : "computes something else than the reference";
        } catch (RuntimeException failure) {
            IO.println("  FAIL " + kernel + ": " + failure);
            complaint = "fails";
        }
        if (complaint != null) {
            cures.add(kernel + " " + complaint + ": please report it, with all of the above");
        }
    }
    IO.println();
}

/// Loaded only where there is a Vector API.
static final class Simd {
    static String width() {
        var preferred = FloatVector.SPECIES_PREFERRED;
        return preferred.vectorBitSize() + " bits, " + preferred.length() + " floats at a time";
    }
}

static String gigabytes(long bytes) {
    return String.format("%.1f GB", bytes / 1e9);
}

static void line(String what, String value) {
    System.out.printf("%-14s %s%n", what, value);
}
