package dev.gatun.models.training;

import dev.gatun.io.Json;
import dev.gatun.io.JsonText;
import dev.gatun.io.SafeTensors;
import dev.gatun.io.SafeTensorsWriter;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The checkpoints of a training: a folder for each, from which it goes on as if it had never stopped.
///
/// ```
/// run/step-00000500/parameters.safetensors   what is trained, f32
///                   optimizer.safetensors    the optimizer's state
///                   state.json               step, position in the data, settings
/// ```
///
/// A checkpoint is written under another name, forced to the disk and renamed, so that whatever is there is whole: a process killed at any moment leaves
/// the last good one.
public final class TrainingFolder {
    private static final String PREFIX = "step-";
    private static final String PART = ".part";
    private static final String PARAMETERS = "parameters.safetensors";
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String STATE = "state.json";

    private final Path directory;
    private final int keep;

    /// @param directory where the checkpoints are; created when the first is written
    /// @param keep how many of the last are kept
    public TrainingFolder(Path directory, int keep) {
        if (keep < 1) {
            throw new IllegalArgumentException("keep " + keep + " checkpoints — want at least 1");
        }
        this.directory = directory;
        this.keep = keep;
    }

    /// A checkpoint.
    ///
    /// @param directory its folder
    /// @param step how many steps were done
    /// @param state what was saved beside the tensors
    public record Saved(Path directory, long step, Json state) {
        /// Overwrites parameters by what was saved of them.
        ///
        /// @param parameters all that were
        /// @throws CheckpointException if one is missing, of another shape, or too many: then the training was another
        public void restore(Collection<Parameter> parameters) {
            try (Checkpoint saved = SafeTensors.open(directory.resolve(PARAMETERS))) {
                if (saved.names().size() != parameters.size()) {
                    throw new CheckpointException(
                            saved.source() + ": holds " + saved.names().size() + " parameters, this training has " + parameters.size());
                }
                for (Parameter parameter : parameters) {
                    if (!saved.contains(parameter.name())
                            || !saved.shape(parameter.name())
                                    .equals(parameter.value().shape())) {
                        throw new CheckpointException(saved.source()
                                + ": "
                                + (saved.contains(parameter.name()) ? saved.shape(parameter.name()) + " is the shape of " : "has no ")
                                + parameter
                                + "; it is a checkpoint of another training");
                    }
                    parameter.value().set(saved.tensor(parameter.name()));
                }
            }
        }

        /// {@return the optimizer's state, to be closed}
        public Checkpoint optimizer() {
            return SafeTensors.open(directory.resolve(OPTIMIZER), Device.cpu());
        }
    }

    /// {@return the last checkpoint, if there is one}
    public Optional<Saved> latest() {
        List<Path> all = all();
        if (all.isEmpty()) {
            return Optional.empty();
        }
        Path last = all.getLast();
        return Optional.of(new Saved(last, number(last), Json.read(last.resolve(STATE))));
    }

    /// Writes a checkpoint, and deletes those that are too old.
    ///
    /// @param step how many steps were done, more than for any checkpoint here: a training goes on from the last
    /// @param parameters what is trained
    /// @param optimizer its state
    /// @param state what else is to be remembered, as [JsonText] takes it
    /// @return its folder
    /// @throws CheckpointException if there is one of this step or a later one, which is of another training then
    /// @throws RuntimeException if it cannot be written, as on a full disk; the checkpoints before it are untouched
    public Path save(long step, Collection<Parameter> parameters, Map<String, Tensor> optimizer, Map<String, ?> state) {
        List<Path> before = all();
        if (!before.isEmpty() && number(before.getLast()) >= step) {
            throw new CheckpointException(before.getLast() + ": a training that is at step " + step
                    + " did not go on from there; it wants another folder, or this one without the checkpoints of the other");
        }
        Path target = directory.resolve(String.format(Locale.ROOT, PREFIX + "%08d", step));
        Path part = directory.resolve(target.getFileName() + PART);
        try {
            Files.createDirectories(directory);
            for (Path left : files(PREFIX + "\\d+\\" + PART)) {
                delete(left);
            }
            Files.createDirectory(part);
            Map<String, Tensor> values = new LinkedHashMap<>();
            parameters.forEach(
                    parameter -> values.put(parameter.name(), parameter.value().detach()));
            SafeTensorsWriter.write(part.resolve(PARAMETERS), values, Map.of("format", "pt"));
            SafeTensorsWriter.write(part.resolve(OPTIMIZER), optimizer, Map.of());
            JsonText.write(part.resolve(STATE), state);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            force(directory);
            for (Path old : before.subList(0, Math.max(0, before.size() + 1 - keep))) {
                delete(old);
            }
            return target;
        } catch (IOException failure) {
            throw new CheckpointException(target + ": cannot be written — " + failure.getMessage(), failure);
        } finally {
            try {
                delete(part);
            } catch (IOException left) {
                // the next checkpoint tries again
            }
        }
    }

    private List<Path> all() {
        return files(PREFIX + "\\d+").stream()
                .sorted(Comparator.comparingLong(TrainingFolder::number))
                .toList();
    }

    private List<Path> files(String pattern) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().matches(pattern))
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(directory + ": cannot be read", failure);
        }
    }

    /// So that a renaming survives a power cut, where the system lets a directory be opened for that.
    private static void force(Path directory) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException elsewhere) {
            // Windows: renaming is durable by itself or not at all
        }
    }

    private static long number(Path checkpoint) {
        return Long.parseLong(checkpoint.getFileName().toString().substring(PREFIX.length()));
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path inner, IOException failure) throws IOException {
                    Files.delete(inner);
                    return FileVisitResult.CONTINUE;
                }
            });
        }
    }
}
