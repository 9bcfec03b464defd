package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;

/// Moving elements: between layouts, between types, to and from the heap.
public interface CopyKernels {
    /// `y[i] = x[i]`, converted to the type of `y`: floats round to nearest even, integers are
    /// truncated towards zero and saturate, NaN becomes 0.
    ///
    /// @param y any strides
    /// @param x of the same shape, any strides, any type
    void copy(Tensor y, Tensor x);

    /// `y[i] = value`
    ///
    /// @param y contiguous f32
    /// @param value of every element
    void fill(Tensor y, float value);

    /// @param y contiguous f32
    /// @param values as many as y has elements
    void write(Tensor y, float[] values);

    /// @param y contiguous i32
    /// @param values as many as y has elements
    void write(Tensor y, int[] values);

    /// @param values as many as x has elements
    /// @param x contiguous f32
    void read(float[] values, Tensor x);

    /// @param values as many as x has elements
    /// @param x contiguous i32
    void read(int[] values, Tensor x);
}
