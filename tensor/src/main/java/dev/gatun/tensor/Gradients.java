package dev.gatun.tensor;

import dev.gatun.tensor.kernels.ElementwiseKernels.Binary;
import dev.gatun.tensor.kernels.ElementwiseKernels;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// dL/dp for every parameter p: what [Tape#backward] adds to, and an optimizer reads. Over several steps they add up, which is how a large batch is
/// accumulated from small ones. [#clear()] begins anew in the same memory.
///
/// They need as much memory as the parameters, and hold it until they are closed. What is computed from them is managed by the garbage collector.
public final class Gradients implements AutoCloseable {
    private final Map<Parameter, Tensor> sums = new LinkedHashMap<>(); // a parameter's equality is its identity
    private final Set<Parameter> arrived = new LinkedHashSet<>();

    /// None yet.
    public Gradients() {}

    /// The gradient of a parameter.
    ///
    /// @param parameter which
    /// @return f32 of its shape, to be read or changed in place; null if the loss did not depend on it
    public @Nullable Tensor of(Parameter parameter) {
        return arrived.contains(parameter) ? sums.get(parameter) : null;
    }

    /// {@return the parameters that have one, in the order in which they came}
    public Collection<Parameter> parameters() {
        return Collections.unmodifiableSet(arrived);
    }

    /// Multiplies all of them.
    ///
    /// @param factor by this
    public void scale(float factor) {
        for (Parameter parameter : arrived) {
            Tensor sum = open(parameter);
            sum.device().kernels(ElementwiseKernels.class).affine(sum, sum, factor, 0);
        }
    }

    /// Adds those of others.
    ///
    /// @param others added
    /// @param scale multiplies them
    public void add(Gradients others, float scale) {
        for (Parameter parameter : others.arrived) {
            Tensor addend = others.open(parameter);
            boolean add = has(parameter);
            Tensor sum = open(parameter);
            var kernels = sum.device().kernels(ElementwiseKernels.class);
            if (add) {
                kernels.binary(Binary.ADD, sum, sum, scale == 1 ? addend : addend.scale(scale));
            } else {
                kernels.affine(sum, addend, scale, 0);
            }
        }
    }

    /// Forgets all of them, to begin anew.
    public void clear() {
        arrived.clear();
    }

    boolean has(Parameter parameter) {
        return arrived.contains(parameter);
    }

    /// The sum of a parameter, which is undefined if it had none.
    Tensor open(Parameter parameter) {
        arrived.add(parameter);
        return sums.computeIfAbsent(parameter, p -> {
            Tensor value = p.value();
            Buffer buffer = value.device().allocate(Math.multiplyExact(value.size(), DType.F32.bytes()));
            return new Tensor(buffer, 0, DType.F32, value.shape(), Memory.collected(value.device()));
        });
    }

    /// Gives the memory back. The gradients are dead; others may be gathered.
    @Override
    public void close() {
        arrived.clear();
        sums.values().forEach(sum -> sum.buffer().free());
        sums.clear();
    }
}
