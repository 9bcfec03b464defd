package dev.gatun.io;

import dev.gatun.io.TensorPlan.Planned;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Writes tensors in the safetensors format, one by one and in any order, after a plan of all of
/// them.
///
/// ```
/// var plan = new TensorPlan().add("a", DType.F32, Shape.of(2, 3)).metadata("format", "pt");
/// try (var out = SafeTensorsWriter.create(Path.of("a.safetensors"), plan)) {
///     out.write("a", a);
/// }
/// ```
///
/// Nothing is seen of the files before [#close()]: they are written under other names beside their
/// own, forced to the disk and renamed. A file of the same name is replaced then, also while it is
/// open and mapped. If a tensor is missing, the disk is full or anything else fails, nothing is
/// replaced and nothing is left.
///
/// Within a file, tensors of wider elements come first, so that all are aligned to their elements,
/// and otherwise stay in the order of the plan; data begin at a multiple of 64 bytes.
///
/// A writer belongs to one thread.
public final class SafeTensorsWriter implements AutoCloseable {
    private final Path path;
    private final Map<String, Slot> slots = new LinkedHashMap<>();
    private final Set<String> missing = new LinkedHashSet<>();
    private final List<NewFile> files = new ArrayList<>();
    private final Staging staging = new Staging();
    private boolean closed;

    private record Slot(Header.Entry entry, NewFile file, long position) {}

    private SafeTensorsWriter(Path path) {
        this.path = path;
    }

    /// Begins one file.
    ///
    /// @param file where, in a directory that exists
    /// @param plan what is going to be written
    /// @return the writer
    /// @throws CheckpointException if it cannot be written
    public static SafeTensorsWriter create(Path file, TensorPlan plan) {
        if (Files.isDirectory(file)) {
            throw Refusal.of(file, "is a directory; expected the name of a file");
        }
        if (!Files.isDirectory(file.toAbsolutePath().resolveSibling(""))) {
            throw Refusal.of(file, "cannot be written — its directory does not exist");
        }
        Layout layout = Layout.of(file, List.copyOf(plan.tensors().values()));
        return new SafeTensorsWriter(file).begin(List.of(layout), plan.metadata());
    }

    /// Begins a model in a directory: `model.safetensors` if everything fits into one file, else
    /// `model-00001-of-0000N.safetensors` and so on with `model.safetensors.index.json`, as
    /// Hugging Face names them.
    ///
    /// The directory must not hold a model yet: several files cannot be replaced at once.
    ///
    /// @param directory where; it exists
    /// @param plan what is going to be written
    /// @param maxShardBytes how many bytes of tensors a file may hold; a larger tensor gets a file
    ///     of its own
    /// @return the writer
    /// @throws CheckpointException if it cannot be written
    public static SafeTensorsWriter createSharded(Path directory, TensorPlan plan, long maxShardBytes) {
        if (maxShardBytes <= 0) {
            throw new IllegalArgumentException("maxShardBytes " + maxShardBytes + " — at least 1");
        }
        if (!Files.isDirectory(directory)) {
            throw Refusal.of(directory, "is not a directory");
        }
        List<Planned> tensors = List.copyOf(plan.tensors().values());
        List<Layout> layouts = Layout.sharded(directory, tensors, maxShardBytes);
        List<Path> targets = new ArrayList<>(layouts.stream().map(Layout::file).toList());
        targets.add(directory.resolve(SafeTensors.MODEL));
        targets.add(directory.resolve(SafeTensors.MODEL + ShardIndex.SUFFIX));
        for (Path target : targets) {
            if (Files.exists(target)) {
                throw Refusal.of(target, "exists; a model in several files is not written over it");
            }
        }
        return new SafeTensorsWriter(directory).begin(layouts, plan.metadata());
    }

    /// Writes tensors that are all there to one file.
    ///
    /// @param file where, in a directory that exists
    /// @param tensors by name
    /// @param metadata strings to go with them; the loaders of `transformers` want `format`: `pt`
    /// @throws CheckpointException if it cannot be written
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
        TensorPlan plan = TensorPlan.of(tensors);
        metadata.forEach(plan::metadata);
        try (SafeTensorsWriter writer = create(file, plan)) {
            tensors.forEach(writer::write);
        }
    }

    private SafeTensorsWriter begin(List<Layout> layouts, Map<String, String> metadata) {
        Map<String, String> shardOf = new HashMap<>();
        long total = 0;
        try {
            for (Layout layout : layouts) {
                ByteBuffer header = HeaderText.header(metadata, layout.entries());
                if (header.limit() - 8 > Header.MAX_BYTES) {
                    throw Refusal.of(layout.file(), "a header of " + (header.limit() - 8) + " bytes; at most " + Header.MAX_BYTES + " would be read");
                }
                long dataStart = header.limit();
                NewFile file = start(layout.file(), header);
                for (Header.Entry entry : layout.entries()) {
                    slots.put(entry.name(), new Slot(entry, file, dataStart + entry.begin()));
                    shardOf.put(entry.name(), layout.file().getFileName().toString());
                    total += entry.bytes();
                }
            }
            if (layouts.size() > 1) {
                // the last to be published: without it, there is no model
                Path index = path.resolve(SafeTensors.MODEL + ShardIndex.SUFFIX);
                start(index, HeaderText.index(shardOf, total));
            }
        } catch (IOException e) {
            abandon();
            throw Refusal.io(path, "written", e);
        } catch (RuntimeException | Error e) {
            abandon();
            throw e;
        }
        missing.addAll(slots.keySet());
        return this;
    }

    private NewFile start(Path target, ByteBuffer beginning) throws IOException {
        NewFile file = NewFile.create(target);
        files.add(file);
        file.write(0, beginning);
        return file;
    }

    /// Writes one tensor of the plan.
    ///
    /// @param name its name
    /// @param tensor of the planned dtype and shape, in any layout, on the CPU
    /// @throws IllegalArgumentException if it is not as planned
    /// @throws IllegalStateException if it was written already, or this writer is closed
    /// @throws CheckpointException if the disk is full or fails; what was written is gone then
    public void write(String name, Tensor tensor) {
        if (closed) {
            throw new IllegalStateException(path + ": the writer is closed");
        }
        String shown = path + ": tensor " + Refusal.quoted(name);
        Slot slot = slots.get(name);
        if (slot == null) {
            throw new IllegalArgumentException(shown + " is not in the plan");
        }
        Header.Entry entry = slot.entry();
        if (tensor.dtype() != entry.dtype() || !tensor.shape().equals(entry.shape())) {
            String planned = "" + entry.dtype() + entry.shape();
            throw new ShapeException(shown + " is " + tensor.describe() + ", planned " + planned);
        }
        if (!missing.contains(name)) {
            throw new IllegalStateException(shown + " was written already");
        }
        try {
            staging.copy(tensor, slot.file(), slot.position());
        } catch (IOException e) {
            abandon();
            throw Refusal.io(path, "written", e);
        }
        missing.remove(name);
    }

    /// Makes the files appear, all tensors being written. If one is not, they never do.
    ///
    /// @throws IllegalStateException if a tensor of the plan was not written
    /// @throws CheckpointException if the disk is full or fails
    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (!missing.isEmpty()) {
            String first = Refusal.quoted(missing.iterator().next());
            abandon();
            throw new IllegalStateException(
                    path + ": " + missing.size() + " planned tensors were not written, among them " + first + "; there is no file");
        }
        try {
            for (NewFile file : files) {
                file.force();
            }
            for (NewFile file : files) {
                file.publish();
            }
        } catch (IOException e) {
            abandon();
            throw Refusal.io(path, "written", e);
        }
        closed = true;
        staging.close();
        NewFile.forceDirectory(files.getFirst().path());
    }

    private void abandon() {
        closed = true;
        files.forEach(NewFile::discard);
        staging.close();
    }
}
