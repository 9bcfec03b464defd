package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.VB;
import static dev.gatun.tensor.cpu.Lanes.VL;

import java.lang.foreign.MemorySegment;

/// One row of any length, as blocks that fit the L1 cache. The incomplete vector at its end is
/// copied to scratch and filled up with what does not count; sums of blocks are added in double.
///
/// @param x where it is
/// @param n how many elements
/// @param scratch [#SCRATCH] bytes for this thread
record Row(long x, long n, long scratch) {
    /// Elements of a block: few enough for exact sums, and its second reading is from L1.
    private static final long BLOCK = 2048;

    static final long SCRATCH = 2L * VB + BLOCK * 4;

    /// The sum and the largest element that it refers to: `Σ exp(x[i]) = sum·exp(most)`.
    record LogSum(float most, double sum) {
        /// `ln Σ exp(x[i])`; NaN if all are -∞.
        double value() {
            return sum == 0 ? Double.NaN : most + StrictMath.log(sum);
        }
    }

    /// How many elements lie in complete vectors.
    long whole() {
        return n / VL * VL;
    }

    /// The incomplete vector, filled up, in scratch.
    private long rest(float filling) {
        for (int i = 0; i < VL; i++) {
            ALL.set(FLOAT, scratch + 4L * i, filling);
        }
        MemorySegment.copy(ALL, x + whole() * 4, ALL, scratch, (n - whole()) * 4);
        return scratch;
    }

    private boolean hasRest() {
        return n % VL != 0;
    }

    float largest() {
        float most = RowLoops.largest(x, whole() * 4);
        return hasRest() ? Math.max(most, RowLoops.largest(rest(Float.NEGATIVE_INFINITY), VB)) : most;
    }

    float max() {
        float most = RowLoops.max(x, whole() * 4);
        return hasRest() ? Math.max(most, RowLoops.max(rest(Float.NEGATIVE_INFINITY), VB)) : most;
    }

    float min() {
        float least = RowLoops.min(x, whole() * 4);
        return hasRest() ? Math.min(least, RowLoops.min(rest(Float.POSITIVE_INFINITY), VB)) : least;
    }

    double sum() {
        double sum = 0;
        for (long i = 0; i < whole(); i += BLOCK) {
            sum += RowLoops.sum(x + i * 4, Math.min(BLOCK, whole() - i) * 4);
        }
        return hasRest() ? sum + RowLoops.sum(rest(0), VB) : sum;
    }

    double squares() {
        double sum = 0;
        for (long i = 0; i < whole(); i += BLOCK) {
            sum += RowLoops.squares(x + i * 4, Math.min(BLOCK, whole() - i) * 4);
        }
        return hasRest() ? sum + RowLoops.squares(rest(0), VB) : sum;
    }

    /// The first index of the largest element; 0 if all are NaN or -∞. A block is searched only if
    /// it holds a new largest element, which happens about ln(blocks) times.
    long argMax() {
        float most = Float.NEGATIVE_INFINITY;
        long best = 0;
        for (long i = 0; i < n; i += BLOCK) {
            Row block = new Row(x + i * 4, Math.min(BLOCK, n - i), scratch);
            float here = block.largest();
            if (here > most) {
                most = here;
                best = i + block.indexOf(here);
            }
        }
        return best;
    }

    private long indexOf(float value) {
        long i = RowLoops.find(x, value, whole() * 4) / 4;
        while (ALL.get(FLOAT, x + i * 4) != value) {
            i++;
        }
        return i;
    }

    /// The sum of the exponentials, which themselves are dropped, in one reading: when a block has a larger element than those
    /// before it, what was summed is scaled down (arXiv:1805.02867).
    LogSum logSum() {
        float most = -Float.MAX_VALUE; // not -∞: -∞ − -∞ is NaN
        double sum = 0;
        for (long i = 0; i < n; i += BLOCK) {
            Row block = new Row(x + i * 4, Math.min(BLOCK, n - i), scratch);
            float here = block.largest();
            if (here > most) {
                sum *= StrictMath.exp((double) most - here);
                most = here;
            }
            sum += block.exp(scratch + 2L * VB, most);
        }
        return new LogSum(most, sum);
    }

    /// `y[i] = exp(x[i] − most)`
    ///
    /// @return their sum
    double exp(long y, float most) {
        double sum = 0;
        for (long i = 0; i < whole(); i += BLOCK) {
            long bytes = Math.min(BLOCK, whole() - i) * 4;
            sum += RowLoops.exp(y + i * 4, x + i * 4, most, bytes);
        }
        if (hasRest()) {
            sum += RowLoops.exp(scratch, rest(Float.NEGATIVE_INFINITY), most, VB);
            store(y);
        }
        return sum;
    }

    /// `y[i] = x[i] · scale`
    void scale(long y, float scale) {
        RowLoops.scale(y, x, scale, whole() * 4);
        if (hasRest()) {
            RowLoops.scale(scratch, rest(0), scale, VB);
            store(y);
        }
    }

    /// `y[i] = x[i] · scale · w[i]`
    void weigh(long y, float scale, long w) {
        RowLoops.weigh(y, x, scale, w, whole() * 4);
        if (hasRest()) {
            MemorySegment.copy(ALL, w + whole() * 4, ALL, scratch + VB, (n - whole()) * 4);
            RowLoops.weigh(scratch, rest(0), scale, scratch + VB, VB);
            store(y);
        }
    }

    /// `y[i] = x[i] − a − b`
    void subtract(long y, float a, float b) {
        RowLoops.subtract(y, x, a, b, whole() * 4);
        if (hasRest()) {
            RowLoops.subtract(scratch, rest(0), a, b, VB);
            store(y);
        }
    }

    /// `y[i] = exp(x[i] − a − b) · scale`, where `a + b = ln Σ exp(x)`
    void softmax(long y, float a, float b, float scale) {
        RowLoops.softmax(y, x, a, b, scale, whole() * 4);
        if (hasRest()) {
            RowLoops.softmax(scratch, rest(0), a, b, scale, VB);
            store(y);
        }
    }

    private void store(long y) {
        MemorySegment.copy(ALL, scratch, ALL, y + whole() * 4, (n - whole()) * 4);
    }
}
