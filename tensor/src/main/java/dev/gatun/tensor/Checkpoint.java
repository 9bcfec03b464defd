package dev.gatun.tensor;

import java.util.Set;

/// A named set of tensors, as a file holds them: each is read when it is asked for.
public interface Checkpoint extends AutoCloseable {
    /// {@return where it comes from, for messages: a path}
    String source();

    /// {@return the names of all tensors, in the order of the file}
    Set<String> names();

    /// {@return whether there is a tensor of this name}
    ///
    /// @param name full name, as `model.norm.weight`
    default boolean contains(String name) {
        return names().contains(name);
    }

    /// {@return the element type of a tensor, without reading it}
    ///
    /// @param name its name
    /// @throws CheckpointException if there is none of this name
    DType dtype(String name);

    /// {@return the shape of a tensor, without reading it}
    ///
    /// @param name its name
    /// @throws CheckpointException if there is none of this name
    Shape shape(String name);

    /// A tensor in CPU memory, valid until the checkpoint is closed. Reading it touches only its
    /// own bytes; it may be a view of a mapped file and must not be written to.
    ///
    /// @param name its name
    /// @return the tensor
    /// @throws CheckpointException if there is none of this name
    Tensor tensor(String name);

    /// Ends the life of all its tensors.
    @Override
    void close();
}
