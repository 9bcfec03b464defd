package dev.gatun.quant.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.gatun.quant.TernaryCoding;
import dev.gatun.quant.TernaryKernels;
import dev.gatun.quant.TernaryMatrix;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.Pool;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Ternary products by their definition.
///
/// @param pool runs the moving of bytes
/// @param arithmetic what a product adds with
record ReferenceTernary(Pool pool, TernaryArithmetic arithmetic) implements TernaryKernels {
    @Override
    public double meanMagnitude(Tensor matrix) {
        return TernaryLayout.meanMagnitude(pool, matrix);
    }

    @Override
    public void round(Tensor words, Tensor matrix, float scale) {
        TernaryLayout.arrange(pool, words, matrix.dim(0), matrix.dim(1), TernaryLayout.rounded(matrix, scale));
    }

    @Override
    public void read(Tensor words, long rows, long columns, Tensor file, TernaryCoding coding) {
        TernaryLayout.arrange(pool, words, rows, columns, TernaryLayout.file(file, coding, rows, columns));
    }

    @Override
    public void write(Tensor file, TernaryCoding coding, TernaryMatrix w) {
        TernaryLayout.write(pool, file, coding, w);
    }

    @Override
    public void linear(Tensor y, Tensor x, TernaryMatrix w) {
        int k = (int) w.columns();
        long m = w.rows() == 0 ? 0 : y.size() / w.rows();
        MemorySegment to = HostBuffer.segment(y);
        MemorySegment scales = HostBuffer.segment(w.scales());
        byte[] trits = new byte[k];
        int[] integers = new int[k];
        float[] row = new float[k];
        for (long i = 0; i < m; i++) {
            MemorySegment.copy(HostBuffer.segment(x), JAVA_FLOAT_UNALIGNED, 4 * i * k, row, 0, k);
            float scale = round(row, integers);
            for (long r = 0; r < w.rows(); r++) {
                TernaryLayout.restore(w, r, trits);
                float both = scales.get(JAVA_FLOAT_UNALIGNED, 4 * r) * scale;
                to.set(JAVA_FLOAT_UNALIGNED, 4 * (i * w.rows() + r), arithmetic.scale(arithmetic.dot(trits, integers), both));
            }
        }
    }

    /// Rounds a row of x to integers.
    ///
    /// @return what they are multiples of
    static float round(float[] x, int[] to) {
        float most = LEAST;
        for (float value : x) {
            most = Math.max(most, Math.abs(value));
        }
        boolean finite = most < Float.POSITIVE_INFINITY;
        float inverse = finite ? 127 / most : 0;
        for (int k = 0; k < x.length; k++) {
            to[k] = (int) Math.rint(x[k] * inverse);
        }
        return finite ? most / 127 : Float.NaN;
    }

    @Override
    public void linearTransposed(Tensor dx, Tensor dy, TernaryMatrix w) {
        int k = (int) w.columns();
        long n = w.rows();
        long m = k == 0 ? 0 : dx.size() / k;
        MemorySegment to = HostBuffer.segment(dx);
        MemorySegment from = HostBuffer.segment(dy);
        MemorySegment scales = HostBuffer.segment(w.scales());
        byte[] trits = new byte[k];
        double[] sums = new double[k];
        for (long i = 0; i < m; i++) {
            Arrays.fill(sums, 0);
            for (long r = 0; r < n; r++) {
                TernaryLayout.restore(w, r, trits);
                double factor = (double) from.get(JAVA_FLOAT_UNALIGNED, 4 * (i * n + r)) * scales.get(JAVA_FLOAT_UNALIGNED, 4 * r);
                for (int j = 0; j < k; j++) {
                    sums[j] += trits[j] * factor;
                }
            }
            for (int j = 0; j < k; j++) {
                to.set(JAVA_FLOAT_UNALIGNED, 4 * (i * k + j), (float) sums[j]);
            }
        }
    }

    @Override
    public void rows(Tensor y, TernaryMatrix w, int... ids) {
        int k = (int) w.columns();
        MemorySegment to = HostBuffer.segment(y);
        MemorySegment scales = HostBuffer.segment(w.scales());
        pool.run(ids.length, 1, (first, end, worker) -> {
            byte[] trits = new byte[k];
            for (long i = first; i < end; i++) {
                long row = ids[(int) i];
                TernaryLayout.restore(w, row, trits);
                float scale = scales.get(JAVA_FLOAT_UNALIGNED, 4 * row);
                for (int j = 0; j < k; j++) {
                    to.set(JAVA_FLOAT_UNALIGNED, 4 * (i * k + j), trits[j] * scale);
                }
            }
        });
    }
}
