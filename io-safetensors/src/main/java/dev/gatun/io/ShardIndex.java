package dev.gatun.io;

import dev.gatun.tensor.CheckpointException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// The `model.safetensors.index.json` of a sharded model: which tensor is in which file.
///
/// @param file the index
/// @param shards the files' names as the index spells them, in order, and where they are
/// @param shardOf tensor name to file name
record ShardIndex(Path file, SortedMap<String, Path> shards, Map<String, String> shardOf) {
    static final String SUFFIX = ".index.json";

    static ShardIndex read(Path file) {
        Map<String, String> shardOf = new LinkedHashMap<>();
        SortedMap<String, Path> shards = new TreeMap<>();
        try (CheckedFile checked = CheckedFile.open(file)) {
            if (checked.size() > Header.MAX_BYTES) {
                throw Refusal.of(file, checked.size() + " bytes; at most " + Header.MAX_BYTES + " are read");
            }
            checked.requireHeap(checked.size(), 32); // arrays of empty arrays are the worst
            Json index = Json.parse(file.toString(), checked.text(0, (int) checked.size()));
            index.at("weight_map")
                    .forEach(
                            (name, shard) -> {
                                String path = shard.asString();
                                shards.computeIfAbsent(path, p -> inside(file, name, p));
                                shardOf.put(name, path);
                            });
        } catch (JsonException e) {
            throw new CheckpointException(Refusal.line(String.valueOf(e.getMessage())), e);
        }
        if (shards.isEmpty()) {
            throw Refusal.of(file, "weight_map is empty; expected tensor names and their files");
        }
        return new ShardIndex(file, shards, shardOf);
    }

    /// A shard lies beside or below its index: a downloaded file has no say over other places.
    private static Path inside(Path index, String tensor, String shard) {
        String problem = "is mapped to " + Refusal.quoted(shard) + ", ";
        Path folder = index.toAbsolutePath().resolveSibling("");
        try {
            Path relative = Path.of(shard);
            Path resolved = folder.resolve(relative).normalize();
            if (relative.isAbsolute() || !resolved.startsWith(folder.normalize())) {
                throw refused(index, tensor, problem + "which is outside the index's directory");
            }
            return index.resolveSibling(relative);
        } catch (InvalidPathException e) {
            throw refused(index, tensor, problem + "which is not a path");
        }
    }

    /// Refuses a shard whose tensors are not exactly those that the index says.
    void check(String shard, Header header) {
        Path path = Objects.requireNonNull(shards.get(shard));
        for (Header.Entry entry : header.entries()) {
            String mapped = shardOf.get(entry.name());
            if (!shard.equals(mapped)) {
                throw Refusal.at(
                        path,
                        entry.name(),
                        header.dataStart() + entry.begin(),
                        mapped == null ? "is not named by " + file.getFileName() : "is in " + Refusal.quoted(mapped) + " by " + file.getFileName());
            }
        }
    }

    /// Refuses an index that names a tensor which its shard does not hold.
    void requireAll(Set<String> found) {
        shardOf.forEach(
                (name, shard) -> {
                    if (!found.contains(name)) {
                        throw refused(file, name, "is not in its shard " + Refusal.quoted(shard));
                    }
                });
    }

    private static RuntimeException refused(Path index, String tensor, String problem) {
        return Refusal.of(index, "tensor " + Refusal.quoted(tensor) + " " + problem);
    }
}
