package dev.gatun.quant.cpu;

import dev.gatun.quant.Codebook;
import dev.gatun.quant.Nf4Kernels;
import dev.gatun.quant.Nf4Matrix;
import dev.gatun.quant.QuantState;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.DynamicMap;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.Pool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// 4-bit codes by their definition, summed in double.
final class ReferenceNf4 implements Nf4Kernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// What the largest magnitude of a block counts at least, so that its reciprocal is finite.
    static final float LEAST = 1e-38f;

    private final Pool pool;

    ReferenceNf4(Pool pool) {
        this.pool = pool;
    }

    @Override
    public void quantize(Tensor packed, Tensor absmax, Tensor matrix, Codebook codebook, int blockSize) {
        MemorySegment codes = HostBuffer.segment(packed);
        MemorySegment scales = HostBuffer.segment(absmax);
        MemorySegment x = HostBuffer.segment(matrix);
        long size = matrix.size();
        for (long block = 0; block < absmax.size(); block++) {
            long from = block * blockSize;
            long to = Math.min(size, from + blockSize);
            float largest = 0;
            for (long i = from; i < to; i++) {
                largest = Math.max(largest, Math.abs(read(x, matrix.dtype(), i)));
            }
            scales.set(FLOAT, 4 * block, largest);
            float reciprocal = 1 / Math.max(largest, LEAST);
            for (long i = from; i < to; i += 2) {
                int high = codebook.encode(read(x, matrix.dtype(), i) * reciprocal);
                int low = i + 1 < to ? codebook.encode(read(x, matrix.dtype(), i + 1) * reciprocal) : codebook.encode(0);
                codes.set(ValueLayout.JAVA_BYTE, i / 2, (byte) (high << 4 | low));
            }
        }
    }

    private static float read(MemorySegment x, DType type, long i) {
        return switch (type) {
            case BF16 -> DType.bf16ToFloat(x.get(SHORT, 2 * i));
            case F16 -> Float.float16ToFloat(x.get(SHORT, 2 * i));
            default -> x.get(FLOAT, 4 * i);
        };
    }

    @Override
    public void quantizeScales(Tensor codes, Tensor scales, Tensor values, float offset) {
        MemorySegment to = HostBuffer.segment(codes);
        MemorySegment largest = HostBuffer.segment(scales);
        MemorySegment x = HostBuffer.segment(values);
        long size = values.size();
        pool.run(scales.size(), 1, (first, last, worker) -> {
            for (long block = first; block < last; block++) {
                long from = block * QuantState.NESTED_BLOCK;
                long end = Math.min(size, from + QuantState.NESTED_BLOCK);
                float most = 0;
                for (long i = from; i < end; i++) {
                    most = Math.max(most, Math.abs(x.get(FLOAT, 4 * i) - offset));
                }
                largest.set(FLOAT, 4 * block, most);
                float reciprocal = 1 / Math.max(most, LEAST);
                for (long i = from; i < end; i++) {
                    int code = DynamicMap.SIGNED.encode((x.get(FLOAT, 4 * i) - offset) * reciprocal);
                    to.set(ValueLayout.JAVA_BYTE, i, (byte) code);
                }
            }
        });
    }

    @Override
    public Nf4Matrix arrange(QuantState state, Memory memory) {
        return Nf4Layout.arrange(pool, state, memory);
    }

    @Override
    public QuantState restore(Nf4Matrix matrix, Memory memory) {
        return Nf4Layout.restore(pool, matrix, memory);
    }

    @Override
    public void linear(Tensor y, Tensor x, Nf4Matrix w) {
        long k = w.columns();
        long n = w.rows();
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        float[] row = new float[(int) k];
        for (long r = 0; r < n; r++) {
            row(w, r, row);
            for (long i = 0; i < x.size() / k; i++) {
                double sum = 0;
                for (int j = 0; j < k; j++) {
                    sum += (double) row[j] * xs.get(FLOAT, 4 * (i * k + j));
                }
                ys.set(FLOAT, 4 * (i * n + r), (float) sum);
            }
        }
    }

    @Override
    public void linearTransposed(Tensor y, Tensor x, Nf4Matrix w) {
        int k = (int) w.columns();
        long n = w.rows();
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        float[] row = new float[k];
        double[] sums = new double[Math.toIntExact(y.size())];
        for (long r = 0; r < n; r++) {
            row(w, r, row);
            for (int i = 0; i < y.size() / k; i++) {
                double factor = xs.get(FLOAT, 4 * (i * n + r));
                for (int j = 0; j < k; j++) {
                    sums[i * k + j] += factor * row[j];
                }
            }
        }
        for (int i = 0; i < sums.length; i++) {
            ys.set(FLOAT, 4L * i, (float) sums[i]);
        }
    }

    private static void row(Nf4Matrix w, long row, float[] to) {
        Nf4Layout layout = new Nf4Layout(w);
        float[] values = w.codebook().values();
        for (int j = 0; j < to.length; j++) {
            to[j] = values[layout.code(row, j)] * layout.scale(row, j);
        }
    }

    @Override
    public void rows(Tensor y, Nf4Matrix w, Tensor ids) {
        MemorySegment from = HostBuffer.segment(ids);
        for (long i = 0; i < ids.size(); i++) {
            dequantize(y, i, w, checkedRow(w, from.get(INT, 4 * i)));
        }
    }

    static long checkedRow(Nf4Matrix w, int id) {
        if (id < 0 || id >= w.rows()) {
            throw new IndexOutOfBoundsException("rows: id " + id + " — the table has " + w.rows() + " rows");
        }
        return id;
    }

    @Override
    public void dequantize(Tensor y, Nf4Matrix w, long first) {
        for (long i = 0; i < y.size() / w.columns(); i++) {
            dequantize(y, i, w, first + i);
        }
    }

    private static void dequantize(Tensor y, long i, Nf4Matrix w, long row) {
        float[] values = new float[(int) w.columns()];
        row(w, row, values);
        MemorySegment.copy(values, 0, HostBuffer.segment(y), FLOAT, 4 * i * values.length, values.length);
    }
}
