package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;

/// Elements left out at random, f32: the random numbers are a function of the element's place, so that a mask is computed anew instead of kept.
public interface DropoutKernels {
    /// `y[i] = x[i] · scale` if `u[i] ≥ threshold`, else 0, with 24 random bits `u[i]`: the upper ones of word `i/16 mod 4` of the block
    /// `16·(i/64) + i mod 16` of Threefry-4x32 of 12 rounds (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011). Its counter is the
    /// number of the block, its key `(seed, step, site)`, low words first.
    ///
    /// @param y contiguous, may be x
    /// @param x contiguous, of the same size
    /// @param threshold of 2²⁴ that many are left out
    /// @param scale multiplies the others
    /// @param seed of all masks
    /// @param step which step
    /// @param site which place in the model
    void dropout(Tensor y, Tensor x, int threshold, float scale, long seed, int step, int site);
}
