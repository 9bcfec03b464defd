package dev.gatun.nn;

import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.function.Function;

/// Where a model's layers come from: a checkpoint, or a distribution to draw from. A model file names what it wants, with its size. Sources may wrap
/// sources: quantizing is one that changes [#weight] of another, matrix by matrix, as the model asks for them.
public interface Weights {
    /// The matrix `name.weight` as it is stored.
    ///
    /// @param name of the layer
    /// @param rows N
    /// @param columns K
    /// @return f32, bf16 or f16 `[N, K]`
    Tensor matrix(String name, long rows, long columns);

    /// A vector.
    ///
    /// @param name its full name: `norm.weight`, `q_proj.bias`
    /// @param size how long
    /// @return f32 `[size]`
    Tensor vector(String name, long size);

    /// A tensor of a layer that is neither a vector nor a matrix to multiply by.
    ///
    /// @param name its full name: `lower_bounds`
    /// @param dims its shape
    /// @return f32 `[dims]`
    default Tensor values(String name, long... dims) {
        return vector(name, Shape.of(dims).size()).reshape(dims);
    }

    /// {@return where results are computed}
    Device device();

    /// The matrix `name.weight` as something to multiply by.
    ///
    /// @param name of the layer
    /// @param rows N
    /// @param columns K
    /// @return in the format that this source gives
    default Weight weight(String name, long rows, long columns) {
        return Weight.of(matrix(name, rows, columns));
    }

    /// The matrix `name.weight [out, in]` and, if wanted, the vector `name.bias [out]`.
    ///
    /// @param name of the layer
    /// @param out rows
    /// @param in columns
    /// @param bias whether there is one
    /// @return the linear map
    default Linear linear(String name, long out, long in, boolean bias) {
        return linear(name, out, in, bias, this);
    }

    /// The same linear map of what another source gives: this one says how its maps are made, and the other what of. A source that makes matrices trainable asks
    /// the one it wraps, so that a map which is rounded remains so.
    ///
    /// @param name of the layer
    /// @param out rows
    /// @param in columns
    /// @param bias whether there is one
    /// @param parts gives matrices and vectors, by the names that this source has for them
    /// @return the linear map
    default Linear linear(String name, long out, long in, boolean bias, Weights parts) {
        return new PlainLinear(parts.weight(name, out, in), bias ? parts.vector(name + ".bias", out) : null);
    }

    /// The matrix `name.weight` of a [BitLinear]: −1, 0 and 1 times a scale. A model that asks for it says how its matrix is rounded, so that sources which
    /// bring matrices into a format of somebody else's choice leave this one alone.
    ///
    /// @param name of the layer
    /// @param rows N
    /// @param columns K
    /// @return a weight that rounds its inputs to 8 bits for each token
    /// @throws IllegalArgumentException if the module with ternary weights is not present
    default Weight ternary(String name, long rows, long columns) {
        return WeightFormat.named(WeightFormat.TERNARY).quantize(matrix(name, rows, columns), Memory.collected(device()));
    }

    /// The table `name.weight [rows, columns]`, as it is stored.
    ///
    /// @param name of the layer
    /// @param rows how many tokens
    /// @param columns how wide a vector
    /// @return the table
    default Embedding embedding(String name, long rows, long columns) {
        return new Embedding(Weight.of(matrix(name, rows, columns)));
    }

    /// {@return this source below a prefix}: `at("mlp").linear("up_proj", …)` is `linear("mlp.up_proj", …)`.
    ///
    /// @param prefix without the dot
    default Weights at(String prefix) {
        return new Below(this, prefix);
    }

    /// {@return this source with its matrices in another format}. Each is converted when the model asks for it, so that no more than one is ever there
    /// in both forms.
    ///
    /// @param format the conversion, from f32, bf16 or f16 `[N, K]`
    default Weights quantized(Function<Tensor, Weight> format) {
        return new Quantized(this, format);
    }

    /// {@return this source, giving the same layer whenever it is asked for the same name}, so that several models over it share its memory: one base and
    /// its adapters.
    default Weights remembered() {
        return new Remembered(this);
    }

    /// {@return the source that reads a checkpoint}. Matrices stay in the format they are stored in; on the CPU they are views of the mapped file.
    ///
    /// @param checkpoint opened for the device; must stay open as long as the model is used
    /// @param device to compute on
    static Weights from(Checkpoint checkpoint, Device device) {
        return new CheckpointWeights(checkpoint, device);
    }

    /// {@return a source of random weights, normally distributed}. The same seed gives the same model.
    ///
    /// @param memory where they live
    /// @param dtype f32, bf16 or f16: how matrices are stored
    /// @param seed of the generator
    /// @param std standard deviation of the matrices; biases are 0, other vectors 1
    static Weights random(Memory memory, DType dtype, long seed, float std) {
        return new RandomWeights(memory, dtype, seed, std);
    }
}
