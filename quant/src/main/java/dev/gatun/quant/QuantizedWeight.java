package dev.gatun.quant;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;

/// A weight rounded to few bits.
public interface QuantizedWeight extends Weight {
    /// {@return the matrix that it stands for}, f32 `[N, K]`, in memory managed by the garbage collector.
    Tensor dequantize();
}
