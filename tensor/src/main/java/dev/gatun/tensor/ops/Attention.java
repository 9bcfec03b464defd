package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.AttentionKernels;
import org.jspecify.annotations.Nullable;

/// Softmax attention.
public final class Attention {
    private Attention() {}

    /// Causal scaled dot-product attention with grouped heads: query head h reads key-value head
    /// `h / (H/Hkv)` (arXiv:1706.03762, 2305.13245). The queries are the last T of the S slots.
    ///
    /// @param q `[B, T, H, D]`
    /// @param k f32 or bf16 `[B, S, Hkv, D]`, S ≥ T
    /// @param v `[B, S, Hkv, D]`, of the type of k
    /// @param padding i32 `[B]`, how many slots at the front of each row are padding; null for none
    /// @param scale of the scores, as 1/√D
    /// @return `[B, T, H, D]`
    public static Tensor causal(Tensor q, Tensor k, Tensor v, @Nullable Tensor padding, float scale) {
        return causal(q, k, v, padding, null, scale);
    }

    /// As [#causal(Tensor, Tensor, Tensor, Tensor, float)] over rows in which several documents are packed: a query sees the keys of its own document
    /// only, from the document's first slot to the query's own.
    ///
    /// @param q `[B, T, H, D]`
    /// @param k f32 or bf16 `[B, S, Hkv, D]`, S ≥ T
    /// @param v `[B, S, Hkv, D]`, of the type of k
    /// @param padding i32 `[B]`, how many slots at the front of each row are padding; null for none
    /// @param starts i32 `[B, T]`, the first slot of each query's document; null if each row is one document
    /// @param scale of the scores, as 1/√D
    /// @return `[B, T, H, D]`
    public static Tensor causal(Tensor q, Tensor k, Tensor v, @Nullable Tensor padding, @Nullable Tensor starts, float scale) {
        if (k.dtype() == DType.BF16) {
            Operands.require("attention", DType.BF16, k, v);
        } else {
            Operands.require("attention", DType.F32, k, v);
        }
        requireShapes(q, k, v);
        return compute(dense(q), dense(k), dense(v), Operands.padding("attention", padding, q), documents(starts, q), scale);
    }

    /// As [#causal] with keys and values that [#toInt8] has rounded.
    ///
    /// @param q `[B, T, H, D]`
    /// @param k i8 `[B, S, Hkv, D]`, S ≥ T, the last axis contiguous
    /// @param kScales f32 `[B, S, Hkv]`
    /// @param v i8 `[B, S, Hkv, D]`, the last axis contiguous
    /// @param vScales f32 `[B, S, Hkv]`
    /// @param padding i32 `[B]`, how many slots at the front of each row are padding; null for none
    /// @param scale of the scores, as 1/√D
    /// @return `[B, T, H, D]`
    public static Tensor causalInt8(Tensor q, Tensor k, Tensor kScales, Tensor v, Tensor vScales, @Nullable Tensor padding, float scale) {
        requireRounded(k, kScales);
        requireRounded(v, vScales);
        requireShapes(q, k, v);
        Tensor y = q.like(DType.F32, q.shape());
        requireNoDerivative(y, q, k);
        q.device()
                .kernels(AttentionKernels.class)
                .causalInt8(y, dense(q), k, kScales, v, vScales, k.dim(1) - q.dim(1), Operands.padding("attention", padding, q), scale);
        return y;
    }

    /// Rounds keys or values to 8 bits with a scale for each vector: the largest element becomes ±127, and the others are off by half a step of 1/127 of
    /// it at most. Zero stays zero.
    ///
    /// @param x `[B, T, Hkv, D]`
    /// @param bytes receives the elements: i8 `[B, T, Hkv, D]`, the last axis contiguous
    /// @param scales receives the scales: f32 `[B, T, Hkv]`
    public static void toInt8(Tensor x, Tensor bytes, Tensor scales) {
        Operands.require("toInt8", DType.F32, x);
        requireRounded(bytes, scales);
        Operands.sameDevice("toInt8", x, bytes);
        if (!x.shape().equals(bytes.shape())) {
            throw new ShapeException("toInt8: " + x.describe() + " does not fit " + bytes.describe());
        }
        x.device().kernels(AttentionKernels.class).toInt8(bytes, scales, dense(x));
    }

    private static void requireRounded(Tensor bytes, Tensor scales) {
        Operands.require("attention", DType.I8, bytes);
        Operands.require("attention", DType.F32, scales);
        Operands.sameDevice("attention", bytes, scales);
        boolean fits = bytes.rank() == 4 && isDense(bytes) && scales.rank() == 3;
        for (int axis = 0; fits && axis < 3; axis++) {
            fits = scales.dim(axis) == bytes.dim(axis);
        }
        if (!fits) {
            throw new ShapeException("attention: " + bytes.describe() + " with scales " + scales.describe()
                    + " — want i8 [B,S,Hkv,D] with the last axis contiguous, and f32 [B,S,Hkv]");
        }
    }

    private static void requireShapes(Tensor q, Tensor k, Tensor v) {
        Operands.require("attention", DType.F32, q);
        Operands.sameDevice("attention", q, k);
        Operands.sameDevice("attention", k, v);
        boolean fits = q.rank() == 4
                && k.rank() == 4
                && k.shape().equals(v.shape())
                && q.dim(0) == k.dim(0)
                && q.dim(1) <= k.dim(1)
                && k.dim(2) > 0
                && q.dim(2) % k.dim(2) == 0
                && q.dim(3) == k.dim(3);
        if (!fits) {
            throw new ShapeException("attention: q "
                    + q.describe()
                    + ", k "
                    + k.describe()
                    + ", v "
                    + v.describe()
                    + " — want q [B,T,H,D] and k, v [B,S,Hkv,D] with S ≥ T and H a"
                    + " multiple of Hkv");
        }
    }

    private static Tensor compute(Tensor q, Tensor k, Tensor v, @Nullable Tensor padding, @Nullable Tensor starts, float scale) {
        AttentionKernels kernels = q.device().kernels(AttentionKernels.class);
        long first = k.dim(1) - q.dim(1);
        Tensor y = q.like();
        if (!Tape.records(y, q, k, v)) {
            kernels.causal(y, null, q, k, v, first, padding, starts, scale);
            return y;
        }
        if (k.dtype() != DType.F32) {
            requireNoDerivative(y, q, k);
        }
        Tensor lse = q.like(q.dim(0), q.dim(1), q.dim(2));
        kernels.causal(y, lse, q, k, v, first, padding, starts, scale);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor dq = adjoints.like(q);
                    Tensor dk = adjoints.like(k);
                    Tensor dv = adjoints.like(v);
                    kernels.causalBackward(dq, dk, dv, dy, y, lse, q, k, v, first, padding, starts, scale);
                    adjoints.add(q, dq);
                    adjoints.add(k, dk);
                    adjoints.add(v, dv);
                },
                q,
                k,
                v);
    }

    private static void requireNoDerivative(Tensor y, Tensor q, Tensor k) {
        if (Tape.records(y, q)) {
            throw new IllegalStateException("attention: keys and values " + k.describe() + " have no derivative — train with f32, without a cache");
        }
    }

    private static @Nullable Tensor documents(@Nullable Tensor starts, Tensor q) {
        if (starts == null) {
            return null;
        }
        Operands.require("attention", DType.I32, starts);
        Operands.sameDevice("attention", q, starts);
        if (starts.rank() != 2 || starts.dim(0) != q.dim(0) || starts.dim(1) != q.dim(1)) {
            throw new ShapeException("attention: starts " + starts.describe() + " — want [B,T], one per query of " + q.describe());
        }
        return starts.contiguous();
    }

    private static boolean isDense(Tensor x) {
        return x.stride(3) == 1 || x.dim(3) == 1;
    }

    private static Tensor dense(Tensor x) {
        return isDense(x) ? x : x.contiguous();
    }
}
