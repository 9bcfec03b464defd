package dev.gatun.nn;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.DenseWeight;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Elementwise;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A linear map with a low-rank update beside it (arXiv:2106.09685): `y = x·Wᵀ + b + s·(dropout(x)·Aᵀ)·Bᵀ`.
///
/// With magnitudes it is DoRA (arXiv:2402.09353): `y = (m/‖W + s·B·A‖) ⊙ (x·Wᵀ + s·(x·Aᵀ)·Bᵀ) + b`, norms of rows, through which no gradient flows.
public final class LoraLinear implements Linear {
    /// Rows of W looked at together for their norms.
    private static final int ROWS = 256;

    private final PlainLinear base;
    private final Parameter a;
    private final Parameter b;
    private final @Nullable Parameter magnitude;
    private final float scale;
    private final @Nullable Dropout dropout;

    /// @param base W `[out, in]` and its bias, not trained
    /// @param a A `[r, in]`
    /// @param b B `[out, r]`
    /// @param magnitude m `[out]`; null for LoRA
    /// @param scale s
    /// @param dropout of the update's input; null for none
    LoraLinear(PlainLinear base, Parameter a, Parameter b, @Nullable Parameter magnitude, float scale, @Nullable Dropout dropout) {
        this.base = base;
        this.a = a;
        this.b = b;
        this.magnitude = magnitude;
        this.scale = scale;
        this.dropout = dropout;
    }

    /// {@return what is trained}
    public List<Parameter> parameters() {
        return magnitude == null ? List.of(a, b) : List.of(a, b, magnitude);
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor in = dropout == null ? x : dropout.forward(x);
        Tensor update = new DenseWeight(b.value())
                .apply(new DenseWeight(a.value()).apply(in).scale(scale));
        if (magnitude == null) {
            return base.forward(x).add(update);
        }
        Tensor direction = base.weight().apply(x).add(update);
        Tensor y = direction.mul(
                magnitude.value().copyTo(x.memory()).div(rowNorms().copyTo(x.memory())));
        return base.bias() == null ? y : y.add(base.bias());
    }

    /// The matrix with its update, as merging gives it.
    ///
    /// @return f32 `[out, in]`, managed by the garbage collector
    public Tensor merged() {
        long n = base.weight().rows();
        Tensor sum = Memory.collected(a.value().device())
                .allocate(DType.F32, n, base.weight().columns());
        for (long from = 0; from < n; from += ROWS) {
            long to = Math.min(n, from + ROWS);
            Tensor rows = rows(from, to);
            if (magnitude != null) {
                Tensor norms = Elementwise.sqrt(Elementwise.square(rows).sum(1));
                Tensor factors = magnitude
                        .value()
                        .detach()
                        .slice(0, from, to)
                        .copyTo(rows.memory())
                        .div(norms);
                rows = rows.mul(factors.reshape(to - from, 1));
            }
            sum.slice(0, from, to).set(rows);
        }
        return sum;
    }

    private Tensor rowNorms() {
        long n = base.weight().rows();
        Tensor norms = Memory.collected(a.value().device()).allocate(DType.F32, n);
        for (long from = 0; from < n; from += ROWS) {
            long to = Math.min(n, from + ROWS);
            norms.slice(0, from, to)
                    .set(Elementwise.sqrt(Elementwise.square(rows(from, to)).sum(1)));
        }
        return norms;
    }

    /// Some rows of W + s·B·A, f32.
    private Tensor rows(long from, long to) {
        Memory heap = Memory.collected(a.value().device());
        int[] ids = IntStream.range((int) from, (int) to).toArray();
        Tensor stored = base.weight().lookup(heap.ints(ids));
        Tensor update = b.value()
                .detach()
                .slice(0, from, to)
                .copyTo(heap)
                .matmul(a.value().detach());
        return stored.add(update.scale(scale));
    }

    /// The magnitudes with which training begins: the norms of the rows of W.
    static Tensor magnitudes(PlainLinear base, Memory memory) {
        long n = base.weight().rows();
        Tensor norms = memory.allocate(DType.F32, n);
        Memory heap = Memory.collected(memory.device());
        for (long from = 0; from < n; from += ROWS) {
            long to = Math.min(n, from + ROWS);
            Tensor rows = base.weight()
                    .lookup(heap.ints(IntStream.range((int) from, (int) to).toArray()));
            norms.slice(0, from, to)
                    .set(Elementwise.sqrt(Elementwise.square(rows).sum(1)));
        }
        return norms;
    }
}
