package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.DropoutKernels;

/// Dropout (arXiv:1207.0580): elements left out at random, the others scaled so that their sum is expected to stay.
///
/// Which elements, follows from the seed, the step, the site and the element's place alone. So the derivative and a checkpointed part find the same ones
/// without a mask being kept, and a training that is resumed goes on as it would have.
///
/// @param p the share that is left out, in `[0, 1)`
/// @param seed of all its masks
public record Dropout(float p, long seed) {
    private static final int RESOLUTION = 1 << 24;

    /// @param p the share that is left out, in `[0, 1)`
    /// @param seed of all its masks
    /// @throws IllegalArgumentException if p is not a share
    public Dropout {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("dropout: p = " + p + " — want 0 ≤ p < 1");
        }
    }

    /// Leaves elements out.
    ///
    /// @param x any shape
    /// @param step of the training: another step, another mask
    /// @param site the place in the model: another site, another mask
    /// @return of the shape of x; x itself if p is 0
    public Tensor apply(Tensor x, int step, int site) {
        Tensor rows = Operands.contiguous("dropout", x);
        int threshold = Math.round(p * RESOLUTION);
        if (threshold == 0) {
            return x;
        }
        float scale = (float) (1 / (1 - (double) threshold / RESOLUTION));
        DropoutKernels kernels = x.device().kernels(DropoutKernels.class);
        Tensor y = x.like(DType.F32, x.shape());
        kernels.dropout(y, rows, threshold, scale, seed, step, site);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor dx = adjoints.like(rows);
                    kernels.dropout(dx, dy, threshold, scale, seed, step, site);
                    adjoints.add(rows, dx);
                },
                rows);
    }
}
