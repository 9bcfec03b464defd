package dev.gatun.nn.optim;

import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Updates;

/// Limits the length of the gradient, all parameters taken as one vector (arXiv:1211.5063): `g ← g · min(1, max / (‖g‖ + 10⁻⁶))`.
///
/// ```
/// double norm = clip.apply(gradients);
/// if (Double.isFinite(norm)) {
///     optimizer.step(gradients);
/// }
/// ```
///
/// @param max how long it may be
public record GradientClip(double max) {
    private static final double EPS = 1e-6;

    /// @throws IllegalArgumentException if max is not positive
    public GradientClip {
        if (!(max > 0)) {
            throw new IllegalArgumentException("a gradient of length " + max + " — want a positive number");
        }
    }

    /// Scales the gradients if they are too long together. If their length is infinite or NaN they stay as they are.
    ///
    /// @param gradients of all parameters
    /// @return their length before
    public double apply(Gradients gradients) {
        double norm = norm(gradients);
        double scale = max / (norm + EPS);
        if (scale < 1 && norm < Double.POSITIVE_INFINITY) {
            gradients.scale((float) scale);
        }
        return norm;
    }

    /// {@return ‖g‖₂ over all parameters, summed in double}; infinite or NaN if an element is.
    ///
    /// @param gradients of all parameters
    public static double norm(Gradients gradients) {
        double sum = 0;
        for (Parameter parameter : gradients.parameters()) {
            Tensor gradient = gradients.of(parameter);
            if (gradient != null) {
                sum += Updates.squares(gradient);
            }
        }
        return Math.sqrt(sum);
    }
}
