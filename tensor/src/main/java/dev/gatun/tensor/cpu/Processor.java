package dev.gatun.tensor.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the JVM does not tell of the processor.
final class Processor {
    /// Whether it is AMD's; false where that cannot be found out.
    static final boolean AMD = amd();

    private Processor() {}

    private static boolean amd() {
        String windows = System.getenv("PROCESSOR_IDENTIFIER");
        if (windows != null) {
            return windows.contains("AuthenticAMD");
        }
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.limit(10).anyMatch(line -> line.startsWith("vendor_id") && line.contains("AuthenticAMD"));
        } catch (IOException | RuntimeException e) { // not Linux, or not allowed
            return false;
        }
    }
}
