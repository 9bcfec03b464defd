package dev.gatun.tensor;

import dev.gatun.tensor.ops.Norms;
import java.util.ArrayList;
import java.util.List;

/// A matrix `W [N, K]` that can only be multiplied by, and read row by row. How its elements are stored is its own
/// business: tensors are what one computes with, weights are what one multiplies by.
public interface Weight {
    /// The weight over a stored matrix, in the format that it is stored in.
    ///
    /// @param matrix f32, bf16 or f16 `[N, K]`
    /// @return a weight that refers to it
    /// @throws ShapeException if it is no matrix, or of another type
    static Weight of(Tensor matrix) {
        return switch (matrix.dtype()) {
            case F32 -> new DenseWeight(matrix);
            case BF16 -> new Bf16Weight(matrix);
            case F16 -> new F16Weight(matrix);
            default -> throw new ShapeException("weight: " + matrix.describe() + " — want f32, bf16 or f16");
        };
    }

    /// {@return N, the size of a result}
    long rows();

    /// {@return K, the size of an input}
    long columns();

    /// {@return how much memory it takes}
    long bytes();

    /// `y = x · Wᵀ`
    ///
    /// @param x `[…, K]`
    /// @return `[…, N]`
    /// @throws ShapeException if x has other columns
    Tensor apply(Tensor x);

    /// `y = rmsNorm(x) · Wᵀ`, for maps whose input is always normalized. The default is its meaning; a weight overrides it only to keep or to move less.
    ///
    /// @param x `[…, K]`
    /// @param norm `[K]`, the weight of the norm
    /// @param eps ε of the norm
    /// @return `[…, N]`
    /// @throws ShapeException if x has other columns
    default Tensor applyNormalized(Tensor x, Tensor norm, float eps) {
        return apply(Norms.rmsNorm(x, norm, eps));
    }

    /// The products of one x with this and other weights: what [#apply] of each gives, to the bit. Weights of one format prepare x once and are one piece of
    /// work, so that the short products of a single token do not wait for each other's threads.
    ///
    /// @param x `[…, K]`
    /// @param others of as many columns
    /// @return `[…, N]` of this weight, then those of the others
    /// @throws ShapeException if x has other columns
    default List<Tensor> applyWith(Tensor x, List<Weight> others) {
        List<Tensor> results = new ArrayList<>();
        results.add(apply(x));
        others.forEach(other -> results.add(other.apply(x)));
        return results;
    }

    /// What implementations of [#applyWith] ask first: whether all are of one class.
    ///
    /// @param kind the class
    /// @param first a weight
    /// @param others more of them
    /// @param <W> the class
    /// @return the first and the others; empty if one of them is of another class
    static <W extends Weight> List<W> alike(Class<W> kind, W first, List<Weight> others) {
        List<W> all = new ArrayList<>(List.of(first));
        others.stream().filter(kind::isInstance).map(kind::cast).forEach(all::add);
        return all.size() > others.size() ? all : List.of();
    }

    /// `dx = dy · W`, what the derivative of [#apply] needs.
    ///
    /// @param dy `[…, N]`
    /// @return `[…, K]`
    /// @throws ShapeException if dy has other columns
    Tensor applyTransposed(Tensor dy);

    /// Rows of the matrix, as an embedding reads them.
    ///
    /// @param ids i32 `[…]`, each in `[0, N)`
    /// @return `[…, K]`, in the memory of the ids
    /// @throws IndexOutOfBoundsException if an id is no row
    Tensor lookup(Tensor ids);
}
