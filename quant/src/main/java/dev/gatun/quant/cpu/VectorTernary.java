package dev.gatun.quant.cpu;

import static dev.gatun.quant.TernaryMatrix.BLOCK;
import static dev.gatun.quant.TernaryMatrix.GROUP;
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
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// The front door of the vector kernels for −1, 0 and 1: tensors in, addresses out.
final class VectorTernary implements TernaryKernels {
    /// Weights that a chunk touches at least.
    private static final long CHUNK = 1 << 17;

    /// Rows of x whose tables there are at once: 700 KB of them for 2048 columns.
    private static final int BATCH = 16;

    /// Rows of x that [TernaryTiles#pairx4] takes.
    private static final int QUAD = 4;

    /// Room for the sums of a group, and for those of four rows of x.
    private static final int ROOM = GROUP * BLOCK;

    private static final int SUMS = QUAD * ROOM;

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
        linear(List.of(y), x, List.of(w));
    }

    @Override
    public void linear(List<Tensor> ys, Tensor x, List<TernaryMatrix> ws) {
        int k = (int) ws.getFirst().columns();
        long m = x.shape().rows();
        long from = HostBuffer.address(x);
        long pitch = TernaryTables.bytes(k);
        MemorySegment memory = borrow(Math.min(m, BATCH) * pitch);
        float[] scales = pool.borrow(BATCH);
        long tables = memory.address();
        for (long i = 0; i < m; i += BATCH) {
            int some = (int) Math.min(BATCH, m - i);
            long rows = from + 4 * i * k;
            pool.run(some, 1, (first, end, worker) -> {
                float[] scratch = pool.scratch(worker, TernaryTables.scratch(k));
                for (int r = (int) first; r < end; r++) {
                    scales[r] = TernaryTables.build(rows + 4L * r * k, k, scratch, tables + r * pitch);
                }
            });
            Product[] products = new Product[ws.size()];
            long begin = 0;
            for (int j = 0; j < products.length; j++) {
                products[j] = Product.of(
                        ws.get(j),
                        HostBuffer.address(ys.get(j)) + 4 * i * ws.get(j).rows(),
                        begin);
                begin = products[j].end();
            }
            long least = Math.max(1, CHUNK / (BLOCK * Math.max(1L, k)));
            long grain = begin / GROUP < pool.threads() ? least : Math.max(GROUP, least / GROUP * GROUP);
            pool.run(begin, grain, (first, end, worker) -> {
                float[] sums = pool.scratch(worker, SUMS);
                for (int r = 0; r < some; r += QUAD) {
                    for (Product product : products) {
                        product.compute(first, end, tables + r * pitch, pitch, scales, r, Math.min(some, r + QUAD), sums);
                    }
                }
            });
        }
        pool.giveBack(scales);
        giveBack(memory);
        reachabilityFence(ys);
        reachabilityFence(x);
        reachabilityFence(ws);
    }

    /// @param words the address of the matrix
    /// @param scales the address of its rows' scales
    /// @param n its rows
    /// @param length words of a row
    /// @param blocks its blocks
    /// @param y the address of the results
    /// @param begin blocks of the matrices before, in whole groups
    private record Product(long words, long scales, long n, int length, long blocks, long y, long begin) {
        static Product of(TernaryMatrix w, long y, long begin) {
            return new Product(
                    HostBuffer.address(w.words()),
                    HostBuffer.address(w.scales()),
                    w.rows(),
                    TernaryMatrix.words(w.columns()),
                    TernaryMatrix.blocks(w.rows()),
                    y,
                    begin);
        }

        /// Where the next matrix begins.
        long end() {
            return begin + (blocks + GROUP - 1) / GROUP * GROUP;
        }

        /// The results of those of the blocks `[first, end)` of all matrices that are this one's, with up to four rows of x.
        void compute(long first, long end, long t, long pitch, float[] xScales, int from, int to, float[] sums) {
            boolean quad = VL == 16 && to - from == QUAD;
            long last = Math.min(end - begin, blocks);
            for (long b = Math.max(0, first - begin); b < last; ) {
                long w = words + TernaryLayout.block(b, length);
                long step = TernaryLayout.step(b, blocks);
                int together = VL != 16 || quad || b % GROUP != 0 || last - b < GROUP ? 1 : GROUP;
                if (quad && last - b > 1 && (b + 1) % GROUP != 0) {
                    together = 2;
                    TernaryTiles.pairx4(w, step, length, t, pitch, sums, 0, ROOM);
                } else {
                    for (int i = 0; i < to - from; i++) {
                        long tables = t + i * pitch;
                        if (together == GROUP) {
                            TernaryTiles.group(w, length, tables, sums, i * ROOM);
                        } else {
                            one(w, step, length, tables, sums, i * ROOM);
                        }
                    }
                }
                int rows = (int) Math.min(n - b * BLOCK, (long) together * BLOCK);
                for (int i = from; i < to; i++) {
                    scale(sums, (i - from) * ROOM, rows, scales + 4 * b * BLOCK, xScales[i], y + 4 * (i * n + b * BLOCK));
                }
                b += together;
            }
        }
    }

    /// One block and one row of x.
    private static void one(long w, long step, int length, long tables, float[] sums, int at) {
        if (VL == 16) {
            TernaryTiles.block(w, step, length, tables, sums, at);
        } else if (VL == 8) {
            TernaryNarrowTiles.block16(w, step, length, tables, sums, at);
        } else {
            for (int i = 0; i < 4; i++) {
                TernaryNarrowTiles.block8(w + 16 * i, step, length, tables, sums, at + 4 * i);
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
