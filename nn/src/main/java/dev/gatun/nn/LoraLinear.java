package dev.gatun.nn;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.DenseWeight;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Workspace;
import dev.gatun.tensor.ops.Elementwise;
import java.util.List;
import java.util.Objects;
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

    /// {@return the map without its update}
    PlainLinear base() {
        return base;
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

    /// The matrix with its update: `W + s·B·A`, its rows scaled to the magnitudes if there are any.
    ///
    /// @param memory where it goes; what is computed on the way takes a few rows
    /// @return f32 `[out, in]`
    public Tensor merged(Memory memory) {
        Tensor sum =
                memory.allocate(DType.F32, base.weight().rows(), base.weight().columns());
        byRows((rows, from, to) -> sum.slice(0, from, to).set(magnitude == null ? rows : rows.mul(factors(rows, from, to))));
        return sum;
    }

    /// Takes the update out of a merged matrix again, which is W then, but for the rounding of a sum and a difference.
    ///
    /// @param merged f32 `[out, in]`, as [#merged] gives it; changed in place
    public void unmerge(Tensor merged) {
        byRows((rows, from, to) -> {
            Tensor part = merged.slice(0, from, to);
            Tensor sum = part.copyTo(rows.memory());
            Tensor stretched = magnitude == null ? sum : sum.div(factors(rows, from, to));
            part.set(stretched.sub(update(rows.memory(), from, to)));
        });
    }

    /// What is done with some rows of W + s·B·A, f32 `[to − from, in]`, in memory that is empty again afterwards.
    private interface RowAction {
        void accept(Tensor rows, long from, long to);
    }

    private void byRows(RowAction action) {
        try (Workspace scratch = new Workspace(a.value().device())) {
            for (long from = 0; from < base.weight().rows(); from += ROWS) {
                scratch.reset();
                long to = Math.min(base.weight().rows(), from + ROWS);
                action.accept(stored(base, scratch, from, to).add(update(scratch, from, to)), from, to);
            }
        }
    }

    /// What brings rows to their magnitudes, `[to − from, 1]`.
    private Tensor factors(Tensor rows, long from, long to) {
        Tensor wanted = Objects.requireNonNull(magnitude)
                .value()
                .detach()
                .slice(0, from, to)
                .copyTo(rows.memory());
        return wanted.div(norms(rows)).reshape(to - from, 1);
    }

    private Tensor rowNorms() {
        Tensor norms = Memory.collected(a.value().device())
                .allocate(DType.F32, base.weight().rows());
        byRows((rows, from, to) -> norms.slice(0, from, to).set(norms(rows)));
        return norms;
    }

    private static Tensor norms(Tensor rows) {
        return Elementwise.sqrt(Elementwise.square(rows).sum(1));
    }

    /// Some rows of s·B·A, f32.
    private Tensor update(Memory memory, long from, long to) {
        Tensor some = b.value().detach().slice(0, from, to).copyTo(memory);
        return some.matmul(a.value().detach()).scale(scale);
    }

    /// Some rows of W, f32.
    private static Tensor stored(PlainLinear base, Memory memory, long from, long to) {
        return base.weight()
                .lookup(memory.ints(IntStream.range((int) from, (int) to).toArray()));
    }

    /// The magnitudes with which training begins: the norms of the rows of W.
    static Tensor magnitudes(PlainLinear base, Memory memory) {
        long n = base.weight().rows();
        Tensor norms = memory.allocate(DType.F32, n);
        try (Workspace scratch = new Workspace(memory.device())) {
            for (long from = 0; from < n; from += ROWS) {
                scratch.reset();
                long to = Math.min(n, from + ROWS);
                norms.slice(0, from, to).set(norms(stored(base, scratch, from, to)));
            }
        }
        return norms;
    }
}
