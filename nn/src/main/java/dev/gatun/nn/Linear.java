package dev.gatun.nn;

import dev.gatun.tensor.Tensor;

/// A linear map of the last axis. What a layer knows of it is this one method: how the matrix is
/// stored, and whether an adapter stands beside it, is nobody else's business.
public interface Linear {
    /// {@return `x` mapped, `[…, out]`}
    ///
    /// @param x `[…, in]`
    Tensor forward(Tensor x);
}
