package dev.gatun.nn;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;

/// A linear map with −1, 0 and 1 (arXiv:2310.11453, 2402.17764, 2406.02528): `y = round₈(norm(x)) · (T · γ)ᵀ`.
///
/// The norm comes first, so that its outputs fill the range of the 8-bit integers that the weight rounds them to; what the weight does to them is its own
/// business: that of a model that is used adds and subtracts integers, that of a model that is trained ([TernaryMaster]) computes the same in floats.
///
/// @param norm of the input
/// @param weight rounds its input for each token, and multiplies by −1, 0 and 1 times a scale
public record BitLinear(RmsNorm norm, Weight weight) implements Linear {
    @Override
    public Tensor forward(Tensor x) {
        return weight.applyNormalized(x, norm.weight(), norm.eps());
    }
}
