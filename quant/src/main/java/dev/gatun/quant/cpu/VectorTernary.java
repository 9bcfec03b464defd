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
import dev.gatun.tensor.cpu.NativeScratch;
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
    private final NativeScratch own;
    private final ReferenceTernary reference;
    private final AtomicReferenceArray<@Nullable MemorySegment> stash = new AtomicReferenceArray<>(STASH);

    VectorTernary(Pool pool) {
        this.pool = pool;
        this.own = new NativeScratch(pool);
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
        if (m == 1) {
            single(HostBuffer.address(x), k, products(ws, ys, 0));
        } else {
            for (long i = 0; i < m; i += BATCH) {
                batch(HostBuffer.address(x) + 4 * i * k, (int) Math.min(BATCH, m - i), k, products(ws, ys, i));
            }
        }
        reachabilityFence(ys);
        reachabilityFence(x);
        reachabilityFence(ws);
    }

    /// One row of x. Every thread makes the tables for itself: that takes less time than to wait for one, and to fetch them from its cache.
    private void single(long x, int k, Product[] products) {
        long pitch = TernaryTables.bytes(k);
        boolean[] made = new boolean[pool.slots()];
        run(products, k, (first, end, worker) -> {
            long tables = own.address(worker, pitch);
            float[] room = pool.scratch(worker, Math.max(SUMS, TernaryTables.scratch(k)));
            if (!made[worker]) {
                TernaryTables.build(x, k, room, tables);
                made[worker] = true;
            }
            for (Product product : products) {
                product.compute(first, end, tables, pitch, 0, 1, room);
            }
        });
    }

    /// A few rows of x: their tables are made together.
    private void batch(long x, int rows, int k, Product[] products) {
        long pitch = TernaryTables.bytes(k);
        MemorySegment memory = borrow(rows * pitch);
        long tables = memory.address();
        pool.run(rows, 1, (first, end, worker) -> {
            float[] scratch = pool.scratch(worker, TernaryTables.scratch(k));
            for (long r = first; r < end; r++) {
                TernaryTables.build(x + 4 * r * k, k, scratch, tables + r * pitch);
            }
        });
        run(products, k, (first, end, worker) -> {
            float[] sums = pool.scratch(worker, SUMS);
            for (int r = 0; r < rows; r += QUAD) {
                for (Product product : products) {
                    product.compute(first, end, tables + r * pitch, pitch, r, Math.min(rows, r + QUAD), sums);
                }
            }
        });
        giveBack(memory);
    }

    /// All blocks of all products.
    private void run(Product[] products, int k, Pool.Body body) {
        long blocks = products[products.length - 1].end();
        long least = Math.max(1, CHUNK / (BLOCK * Math.max(1L, k)));
        pool.run(blocks, blocks / GROUP < pool.threads() ? least : Math.max(GROUP, least / GROUP * GROUP), body);
    }

    /// @param row the first row of x
    private static Product[] products(List<TernaryMatrix> ws, List<Tensor> ys, long row) {
        Product[] products = new Product[ws.size()];
        long begin = 0;
        for (int j = 0; j < products.length; j++) {
            TernaryMatrix w = ws.get(j);
            products[j] = Product.of(w, HostBuffer.address(ys.get(j)) + 4 * row * w.rows(), begin);
            begin = products[j].end();
        }
        return products;
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
        void compute(long first, long end, long t, long pitch, int from, int to, float[] sums) {
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
                    float xScale = TernaryTables.scale(t + (i - from) * pitch, pitch);
                    scale(sums, (i - from) * ROOM, rows, scales + 4 * b * BLOCK, xScale, y + 4 * (i * n + b * BLOCK));
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
