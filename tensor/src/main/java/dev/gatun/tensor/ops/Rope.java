package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.RopeKernels;
import org.jspecify.annotations.Nullable;

/// Rotary position embedding (arXiv:2104.09864): each pair of a head's dimensions is turned by an
/// angle proportional to its position. The pairs are `(i, i + D/2)`, as in Hugging Face
/// checkpoints.
///
/// The cosines and sines of the positions met so far are kept; the object may be shared by threads.
public final class Rope {
    /// So many at least, that most conversations never compute them again.
    private static final long FEWEST_POSITIONS = 4096;

    /// Where the frequencies change with every position, more would be in vain.
    private static final long FEWEST_CHANGING = 256;

    private final Device device;
    private final int headDim;
    private final double theta;
    private final RopeScaling scaling;
    private volatile Table table = new Table(-1, 0, Tensor.of(), Tensor.of());

    /// cos and sin of positions `[0, positions)`, each `[positions, D/2]`.
    private record Table(long basis, long positions, Tensor cos, Tensor sin) {}

    /// @param device where it rotates
    /// @param headDim D, even
    /// @param theta θ, the base of the frequencies
    /// @param scaling how they are stretched
    public Rope(Device device, int headDim, double theta, RopeScaling scaling) {
        if (headDim <= 0 || headDim % 2 != 0) {
            throw new ShapeException("rope: head dimension " + headDim + " — must be even");
        }
        this.device = device;
        this.headDim = headDim;
        this.theta = theta;
        this.scaling = scaling;
    }

    /// Turns every head to its position `max(0, first + t − padding[b])`.
    ///
    /// @param x `[B, T, H, D]`
    /// @param first the slot of t = 0
    /// @param padding i32 `[B]`, how many slots at the front of each row are padding; null for none
    /// @return `[B, T, H, D]`
    public Tensor rotate(Tensor x, long first, @Nullable Tensor padding) {
        Operands.require("rope", DType.F32, x);
        if (x.rank() != 4 || x.dim(3) != headDim) {
            throw new ShapeException("rope: x " + x.describe() + " — want [B,T,H," + headDim + "]");
        }
        Table angles = angles(first + x.dim(1));
        Tensor rows = x.contiguous();
        Tensor padded = Operands.padding("rope", padding, x);
        Tensor y = x.like();
        RopeKernels kernels = x.device().kernels(RopeKernels.class);
        kernels.rotate(y, rows, angles.cos(), angles.sin(), first, padded);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor dx = adjoints.like(rows);
                    kernels.rotateBack(dx, dy, angles.cos(), angles.sin(), first, padded);
                    adjoints.add(rows, dx);
                },
                rows);
    }

    private Table angles(long length) {
        long basis = scaling.basis(length);
        Table known = table;
        if (known.basis == basis && known.positions >= length) {
            return known;
        }
        Table grown = compute(basis, Math.max(basis == 0 ? FEWEST_POSITIONS : FEWEST_CHANGING, Long.highestOneBit(length) * 2));
        table = grown;
        return grown;
    }

    private Table compute(long basis, long positions) {
        float[] frequencies = scaling.frequencies(headDim, theta, basis);
        int half = headDim / 2;
        float[] cos = new float[Math.toIntExact(positions * half)];
        float[] sin = new float[cos.length];
        for (int p = 0, at = 0; p < positions; p++) {
            for (int i = 0; i < half; i++, at++) {
                float angle = p * frequencies[i];
                cos[at] = (float) Math.cos(angle) * scaling.attentionFactor();
                sin[at] = (float) Math.sin(angle) * scaling.attentionFactor();
            }
        }
        Memory memory = Memory.collected(device);
        return new Table(basis, positions, memory.floats(cos, positions, half), memory.floats(sin, positions, half));
    }
}
