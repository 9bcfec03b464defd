package dev.gatun.nn;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import org.jspecify.annotations.Nullable;

/// `y = x · Wᵀ + b`
///
/// @param weight W `[out, in]`
/// @param bias b `[out]`, or null
public record PlainLinear(Weight weight, @Nullable Tensor bias) implements Linear {
    @Override
    public Tensor forward(Tensor x) {
        return withBias(weight.apply(x));
    }

    Tensor withBias(Tensor product) {
        return bias == null ? product : product.add(bias);
    }
}
