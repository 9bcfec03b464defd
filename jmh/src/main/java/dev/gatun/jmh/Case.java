package dev.gatun.jmh;

import dev.gatun.tensor.Tensor;
import java.util.List;

/// A kernel with its operands on one device.
///
/// @param kernel one call of it, which overwrites the results
/// @param work what a call cannot do without
/// @param results what is compared with the reference
record Case(Runnable kernel, Work work, List<Tensor> results) {
    Case(Runnable kernel, Work work, Tensor... results) {
        this(kernel, work, List.of(results));
    }
}
