package dev.gatun.tensor.kernels;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/// Computes the same on two devices and remembers the case of the greatest difference.
final class Probe {
    /// What a difference is measured by.
    enum Measure {
        /// the number of elements that differ in a bit; all NaN are one
        BITS,
        /// relative to the element; one below 2⁻¹¹⁹ may come as 0
        RELATIVE,
        /// relative to the largest element
        SCALED
    }

    /// Half a unit in the last place of 1: what one rounding costs.
    static final double EPS = 0x1p-24;

    /// A product with a factor that would be subnormal, as in silu, may be 0.
    private static final double FLUSHED = 0x1p-119;

    private static final int GUARD = 19;
    private static final float SENTINEL = 1234.5f;

    private final Device yardstick;
    private final Device device;
    private final boolean exact;
    private final SplittableRandom random = new SplittableRandom(20260);
    private final List<Tensor> guarded = new ArrayList<>();

    private String worstCase = "no case";
    private double worstRatio = -1;
    private double worstError;
    private double worstTolerance;

    Probe(Device yardstick, Device device, boolean exact) {
        this.yardstick = yardstick;
        this.device = device;
        this.exact = exact;
    }

    // ---- inputs ----------------------------------------------------------------------------

    float[] normal(long n) {
        return normal(n, 1);
    }

    float[] normal(long n, double deviation) {
        float[] values = new float[Math.toIntExact(n)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return values;
    }

    int[] ints(long n, int from, int to) {
        return random.ints(n, from, to).toArray();
    }

    /// Values between others that a kernel must not look at, at an odd address.
    static Tensor tensor(Memory memory, float[] values, long... dims) {
        float[] all = new float[values.length + 2];
        Arrays.fill(all, Float.NaN);
        System.arraycopy(values, 0, all, 1, values.length);
        return memory.floats(all).slice(0, 1, 1 + values.length).reshape(dims);
    }

    /// Room for a result, between values that a kernel must leave alone.
    Tensor room(Memory memory, long... dims) {
        long n = Shape.of(dims).size();
        float[] all = new float[Math.toIntExact(n + 2 * GUARD)];
        Arrays.fill(all, SENTINEL);
        Tensor base = memory.floats(all);
        guarded.add(base);
        return base.slice(0, GUARD, GUARD + n).reshape(dims);
    }

    /// As [#room] for `i32`.
    static Tensor intRoom(Memory memory, long... dims) {
        return memory.allocate(DType.I32, dims);
    }

    // ---- comparison ------------------------------------------------------------------------

    /// Runs a computation on both devices.
    ///
    /// @param what the case, for the message
    /// @param measure how differences are measured
    /// @param tolerance how large they may be
    /// @param computation from memory on the device to compute on to a result of a type that
    ///     converts to f32 exactly
    void compare(String what, Measure measure, double tolerance, Function<Memory, Tensor> computation) {
        float[] expected = run(yardstick, computation);
        float[] actual = run(device, computation);
        double error = switch (exact ? Measure.BITS : measure) {
            case BITS -> differences(expected, actual);
            case RELATIVE -> relative(expected, actual);
            case SCALED -> scaled(expected, actual);
        };
        if (!guardsHold()) {
            error = Double.POSITIVE_INFINITY;
            what += ", wrote outside of its result";
        }
        note(what, error, exact || measure == Measure.BITS ? 0 : tolerance);
    }

    private static float[] run(Device on, Function<Memory, Tensor> computation) {
        return computation.apply(Memory.collected(on)).toArray();
    }

    private boolean guardsHold() {
        boolean hold = true;
        for (Tensor base : guarded) {
            float[] low = base.slice(0, 0, GUARD).toArray();
            float[] high = base.slice(0, base.size() - GUARD, base.size()).toArray();
            for (int i = 0; i < GUARD; i++) {
                hold &= low[i] == SENTINEL && high[i] == SENTINEL;
            }
        }
        guarded.clear();
        return hold;
    }

    private void note(String what, double error, double tolerance) {
        double ratio = tolerance > 0 ? error / tolerance : error;
        if (!(ratio <= worstRatio)) {
            worstRatio = ratio;
            worstCase = what;
            worstError = error;
            worstTolerance = tolerance;
        }
    }

    private static double differences(float[] expected, float[] actual) {
        int wrong = 0;
        for (int i = 0; i < expected.length; i++) {
            // floatToIntBits, not raw: a conversion may quieten a NaN
            wrong += Float.floatToIntBits(expected[i]) == Float.floatToIntBits(actual[i]) ? 0 : 1;
        }
        return wrong;
    }

    private static double relative(float[] expected, float[] actual) {
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            double size = Math.abs(expected[i]);
            double error = distance(expected[i], actual[i]);
            boolean flushed = size < FLUSHED && Math.abs(actual[i]) <= Float.MIN_NORMAL;
            if (error > 0 && !flushed) {
                worst = Math.max(worst, error / size);
            }
        }
        return worst;
    }

    private static double scaled(float[] expected, float[] actual) {
        double size = Float.MIN_NORMAL;
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, distance(expected[i], actual[i]));
            size = Float.isFinite(expected[i]) ? Math.max(size, Math.abs(expected[i])) : size;
        }
        return worst / size;
    }

    private static double distance(float expected, float actual) {
        if (Float.floatToIntBits(expected) == Float.floatToIntBits(actual)) {
            return 0;
        }
        return Float.isFinite(expected) && Float.isFinite(actual) ? Math.abs((double) expected - actual) : Double.POSITIVE_INFINITY;
    }

    KernelCheck.Result result(String kernel) {
        return new KernelCheck.Result(kernel, worstCase, worstError, worstTolerance);
    }
}
