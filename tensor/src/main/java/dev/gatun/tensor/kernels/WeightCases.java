package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.Map;
import java.util.function.Function;

/// Weight formats that another module brings, for [KernelCheck] to check. Found by [java.util.ServiceLoader].
public interface WeightCases {
    /// The formats, each under the name of its kernel.
    ///
    /// @return how a contiguous f32 `[N, K]` becomes a weight in memory of its device; to the same bits on every device
    Map<String, Function<Tensor, Weight>> formats();
}
