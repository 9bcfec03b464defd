package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Tile.KC;
import static dev.gatun.tensor.cpu.Tile.MR;
import static dev.gatun.tensor.cpu.Tile.NR;
import static dev.gatun.tensor.cpu.Tile.PITCH;

import java.util.Arrays;

/// The packed matrix product for many rows.
///
/// `C[R,S] (+)= A[R,D] · B[D,S]`, A and B read through [Fill], C at any address with any strides.
///
/// B is packed once into panels of NR columns, shared by all threads. A thread then takes blocks
/// of rows of A, fills KC columns of them at a time into its own scratch (in their natural order:
/// this is where a weight is decoded, once per block of columns of C), and runs the register tiles
/// of [Tile] over all panels, gathering C in scratch that stays in its second-level cache.
///
/// | | |
/// |---|---|
/// | math | `C[i,j]` = the sums over each k block of KC, by FMA in the order of k, added in order |
/// | cost | 2·R·S·D flop; reads A `⌈S/columns⌉` times, B and C once: **compute-bound** from S ≈ 32 |
///
/// The result does not depend on the number of threads, on the blocks they take, or on where an
/// element lies in a tile.
final class Gemm {
    /// Rows of A that a thread fills at once.
    private static final int ROWS = 96 / MR * MR;

    /// Blocks that each thread should find at least, so that all finish together.
    private static final int SHARES = 8;

    /// Columns of C computed in one pass: bounds the panels and the C scratch.
    private static final int COLUMNS = Math.max(NR, 512 / NR * NR);

    /// Floats of packed B at most, as far as a few panels allow: 32 MiB.
    private static final long PACKED = 8L << 20;

    private Gemm() {}

    /// `C (+)= A · B`.
    ///
    /// @param c the address of `C[0,0]`; element (i, j) is at `c + i·rowStride + j·columnStride`
    /// @param rowStride bytes; it or `columnStride` is 4
    /// @param add whether to add to C or to replace it
    static void multiply(Pool pool, Fill a, Fill b, long c, long rowStride, long columnStride, long r, long s, int d, boolean add) {
        int width = columns(d);
        for (long j = 0; j < s; j += width) {
            int n = (int) Math.min(width, s - j);
            pass(pool, a, b, c + j * columnStride, rowStride, columnStride, r, j, n, d, add);
        }
    }

    /// The columns of one pass, a multiple of NR.
    private static int columns(int d) {
        long fit = PACKED / Math.max(1, d) / NR * NR;
        return (int) Math.min(COLUMNS, Math.max(4 * NR, fit));
    }

    private static void pass(Pool pool, Fill a, Fill b, long c, long rowStride, long columnStride, long r, long column, int n, int d, boolean add) {
        int panels = (n + NR - 1) / NR;
        float[] packed = pool.borrow(Math.multiplyExact(panels * NR, d));
        int blocks = (d + KC - 1) / KC;
        pool.run((long) panels * blocks, 1, (from, to, worker) -> {
            for (long t = from; t < to; t++) {
                pack(b, packed, (int) (t / panels), (int) (t % panels), panels, column, n, d);
            }
        });
        long share = (r / (SHARES * (long) pool.threads()) + MR - 1) / MR * MR;
        int block = (int) Math.max(MR, Math.min(ROWS, share));
        pool.run(r, block, (from, to, worker) -> {
            float[] scratch = pool.scratch(worker, block * PITCH + panels * NR * block);
            for (long i = from; i < to; i += block) {
                int rows = (int) Math.min(block, to - i);
                rows(a, packed, scratch, block, i, rows, panels, d);
                Panels.store(scratch, block * PITCH, block * NR, rows, n, c + i * rowStride, rowStride, columnStride, add);
            }
        });
        pool.giveBack(packed);
    }

    /// Panel `p` of k block `kb`: `packed[(kb·KC·panels + p·depth)·NR + k·NR + j]`.
    private static void pack(Fill b, float[] packed, int kb, int p, int panels, long column, int n, int d) {
        int k0 = kb * KC;
        int depth = Math.min(KC, d - k0);
        int at = (k0 * panels + p * depth) * NR;
        b.fill(k0, depth, column + p * NR, Math.min(NR, n - p * NR), packed, at, NR);
    }

    /// A block of rows of C in scratch: A at 0, C from `block·PITCH`, panel by panel.
    private static void rows(Fill a, float[] packed, float[] scratch, int block, long i, int rows, int panels, int d) {
        int c = block * PITCH;
        Arrays.fill(scratch, c, c + panels * NR * block, 0f);
        for (int k0 = 0; k0 < d; k0 += KC) {
            int depth = Math.min(KC, d - k0);
            a.fill(i, rows, k0, depth, scratch, 0, PITCH);
            tiles(scratch, packed, k0 * panels * NR, depth, panels, c, block, rows);
        }
    }

    private static void tiles(float[] scratch, float[] packed, int b, int depth, int panels, int c, int block, int rows) {
        for (int p = 0; p < panels; p++) {
            for (int t = 0; t < rows; t += MR) {
                Tile.add(scratch, t * PITCH, packed, b + p * depth * NR, scratch, c + (p * block + t) * NR, depth);
            }
        }
    }
}
