package dev.gatun.tensor;

import java.util.Arrays;

/// The 256 values of bitsandbytes' dynamic 8-bit type: decades from 10⁻⁶ to 1, each with twice as many values as the one below.
///
/// What is encoded is divided by the largest magnitude of its block. The signed map has no -1: it is not symmetric.
public final class DynamicMap {
    private static final int DECADES = 7;
    private static final float[] POWERS = {1e-6f, 1e-5f, 1e-4f, 1e-3f, 1e-2f, 1e-1f, 1f};

    /// With negative values: for the absmax of doubly quantized weights, whose mean is taken off, and for momentum.
    public static final DynamicMap SIGNED = new DynamicMap(true);

    /// Of values from 0: for second moments.
    public static final DynamicMap UNSIGNED = new DynamicMap(false);

    private final float[] values;

    private DynamicMap(boolean signed) {
        values = new float[256];
        int n = 0;
        for (int decade = 0; decade < DECADES; decade++) {
            int steps = signed ? 1 << decade : 2 << decade;
            for (int i = 0; i < steps; i++) {
                float value = (boundary(i, steps) + boundary(i + 1, steps)) / 2 * POWERS[decade];
                values[n++] = value;
                if (signed) {
                    values[n++] = -value;
                }
            }
        }
        values[n++] = 0;
        values[n] = 1;
        Arrays.sort(values);
    }

    /// One of `steps + 1` numbers from 0.1 to 1, equally far apart, counted from the nearer end as `torch.linspace` does: these are files' exact values.
    private static float boundary(int i, int steps) {
        float step = (1f - 0.1f) / steps;
        return i < (steps + 1) / 2 ? Math.fma(step, i, 0.1f) : Math.fma(-step, steps - i, 1f);
    }

    /// {@return the values of the codes 0 … 255, ascending}
    public float[] values() {
        return values.clone();
    }

    /// {@return the value of a code}
    ///
    /// @param code 0 … 255
    public float value(int code) {
        return values[code];
    }

    /// The code of the nearest value: a binary search, then a look at one neighbour, as bitsandbytes' CUDA kernels do it. Halfway between two values the one
    /// that the search ended at stays.
    ///
    /// @param scaled divided by the largest magnitude of its block
    /// @return 0 … 255
    public int encode(float scaled) {
        int pivot = 127;
        int upper = 255;
        int lower = 0;
        for (int step = 64; step > 0; step >>= 1) {
            if (scaled > values[pivot]) {
                lower = pivot;
                pivot += step;
            } else {
                upper = pivot;
                pivot -= step;
            }
        }
        float value = values[pivot];
        if (scaled > value) {
            return scaled > ((upper == 255 ? 1f : values[upper]) + value) * 0.5f ? upper : pivot;
        }
        return scaled < ((lower == 0 ? values[0] : values[lower]) + value) * 0.5f ? lower : pivot;
    }
}
