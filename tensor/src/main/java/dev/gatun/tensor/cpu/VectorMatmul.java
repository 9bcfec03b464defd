package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.VL;

/// Products with a weight and between f32 matrices, on raw addresses.
///
/// Row strides (`ldx`, `ldy`, …) are in bytes. Nothing here is checked: shapes, sizes, overlap and
/// liveness are the entry point's business. Results are the same bits for any number of threads.
public final class VectorMatmul {
    /// Up to this many rows of x go through the dot kernels, which read the weight as it lies in
    /// memory; more pay for packing.
    private static final int FEW = Integer.getInteger("FEW", 16);

    /// Weights that a chunk of a product with few rows touches at least: 64 K of them, a few
    /// microseconds of reading.
    private static final long CHUNK = 1 << 16;

    /// Rows of a weight that the dot kernels keep in cache while they go through the rows of x.
    private static final int ROWS = 16;

    private VectorMatmul() {}

    /// `y[M,N] = x[M,K] · W[N,K]ᵀ`.
    ///
    /// | | |
    /// |---|---|
    /// | shapes | x f32 `[M,K]`, y f32 `[M,N]`, W in any format |
    /// | cost | M = 1 … 4: **memory-bound**, one read of W; more: 2·M·N·K flop, **compute-bound** |
    public static void linear(
            Pool pool, long y, long ldy, long x, long ldx, WeightRows w, long m, long n) {
        if (!packs(m)) {
            few(pool, y, ldy, x, ldx, w, (int) m, n);
        } else {
            Panels.Strided xt = new Panels.Strided(x, 4, ldx);
            Gemm.multiply(pool, w, xt, y, 4, ldy, n, m, w.columns(), false);
        }
    }

    /// {@return whether [#linear] packs x for so many rows}, and reads the weight by [Fill#fill] instead of [WeightRows#dot].
    public static boolean packs(long m) {
        return m > FEW;
    }

    /// `y[M,K] = dy[M,N] · W[N,K]`: what [#linear] needs backward, for x.
    public static void linearTransposed(
            Pool pool, long y, long ldy, long dy, long lddy, WeightRows w, long m, int n) {
        Panels.Strided rows = new Panels.Strided(dy, lddy, 4);
        Gemm.multiply(pool, rows, w, y, ldy, 4, m, w.columns(), n, false);
    }

    /// `C[M,N] = A[M,K] · B[K,N]`, or `C += A · B`, all f32; element (i, k) of A is at
    /// `a + i·rsA + k·csA`, likewise B; strides in bytes.
    public static void gemm(
            Pool pool,
            long c,
            long ldc,
            long a,
            long rsA,
            long csA,
            long b,
            long rsB,
            long csB,
            long m,
            long n,
            int k,
            boolean accumulate) {
        Panels.Strided left = new Panels.Strided(a, rsA, csA);
        Panels.Strided right = new Panels.Strided(b, rsB, csB);
        Gemm.multiply(pool, left, right, c, ldc, 4, m, n, k, accumulate);
    }

    private static void few(
            Pool pool, long y, long ldy, long x, long ldx, WeightRows w, int m, long n) {
        int k = w.columns();
        int pitch = w.pitch();
        float[] xs = pool.borrow(m * pitch);
        for (int i = 0; i < m; i++) {
            w.arrange(x + i * ldx, xs, i * pitch);
        }
        long grain = (CHUNK / ((long) k * m) + 1 + ROWS - 1) / ROWS * ROWS;
        if (m == 1) {
            pool.run(n, grain, (from, to, worker) -> w.dot(xs, 0, 0, 1, y, 0, from, to));
        } else {
            pool.run(
                    n,
                    grain,
                    (from, to, worker) -> {
                        for (long r = from; r < to; r += ROWS) {
                            w.dot(xs, 0, pitch, m, y, ldy, r, Math.min(to, r + ROWS));
                        }
                    });
        }
        pool.giveBack(xs);
    }
}
