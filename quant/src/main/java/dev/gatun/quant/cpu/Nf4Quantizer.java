package dev.gatun.quant.cpu;

import static dev.gatun.quant.cpu.ReferenceNf4.LEAST;
import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.MAX;

import dev.gatun.quant.Codebook;
import dev.gatun.tensor.cpu.Fill;
import dev.gatun.tensor.cpu.Pool;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Cuts a matrix into blocks and encodes them.
///
/// | | |
/// |---|---|
/// | math | absmax = max │x│; code = how many thresholds lie below `x · (1 / absmax)` |
/// | cost | a compare and an add per threshold: about two cycles per element, **compute-bound** |
final class Nf4Quantizer {
    /// Elements that a worker takes at least: a few blocks of any size.
    private static final int CHUNK = 8192;

    private final Codebook codebook;
    private final float[] thresholds;
    private final int blockSize;

    Nf4Quantizer(Codebook codebook, int blockSize) {
        this.codebook = codebook;
        this.thresholds = codebook.thresholds();
        this.blockSize = blockSize;
    }

    /// Encodes `size` elements that `source` shows as one row.
    void run(Pool pool, Fill source, long size, long packed, long absmax) {
        pool.run((size + CHUNK - 1) / CHUNK, 1, (from, to, worker) -> {
            float[] x = pool.scratch(worker, CHUNK + VL);
            int[] ranks = new int[blockSize + VL];
            for (long chunk = from; chunk < to; chunk++) {
                long first = chunk * CHUNK;
                int n = (int) Math.min(CHUNK, size - first);
                source.fill(0, 1, first, n, x, 0, 0);
                for (int i = 0; i < n; i += blockSize) {
                    long at = first + i;
                    float most = block(x, i, Math.min(blockSize, n - i), ranks, packed + at / 2);
                    ALL.set(FLOAT, absmax + at / blockSize * 4, most);
                }
            }
        });
    }

    /// Encodes one block of x to `to`.
    private float block(float[] x, int at, int n, int[] ranks, long to) {
        float most = largest(x, at, n);
        scale(x, at, n, 1 / Math.max(most, LEAST));
        ranks(x, at, n, thresholds, codebook.signed(), ranks);
        for (int i = 0; i < n; i += 2) {
            int high = codebook.code(ranks[i], x[at + i] < 0);
            int low = i + 1 < n ? codebook.code(ranks[i + 1], x[at + i + 1] < 0) : codebook.encode(0);
            ALL.set(ValueLayout.JAVA_BYTE, to + i / 2, (byte) (high << 4 | low));
        }
        return most;
    }

    static float largest(float[] x, int at, int n) {
        FloatVector most = FloatVector.zero(F32);
        int i = 0;
        for (; i <= n - VL; i += VL) {
            most = FloatVector.fromArray(F32, x, at + i).abs().max(most);
        }
        float largest = most.reduceLanes(MAX);
        for (; i < n; i++) {
            largest = Math.max(largest, Math.abs(x[at + i]));
        }
        return largest;
    }

    static void scale(float[] x, int at, int n, float factor) {
        for (int i = at; i < at + n; i++) {
            x[i] *= factor;
        }
    }

    /// How many thresholds lie below each element, or below its magnitude. Reads and writes up to a vector past the end.
    static void ranks(float[] x, int at, int n, float[] thresholds, boolean magnitudes, int[] ranks) {
        for (int i = 0; i < n; i += VL) {
            FloatVector v = FloatVector.fromArray(F32, x, at + i);
            if (magnitudes) {
                v = v.abs();
            }
            IntVector zero = IntVector.zero(I32), rank = zero;
            for (int t = 0; t < thresholds.length; t++) {
                rank = zero.blend(1, v.compare(GT, thresholds[t]).cast(I32)).add(rank);
            }
            rank.intoArray(ranks, i);
        }
    }
}
