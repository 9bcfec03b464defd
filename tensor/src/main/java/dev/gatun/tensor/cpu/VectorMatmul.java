package dev.gatun.tensor.cpu;

import java.util.List;

/// Products with a weight and between f32 matrices, on raw addresses.
///
/// Row strides (`ldx`, `ldy`, …) are in bytes. Nothing here is checked: shapes, sizes, overlap and
/// liveness are the entry point's business. Results are the same bits for any number of threads.
public final class VectorMatmul {
    /// Fewer rows of x than this go through the dot kernels, which read the weight as it lies in
    /// memory, and give a row the same bits whatever the batch.
    private static final int FEW = 64;

    /// Weights that a chunk of a product with few rows touches at least: 64 K of them, a few
    /// microseconds of reading.
    private static final long CHUNK = 1 << 16;

    /// Floats of x that one thread arranges at least.
    private static final int ARRANGE = 1 << 15;

    /// Rows of x that go through the dot kernels in one pass at most: their arranged form should stay in the second-level cache.
    private static final int PASS = 64;

    private VectorMatmul() {}

    /// One of several products of an x.
    ///
    /// @param w W `[N, K]`
    /// @param y the address of `y[0,0]`
    /// @param ldy bytes from row to row of y
    /// @param n N
    public record Product(WeightRows w, long y, long ldy, long n) {}

    /// Several products of one x, whose weights are of one format. A single row is arranged once, and the rows of all weights are one range of work; more
    /// rows have enough work in each.
    public static void linear(Pool pool, long x, long ldx, long m, List<Product> products) {
        if (m == 1 && products.getFirst().w.dots(1)) {
            together(pool, x, products);
        } else {
            for (Product p : products) {
                linear(pool, p.y, p.ldy, x, ldx, p.w, m, p.n);
            }
        }
    }

    private static void together(Pool pool, long x, List<Product> products) {
        WeightRows w = products.getFirst().w;
        int k = w.columns();
        int pitch = w.pitch();
        float[] xs = pool.borrow(pitch);
        w.arrange(x, xs, 0);
        int rows = w.rowsAtOnce();
        long grain = Math.max(rows, CHUNK / Math.max(1, k) / rows * rows);
        long all = 0;
        for (Product p : products) {
            all += (p.n + rows - 1) / rows * rows;
        }
        pool.run(all, grain, (from, to, worker) -> {
            long start = 0;
            for (Product p : products) {
                long r = Math.max(0, from - start);
                long end = Math.min(p.n, to - start);
                if (r < end) {
                    p.w.dot(xs, 0, pitch, 1, p.y, p.ldy, r, end);
                }
                start += (p.n + rows - 1) / rows * rows;
            }
        });
        pool.giveBack(xs);
    }

    /// `y[M,N] = x[M,K] · W[N,K]ᵀ`.
    ///
    /// | | |
    /// |---|---|
    /// | shapes | x f32 `[M,K]`, y f32 `[M,N]`, W in any format |
    /// | cost | M = 1 … 4: **memory-bound**, one read of W; more: 2·M·N·K flop, **compute-bound** |
    public static void linear(Pool pool, long y, long ldy, long x, long ldx, WeightRows w, long m, long n) {
        if (w.dots(m)) {
            for (long i = 0; i < m; i += PASS) {
                few(pool, y + i * ldy, ldy, x + i * ldx, ldx, w, (int) Math.min(PASS, m - i), n);
            }
        } else if (w instanceof F32Rows dense && n <= m) {
            // the same with y as it lies, and with less to transpose; a weight that is decoded has to be read by rows
            gemm(pool, y, ldy, x, ldx, 4, dense.address(), 4, dense.stride(), m, n, dense.columns(), false);
        } else {
            Panels.Strided xt = new Panels.Strided(x, 4, ldx);
            Gemm.multiply(pool, w, xt, y, 4, ldy, n, m, w.columns(), false);
        }
    }

    /// `y[M,K] = dy[M,N] · W[N,K]`: what [#linear] needs backward, for x.
    public static void linearTransposed(Pool pool, long y, long ldy, long dy, long lddy, WeightRows w, long m, int n) {
        linearTransposed(pool, y, ldy, dy, lddy, w, m, n, w.columns());
    }

    /// `y[M,K] = dy[M,N] · W[N,K]` for a format that has this product only.
    public static void linearTransposed(Pool pool, long y, long ldy, long dy, long lddy, Fill w, long m, int n, int k) {
        Panels.Strided rows = new Panels.Strided(dy, lddy, 4);
        Gemm.multiply(pool, rows, w, y, ldy, 4, m, k, n, false);
    }

    /// `C[M,N] = A[M,K] · B[K,N]`, or `C += A · B`, all f32; element (i, k) of A is at
    /// `a + i·rsA + k·csA`, likewise B; strides in bytes.
    public static void gemm(
            Pool pool, long c, long ldc, long a, long rsA, long csA, long b, long rsB, long csB, long m, long n, int k, boolean accumulate) {
        Panels.Strided left = new Panels.Strided(a, rsA, csA);
        Panels.Strided right = new Panels.Strided(b, rsB, csB);
        Gemm.multiply(pool, left, right, c, ldc, 4, m, n, k, accumulate);
    }

    private static void few(Pool pool, long y, long ldy, long x, long ldx, WeightRows w, int m, long n) {
        int k = w.columns();
        int pitch = w.pitch();
        float[] xs = pool.borrow(Math.multiplyExact(m, pitch));
        pool.run(m, Math.max(1, ARRANGE / Math.max(1, k)), (from, to, worker) -> {
            for (int i = (int) from; i < to; i++) {
                w.arrange(x + i * ldx, xs, i * pitch);
            }
        });
        int rows = w.rowsAtOnce();
        long grain = Math.max(rows, CHUNK / Math.max(1, k) / rows * rows);
        pool.run(n, grain, (from, to, worker) -> {
            long step = m == 1 ? to - from : rows;
            for (long r = from; r < to; r += step) {
                w.dot(xs, 0, pitch, m, y, ldy, r, Math.min(to, r + step));
            }
        });
        pool.giveBack(xs);
    }

    /// {@return whether [#linear] uses the dot kernels for so many rows of x}, being the faster way. They need no packing, but from some 64 rows on
    /// a well filled set of panels is ahead; a badly filled one only later.
    public static boolean dots(long m) {
        if (m >= 4 * FEW) {
            return false;
        }
        long panels = (m + Tile.NR - 1) / Tile.NR * Tile.NR;
        return m < FEW || 10 * m < 9 * panels;
    }
}
