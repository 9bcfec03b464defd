package dev.gatun.nn;

import dev.gatun.tensor.DenseWeight;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import dev.gatun.tensor.Workspace;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// A source that gives the layers of another with their low-rank updates merged into them: dense f32 matrices, so that a model over it does the work of its
/// base and no more. The updates can be taken out again, and put back, while the model stays what it is.
///
/// ```java
/// var merged = new MergedWeights(adapter.over(llm.weights(), memory, 0), memory);
/// Decoder decoder = CausalLm.decoder(llm.config(), merged);
/// merged.unmerge(); // now the decoder is the base
/// ```
///
/// Modules that were trained whole are in their place either way: there is no update to take out.
///
/// [#merge] and [#unmerge] change matrices that sessions may be reading: not while one of them computes.
public final class MergedWeights implements Weights {
    private final LoraWeights adapted;
    private final Memory memory;
    private final SequencedMap<LoraLinear, Tensor> matrices = new LinkedHashMap<>();
    private boolean isMerged = true;

    /// @param adapted the layers with updates beside them
    /// @param memory where merged matrices live
    public MergedWeights(LoraWeights adapted, Memory memory) {
        this.adapted = adapted;
        this.memory = memory;
    }

    @Override
    public Linear linear(String name, long out, long in, boolean bias) {
        if (!isMerged) {
            throw new IllegalStateException("layer " + name + " is asked for while updates are taken out; merge() first");
        }
        Linear linear = adapted.linear(name, out, in, bias);
        if (!(linear instanceof LoraLinear layer)) {
            return linear;
        }
        Tensor matrix = layer.merged(memory);
        matrices.put(layer, matrix);
        return new PlainLinear(new DenseWeight(matrix), layer.base().bias());
    }

    /// @throws UnsupportedOperationException always: what is merged is no part that another source could have trained
    @Override
    public Linear linear(String name, long out, long in, boolean bias, Weights parts) {
        throw new UnsupportedOperationException(name + ": what is merged is not trained; train the adapter, or write the merged model and open it");
    }

    /// {@return whether updates are in the matrices}
    public boolean isMerged() {
        return isMerged;
    }

    /// Puts the updates into the matrices, as they are now: also after they were trained on.
    public void merge() {
        try (var scratch = new Workspace(device())) {
            matrices.forEach((layer, matrix) -> {
                scratch.reset();
                matrix.set(layer.merged(scratch));
            });
        }
        isMerged = true;
    }

    /// Takes the updates out of the matrices by subtracting them: these are the base's then, but for the rounding of a sum and a difference.
    ///
    /// @throws IllegalStateException if they are out already
    public void unmerge() {
        if (!isMerged) {
            throw new IllegalStateException("the updates are taken out already");
        }
        matrices.forEach(LoraLinear::unmerge);
        isMerged = false;
    }

    @Override
    public Weight weight(String name, long rows, long columns) {
        return adapted.weight(name, rows, columns);
    }

    @Override
    public Weight ternary(String name, long rows, long columns) {
        return adapted.ternary(name, rows, columns);
    }

    @Override
    public Embedding embedding(String name, long rows, long columns) {
        return adapted.embedding(name, rows, columns);
    }

    @Override
    public Tensor matrix(String name, long rows, long columns) {
        return adapted.matrix(name, rows, columns);
    }

    @Override
    public Tensor vector(String name, long size) {
        return adapted.vector(name, size);
    }

    @Override
    public Tensor values(String name, long... dims) {
        return adapted.values(name, dims);
    }

    @Override
    public Device device() {
        return adapted.device();
    }
}
