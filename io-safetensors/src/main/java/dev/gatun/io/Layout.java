package dev.gatun.io;

import dev.gatun.io.TensorPlan.Planned;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Which tensors a file will hold, and where.
record Layout(Path file, List<Header.Entry> entries) {

    /// All tensors in one file. Wider elements come first, so that every tensor is aligned to its
    /// elements; the sort is stable and otherwise keeps the order of the plan.
    static Layout of(Path file, List<Planned> tensors) {
        List<Planned> sorted = new ArrayList<>(tensors);
        sorted.sort(Comparator.comparingInt((Planned t) -> t.dtype().bytes()).reversed());
        List<Header.Entry> entries = new ArrayList<>();
        long begin = 0;
        for (Planned t : sorted) {
            long end = Math.addExact(begin, t.bytes());
            entries.add(new Header.Entry(t.name(), t.dtype(), t.shape(), begin, end));
            begin = end;
        }
        return new Layout(file, entries);
    }

    /// As many files as are needed: a tensor that does not fit into the last one begins another,
    /// and may be larger than the limit by itself.
    static List<Layout> sharded(Path directory, List<Planned> tensors, long maxBytes) {
        List<List<Planned>> groups = new ArrayList<>();
        List<Planned> group = new ArrayList<>();
        groups.add(group);
        long room = maxBytes;
        for (Planned t : tensors) {
            if (t.bytes() > room && !group.isEmpty()) {
                group = new ArrayList<>();
                groups.add(group);
                room = maxBytes;
            }
            group.add(t);
            room -= t.bytes();
        }
        if (groups.size() == 1) {
            return List.of(of(directory.resolve(SafeTensors.MODEL), group));
        }
        List<Layout> files = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            String name = String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, groups.size());
            files.add(of(directory.resolve(name), groups.get(i)));
        }
        return files;
    }
}
