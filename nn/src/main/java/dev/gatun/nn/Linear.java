package dev.gatun.nn;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// A linear map of the last axis. What a layer knows of it is this one method: how the matrix is
/// stored, and whether an adapter stands beside it, is nobody else's business.
public interface Linear {
    /// {@return `x` mapped, `[…, out]`}
    ///
    /// @param x `[…, in]`
    Tensor forward(Tensor x);

    /// What several maps make of one x, as [#forward] of each gives it: see [Weight#applyWith].
    ///
    /// @param x `[…, in]`
    /// @param maps at least one
    /// @return `[…, out]` of each
    static List<Tensor> forward(Tensor x, Linear... maps) {
        List<Weight> weights = new ArrayList<>();
        for (Linear map : maps) {
            if (map instanceof PlainLinear plain) {
                weights.add(plain.weight());
            }
        }
        if (weights.size() < maps.length) {
            return Arrays.stream(maps).map(map -> map.forward(x)).toList();
        }
        List<Tensor> results = weights.getFirst().applyWith(x, weights.subList(1, maps.length));
        return IntStream.range(0, maps.length)
                .mapToObj(i -> ((PlainLinear) maps[i]).withBias(results.get(i)))
                .toList();
    }
}
