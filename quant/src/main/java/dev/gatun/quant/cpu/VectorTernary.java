package dev.gatun.quant.cpu;

import static dev.gatun.quant.TernaryMatrix.BLOCK;
import static dev.gatun.tensor.cpu.Lanes.*;
import static java.lang.ref.Reference.reachabilityFence;
import static jdk.incubator.vector.VectorOperators.I2F;

import dev.gatun.quant.TernaryCoding;
import dev.gatun.quant.TernaryKernels;
import dev.gatun.quant.TernaryMatrix;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.Pool;
import dev.gatun.tensor.cpu.VectorMatmul;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// The front door of the vector kernels for −1, 0 and 1: tensors in, addresses out.
final class VectorTernary implements TernaryKernels {
    /// Weights that a chunk touches at least.
    private static final long CHUNK = 1 << 17;

    /// Rows of x whose tables there are at once: 700 KB of them for 2048 columns.
    private static final int BATCH = 16;

    /// Rows of x that [TernaryTiles#blocks2x4] takes.
    private static final int QUAD = 4;

    /// Blocks that [TernaryTiles#blocks4] takes.
    private static final int TOGETHER = 4;

    private static final int STASH = 8;

    private final Pool pool;
    private final ReferenceTernary reference;
    private final AtomicReferenceArray<@Nullable MemorySegment> stash = new AtomicReferenceArray<>(STASH);

    VectorTernary(Pool pool) {
        this.pool = pool;
        this.reference = new ReferenceTernary(pool, TernaryArithmetic.PLAIN);
    }

    @Override
    public double meanMagnitude(Tensor matrix) {
        return reference.meanMagnitude(matrix);
    }

    @Override
    public void round(Tensor words, Tensor matrix, float scale) {
        reference.round(words, matrix, scale);
    }

    @Override
    public void read(Tensor words, long rows, long columns, Tensor file, TernaryCoding coding) {
        reference.read(words, rows, columns, file, coding);
    }

    @Override
    public void write(Tensor file, TernaryCoding coding, TernaryMatrix w) {
        reference.write(file, coding, w);
    }

    @Override
    public void rows(Tensor y, TernaryMatrix w, int... ids) {
        reference.rows(y, w, ids);
    }

    @Override
    public void linear(Tensor y, Tensor x, TernaryMatrix w) {
        long n = w.rows();
        int k = (int) w.columns();
        long m = n == 0 ? 0 : y.size() / n;
        long to = HostBuffer.address(y);
        long from = HostBuffer.address(x);
        Product product = new Product(HostBuffer.address(w.words()), HostBuffer.address(w.scales()), n, TernaryMatrix.words(k));
        long pitch = TernaryTables.bytes(k);
        MemorySegment memory = borrow(Math.min(m, BATCH) * pitch);
        float[] scales = pool.borrow(BATCH);
        long tables = memory.address();
        long grain = Math.max(TOGETHER, CHUNK / (BLOCK * Math.max(1L, k)) / TOGETHER * TOGETHER);
        for (long i = 0; i < m; i += BATCH) {
            int some = (int) Math.min(BATCH, m - i);
            long rows = from + 4 * i * k;
            long results = to + 4 * i * n;
            pool.run(some, 1, (first, end, worker) -> {
                float[] scratch = pool.scratch(worker, TernaryTables.scratch(k));
                for (int r = (int) first; r < end; r++) {
                    scales[r] = TernaryTables.build(rows + 4L * r * k, k, scratch, tables + r * pitch);
                }
            });
            pool.run(TernaryMatrix.blocks(n), grain, (first, end, worker) -> {
                float[] sums = pool.scratch(worker, QUAD * TOGETHER * BLOCK);
                for (int r = 0; r < some; r += QUAD) {
                    product.compute(first, end, tables + r * pitch, pitch, scales, r, Math.min(some, r + QUAD), sums, results);
                }
            });
        }
        pool.giveBack(scales);
        giveBack(memory);
        reachabilityFence(y);
        reachabilityFence(x);
        reachabilityFence(w);
    }

    /// @param words the address of the matrix
    /// @param scales the address of its rows' scales
    /// @param n its rows
    /// @param length words of a row
    private record Product(long words, long scales, long n, int length) {
        /// The results of blocks with up to four rows of x. Blocks that are taken together lie as far apart as the range allows, so that memory is read in
        /// several long streams: one alone is slower.
        void compute(long first, long end, long t, long pitch, float[] xScales, int from, int to, float[] sums, long y) {
            boolean quad = VL == 16 && to - from == QUAD;
            int together = VL != 16 ? 1 : quad ? 2 : TOGETHER;
            long distance = (end - first) / together;
            for (long b = first; b < first + distance; b++) {
                some(b, distance, together, t, pitch, xScales, from, to, sums, y);
            }
            for (long b = first + distance * together; b < end; b++) {
                some(b, 0, 1, t, pitch, xScales, from, to, sums, y);
            }
        }

        private void some(long block, long distance, int together, long t, long pitch, float[] xScales, int from, int to, float[] sums, long y) {
            long bytes = 64L * length;
            long w = words + block * bytes;
            int width = TOGETHER * BLOCK;
            if (together == 2) {
                TernaryTiles.blocks2x4(w, distance * bytes, length, t, pitch, sums, 0, width);
            } else {
                for (int i = 0; i < to - from; i++) {
                    long tables = t + i * pitch;
                    if (together == TOGETHER) {
                        TernaryTiles.blocks4(w, distance * bytes, length, tables, sums, i * width);
                    } else {
                        one(w, length, tables, sums, i * width);
                    }
                }
            }
            for (int j = 0; j < together; j++) {
                long row = (block + j * distance) * BLOCK;
                int rows = (int) Math.min(n - row, BLOCK);
                for (int i = from; i < to; i++) {
                    scale(sums, (i - from) * width + j * BLOCK, rows, scales + 4 * row, xScales[i], y + 4 * (i * n + row));
                }
            }
        }
    }

    /// One block and one row of x.
    private static void one(long w, int length, long tables, float[] sums, int at) {
        if (VL == 16) {
            TernaryTiles.block(w, length, tables, sums, at);
        } else if (VL == 8) {
            TernaryNarrowTiles.block16(w, length, tables, sums, at);
        } else {
            for (int i = 0; i < 4; i++) {
                TernaryNarrowTiles.block8(w + 16 * i, length, tables, sums, at + 4 * i);
            }
        }
    }

    /// The one multiplication: `y[r] = sum[r] · (scale[r] · xScale)`.
    private static void scale(float[] sums, int at, int rows, long scales, float xScale, long y) {
        int r = 0;
        for (; r <= rows - VL; r += VL) {
            FloatVector both = FloatVector.fromMemorySegment(F32, ALL, scales + 4L * r, LITTLE)
                    .mul(xScale);
            FloatVector sum = (FloatVector)
                    FloatVector.fromArray(F32, sums, at + r).reinterpretAsInts().convertShape(I2F, F32, 0);
            sum.mul(both).intoMemorySegment(ALL, y + 4L * r, LITTLE);
        }
        for (; r < rows; r++) {
            float both = ALL.get(FLOAT, scales + 4L * r) * xScale;
            ALL.set(FLOAT, y + 4L * r, Float.floatToRawIntBits(sums[at + r]) * both);
        }
    }

    @Override
    public void linearTransposed(Tensor dx, Tensor dy, TernaryMatrix w) {
        long k = w.columns();
        int n = Math.toIntExact(w.rows());
        long m = k == 0 ? 0 : dx.size() / k;
        TernaryRows rows = new TernaryRows(w);
        VectorMatmul.linearTransposed(pool, HostBuffer.address(dx), 4 * k, HostBuffer.address(dy), 4L * n, rows, m, n, (int) k);
        reachabilityFence(dx);
        reachabilityFence(dy);
        reachabilityFence(w);
    }

    /// Memory for tables, which several sessions may need at once.
    private MemorySegment borrow(long bytes) {
        for (int i = 0; i < STASH; i++) {
            MemorySegment piece = stash.get(i);
            if (piece != null && piece.byteSize() >= bytes && stash.compareAndSet(i, piece, null)) {
                return piece;
            }
        }
        return Arena.ofAuto().allocate(Math.max(bytes, 64), 64);
    }

    private void giveBack(MemorySegment piece) {
        for (int i = 0; i < STASH; i++) {
            MemorySegment old = stash.get(i);
            if ((old == null || old.byteSize() < piece.byteSize()) && stash.compareAndSet(i, old, piece)) {
                return;
            }
        }
    }
}
