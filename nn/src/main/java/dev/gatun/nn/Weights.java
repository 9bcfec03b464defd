package dev.gatun.nn;

import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Tensor;

/// Where a model's layers come from: a checkpoint, or a distribution to draw from. A model file
/// names what it wants, with its size; sources may wrap sources.
public interface Weights {
    /// The matrix `name.weight [out, in]` and, if wanted, the vector `name.bias [out]`.
    ///
    /// @param name of the layer
    /// @param out rows
    /// @param in columns
    /// @param bias whether there is one
    /// @return the linear map
    Linear linear(String name, long out, long in, boolean bias);

    /// The vector `name.weight [size]`.
    ///
    /// @param name of the layer
    /// @param size how long
    /// @return f32 `[size]`
    Tensor vector(String name, long size);

    /// The table `name.weight [rows, columns]`.
    ///
    /// @param name of the layer
    /// @param rows how many tokens
    /// @param columns how wide a vector
    /// @return the table
    Embedding embedding(String name, long rows, long columns);

    /// {@return where results are computed}
    Device device();

    /// {@return this source below a prefix: `at("mlp").linear("up_proj", …)` is
    /// `linear("mlp.up_proj", …)`}
    ///
    /// @param prefix without the dot
    default Weights at(String prefix) {
        return new Below(this, prefix);
    }

    /// {@return the source that reads a checkpoint}. Matrices stay in the format they are stored
    /// in; on the CPU they are views of the mapped file.
    ///
    /// @param checkpoint must stay open as long as the model is used
    /// @param device the CPU device to compute on
    static Weights from(Checkpoint checkpoint, Device device) {
        return new CheckpointWeights(checkpoint, device);
    }

    /// {@return a source of random weights, normally distributed}. The same seed gives the same
    /// model.
    ///
    /// @param memory where they live
    /// @param dtype f32, bf16 or f16: how matrices are stored
    /// @param seed of the generator
    /// @param std standard deviation of the matrices; vectors are 1
    static Weights random(dev.gatun.tensor.Memory memory, DType dtype, long seed, float std) {
        return new RandomWeights(memory, dtype, seed, std);
    }
}
