package dev.gatun.io;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a safetensors file says about itself, once it has been found to be true:
///
/// ```text
/// 0      8            8 + n
/// | n    | JSON       | data of one tensor after the other
/// ```
///
/// @param metadata the strings under `__metadata__`
/// @param entries the tensors in the order of their data
/// @param dataStart where the data begin, from the beginning of the file
record Header(Map<String, String> metadata, List<Entry> entries, long dataStart) {
    /// The key that is no tensor.
    static final String METADATA = "__metadata__";

    /// The limit of the reference implementation.
    static final int MAX_BYTES = 100_000_000;

    /// One tensor.
    ///
    /// @param begin where its data begin, from `dataStart`
    /// @param end where they end
    record Entry(String name, DType dtype, Shape shape, long begin, long end) {
        long bytes() {
            return end - begin;
        }
    }

    static Header read(CheckedFile file) {
        if (file.size() < 8) {
            throw Refusal.at(file.path(), file.size(), "the file ends here; a safetensors file begins with 8 bytes of header length");
        }
        long length = file.bytes(0, 8).getLong();
        String says = "the header has " + Long.toUnsignedString(length) + " bytes";
        if (length < 0 || length > MAX_BYTES) {
            throw Refusal.at(file.path(), 0, says + "; at most " + MAX_BYTES + " are read");
        }
        if (length < 2) {
            throw Refusal.at(file.path(), 0, says + "; the shortest is {}");
        }
        if (length > file.size() - 8) {
            throw Refusal.at(file.path(), 0, says + "; after it the file has " + (file.size() - 8));
        }
        file.requireHeap(length, 12); // a million empty tensors are the worst
        String json = file.text(8, (int) length);
        Map<String, Entry> entries = new LinkedHashMap<>();
        Map<String, String> metadata = HeaderParsing.parse(file.path(), json, entries);
        long dataStart = 8 + length;
        return new Header(metadata, laidOut(file, entries, dataStart), dataStart);
    }

    /// The entries in the order of their data, which they must cover without holes or overlaps.
    /// The order of the header is free: MLX, for one, writes names and data in different orders.
    private static List<Entry> laidOut(CheckedFile file, Map<String, Entry> named, long dataStart) {
        List<Entry> entries = new ArrayList<>(named.values());
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long dataBytes = file.size() - dataStart;
        long covered = 0;
        String last = "the header";
        for (Entry entry : entries) {
            if (entry.end > dataBytes) {
                throw refused(
                        file.path(),
                        dataStart,
                        entry,
                        "its data_offsets " + offsets(entry) + " leave the file, which has " + dataBytes + " bytes of data");
            }
            if (entry.begin < covered) {
                String problem = "its data_offsets " + offsets(entry) + " overlap those of " + last;
                throw refused(file.path(), dataStart, entry, problem + ", to " + covered);
            }
            if (entry.begin > covered) {
                throw refused(file.path(), dataStart, entry, "there is a hole of " + (entry.begin - covered) + " bytes between it and " + last);
            }
            covered = entry.end;
            last = Refusal.quoted(entry.name);
        }
        if (covered != dataBytes) {
            throw Refusal.at(file.path(), dataStart + covered, (dataBytes - covered) + " bytes after " + last + " belong to no tensor");
        }
        return List.copyOf(entries);
    }

    private static RuntimeException refused(Path file, long dataStart, Entry entry, String what) {
        return Refusal.at(file, entry.name, dataStart + entry.begin, what);
    }

    private static String offsets(Entry entry) {
        return "[" + entry.begin + ", " + entry.end + "]";
    }
}
