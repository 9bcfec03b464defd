///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// What this machine offers, what is missing, and the exact flag that mends it.

import module java.base;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import jdk.incubator.vector.FloatVector;

final List<String> cures = new ArrayList<>();

void main(String[] args) {
    if (args.length > 0) {
        System.err.println("doctor takes no arguments; it was given " + String.join(" ", args));
        System.exit(2);
    }
    line("JDK", Runtime.version() + ", " + System.getProperty("java.vendor") + ", " + System.getProperty("java.home"));
    line("system", System.getProperty("os.name") + " " + System.getProperty("os.version") + ", " + System.getProperty("os.arch"));
    line("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    var machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    line("memory", gigabytes(machine.getTotalMemorySize()) + ", " + gigabytes(machine.getFreeMemorySize()) + " of it free");
    line("heap", "up to " + gigabytes(Runtime.getRuntime().maxMemory()) + " (tensors live outside it)");
    vectors();
    nativeAccess();
    IO.println(cures.isEmpty() ? "Nothing is missing." : String.join("\n", cures));
    System.exit(cures.isEmpty() ? 0 : 1);
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

/// Loaded only where there is a Vector API.
static final class Simd {
    static String width() {
        var preferred = FloatVector.SPECIES_PREFERRED;
        return preferred.vectorBitSize() + " bits, " + preferred.length() + " floats at a time";
    }
}

static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
}

static void line(String what, String value) {
    IO.println(String.format(Locale.ROOT, "%-14s %s", what, value));
}
