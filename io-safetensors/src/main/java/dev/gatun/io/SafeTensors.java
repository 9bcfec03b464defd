package dev.gatun.io;

import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A checkpoint in the safetensors format, mapped into memory: opening reads the headers, and a
/// tensor's bytes are read when they are first touched.
///
/// ```
/// try (var checkpoint = SafeTensors.open(Path.of("model"))) {
///     Tensor norm = checkpoint.tensor("model.norm.weight");
/// }
/// ```
///
/// What may be opened is
///
/// - one file;
/// - a directory with `model.safetensors`, or else with `model.safetensors.index.json` and the
///   shards that it names, beside or below it;
/// - an index file itself, whatever it is called before `.index.json`.
///
/// Nothing in these files is trusted. Lengths, offsets, shapes and dtypes are checked against each
/// other and the size of the file, names against the index, before anything is mapped; a file with
/// a dtype that [DType] does not have is refused as a whole. Not checked are the values of tensors
/// (a `BOOL` may be 7) and an index's `total_size`, which files in the wild count in several ways.
/// The tensors of a header may come in any order, as long as their data leave no hole.
///
/// The file must not be shortened while it is open: the operating system then takes away pages that
/// are in use. Replacing it by renaming another over it, as [SafeTensorsWriter] does, is harmless.
///
/// Any number of threads may use a checkpoint. After [#close()], its tensors are dead.
public final class SafeTensors implements Checkpoint {
    static final String MODEL = "model.safetensors";
    private static final int SHOWN_NAMES = 8;

    private final Path path;
    private final Resident memory;
    private final Arena arena = Arena.ofShared();
    private final Map<String, Stored> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private record Stored(Header.Entry entry, MemorySegment data) {}

    private SafeTensors(Path path, Device device) {
        this.path = path;
        this.memory = new Resident(device, path.toString());
    }

    /// Opens a file or a directory on the CPU.
    ///
    /// @param path what to open
    /// @return the checkpoint
    /// @throws CheckpointException if it cannot be read or is not what it should be
    public static SafeTensors open(Path path) {
        return open(path, Device.cpu());
    }

    /// Opens a file or a directory.
    ///
    /// @param path what to open
    /// @param device the CPU device that the tensors belong to
    /// @return the checkpoint
    /// @throws CheckpointException if it cannot be read or is not what it should be
    /// @throws IllegalArgumentException if the device cannot use host memory
    public static SafeTensors open(Path path, Device device) {
        SafeTensors opened = new SafeTensors(path, device);
        try {
            opened.read();
            return opened;
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    private void read() {
        memory.view(MemorySegment.NULL, DType.U8, Shape.of(0)); // refuses another device at once
        Path file = Files.isDirectory(path) ? model() : path;
        if (!file.toString().endsWith(ShardIndex.SUFFIX)) {
            add(file, header -> {});
            return;
        }
        ShardIndex index = ShardIndex.read(file);
        index.shards().forEach((name, shard) -> add(shard, header -> index.check(name, header)));
        index.requireAll(tensors.keySet());
    }

    private void add(Path file, Consumer<Header> check) {
        try (CheckedFile checked = CheckedFile.open(file)) {
            Header header = Header.read(checked);
            check.accept(header);
            MemorySegment data = checked.map(header.dataStart(), arena);
            header.entries().forEach(entry -> tensors.put(entry.name(), new Stored(entry, data)));
            header.metadata().forEach(metadata::putIfAbsent);
        }
    }

    private Path model() {
        for (String name : List.of(MODEL, MODEL + ShardIndex.SUFFIX)) {
            if (Files.exists(path.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                return path.resolve(name);
            }
        }
        String names;
        try (Stream<Path> files = Files.list(path)) {
            names = shown(files.map(file -> file.getFileName().toString()).sorted().toList());
        } catch (IOException e) {
            throw Refusal.io(path, "read", e);
        }
        throw Refusal.of(path, "a directory with neither " + MODEL + " nor " + MODEL + ShardIndex.SUFFIX + "; it has " + names);
    }

    @Override
    public String source() {
        return path.toString();
    }

    /// {@return the strings that the file's writer left in it, such as `format`: `pt`; those of all
    /// shards together, of which the first wins}
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    /// {@return the names of all tensors, in the order of their data}
    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    @Override
    public DType dtype(String name) {
        return stored(name).entry().dtype();
    }

    @Override
    public Shape shape(String name) {
        return stored(name).entry().shape();
    }

    /// A view of the mapped file, without a copy. It must not be written to.
    ///
    /// @param name its name
    /// @return the tensor, valid until this checkpoint is closed
    /// @throws CheckpointException if there is none of this name
    /// @throws IllegalStateException if this checkpoint was closed
    @Override
    public Tensor tensor(String name) {
        Stored stored = stored(name);
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException(path + ": tensor " + Refusal.quoted(name) + " — the checkpoint was closed");
        }
        Header.Entry entry = stored.entry();
        MemorySegment bytes = stored.data().asSlice(entry.begin(), entry.bytes());
        return memory.view(bytes, entry.dtype(), entry.shape());
    }

    private Stored stored(String name) {
        Stored stored = tensors.get(name);
        if (stored == null) {
            throw Refusal.of(path, "no tensor " + Refusal.quoted(name) + "; it has " + shown(tensors.keySet()));
        }
        return stored;
    }

    private static String shown(Collection<String> names) {
        String more = names.size() > SHOWN_NAMES ? ", … (" + names.size() + ")" : "";
        return names.isEmpty() ? "nothing" : names.stream().limit(SHOWN_NAMES).map(Refusal::quoted).collect(Collectors.joining(", ", "", more));
    }

    /// Ends the life of all its tensors. Closing it again does nothing; closing it while a kernel
    /// reads from it is an error that nobody checks.
    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            memory.close();
            arena.close();
        }
    }
}
