package dev.gatun.tensor.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Large memory straight from Linux, asked to come in pages of 2 MiB instead of 4 KiB.
///
/// A weight is read from end to end for every token. The processor's prefetcher stops at the end of a page, and every page costs a look-up: with large
/// pages the same kernel reads 10 to 20 % more per second. Memory from here is also zeroed page by page when it is first touched, where an arena would
/// write all of it at once. Elsewhere, or where the system refuses, an arena gives the memory.
final class LargePages {
    /// What is smaller comes from an arena.
    static final long SMALLEST = 1L << 20;

    private static final long PAGE = 2L << 20;
    private static final int READ_WRITE = 3;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    private static final int HUGEPAGE = 14;
    private static final boolean LINUX =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");

    private LargePages() {}

    /// Linux's functions. Linking them takes a tenth of a second, which programs with small models only should not pay.
    private static final class Calls {
        static final @Nullable MethodHandle MMAP =
                function("mmap", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
        static final @Nullable MethodHandle MUNMAP = function("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
        static final @Nullable MethodHandle MADVISE = function("madvise", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

        private Calls() {}

        private static @Nullable MethodHandle function(String name, FunctionDescriptor type) {
            Linker linker = Linker.nativeLinker();
            return linker.defaultLookup()
                    .find(name)
                    .map(symbol -> linker.downcallHandle(symbol, type))
                    .orElse(null);
        }
    }

    /// Zeroed memory, aligned to a large page.
    ///
    /// @param arena gives it back when it is closed
    /// @param bytes how much
    /// @return the memory, or null if it must come from elsewhere
    static @Nullable MemorySegment allocate(Arena arena, long bytes) {
        if (bytes < SMALLEST || !LINUX || Calls.MMAP == null || Calls.MUNMAP == null || Calls.MADVISE == null) {
            return null;
        }
        long room = Math.addExact(bytes, PAGE);
        try {
            MemorySegment mapped = (MemorySegment) Calls.MMAP.invokeExact(MemorySegment.NULL, room, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
            if (mapped.address() == -1) {
                return null;
            }
            MemorySegment owned = mapped.reinterpret(room, arena, LargePages::unmap);
            long from = -mapped.address() & PAGE - 1;
            MemorySegment memory = owned.asSlice(from, bytes);
            int ignored = (int) Calls.MADVISE.invokeExact(memory, bytes, HUGEPAGE); // advice: no harm if it is refused
            return memory;
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static void unmap(MemorySegment memory) {
        try {
            int ignored = (int) java.util.Objects.requireNonNull(Calls.MUNMAP).invokeExact(memory, memory.byteSize());
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
