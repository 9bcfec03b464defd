package dev.gatun.quant.cpu;

import dev.gatun.quant.Int4Weight;
import dev.gatun.quant.Int8DynamicWeight;
import dev.gatun.quant.Int8Weight;
import dev.gatun.quant.Nf4Weight;
import dev.gatun.quant.TernaryWeight;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import dev.gatun.tensor.kernels.WeightCases;
import java.util.Map;
import java.util.function.Function;

/// The formats of this module, for [dev.gatun.tensor.kernels.KernelCheck].
public final class QuantCases implements WeightCases {
    /// For the service loader.
    public QuantCases() {}

    @Override
    public Map<String, Function<Tensor, Weight>> formats() {
        return Map.of(
                "linearInt8", Int8Weight::quantize,
                "linearInt8Dynamic", Int8DynamicWeight::quantize,
                "linearInt4", Int4Weight::quantize,
                "linearNf4", Nf4Weight::quantize,
                "linearNf4Double", Nf4Weight::quantizeDouble,
                "linearTernary", TernaryWeight::quantize);
    }
}
