package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Tile.KC;
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
/// of [Tile] or [WinogradTile] over all panels, gathering C in scratch that stays in its second-level cache.
///
/// | | |
/// |---|---|
/// | math | `C[i,j]` = the sums over each k block of KC, as the tile makes them in the order of k, added in order |
/// | cost | 2·R·S·D flop; reads A `⌈S/columns⌉` times, B and C once: **compute-bound** from S ≈ 32 |
///
/// The result does not depend on the number of threads, on the blocks they take, or on the column of C. With [WinogradTile] it depends on the row, modulo three, and on
/// whether all numbers of its tile's rows and of its panel are finite.
final class Gemm {
    /// Rows of A that a thread fills at once, a multiple of those of a tile.
    private static final int ROWS = 96;

    /// Columns of C from which on scaling the rows of A is worth it.
    private static final int WIDE = 64;

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
        boolean winograd = WinogradTile.PAYS && s >= WIDE;
        for (long j = 0; j < s; j += width) {
            int n = (int) Math.min(width, s - j);
            pass(pool, a, b, c + j * columnStride, rowStride, columnStride, r, j, n, d, add, winograd);
        }
    }

    /// The columns of one pass, a multiple of NR.
    private static int columns(int d) {
        long fit = PACKED / Math.max(1, d) / NR * NR;
        return (int) Math.min(COLUMNS, Math.max(4 * NR, fit));
    }

    private static void pass(
            Pool pool, Fill a, Fill b, long c, long rowStride, long columnStride, long r, long column, int n, int d, boolean add, boolean winograd) {
        int panels = (n + NR - 1) / NR;
        int blocks = (d + KC - 1) / KC;
        float[] packed = pool.borrow(Math.multiplyExact(panels * NR, (blocks - 1) * height(KC, winograd) + height(d - (blocks - 1) * KC, winograd)));
        pool.run((long) panels * blocks, 1, (from, to, worker) -> {
            for (long t = from; t < to; t++) {
                pack(b, packed, (int) (t / panels), (int) (t % panels), panels, column, n, d, winograd);
            }
        });
        int mr = winograd ? WinogradTile.MR : Tile.MR;
        long share = (r / (SHARES * (long) pool.threads()) + mr - 1) / mr * mr;
        int block = (int) Math.max(mr, Math.min(ROWS, share));
        pool.run(r, block, (from, to, worker) -> {
            float[] scratch = pool.scratch(worker, block * PITCH + panels * NR * block);
            for (long i = from; i < to; i += block) {
                int rows = (int) Math.min(block, to - i);
                rows(a, packed, scratch, block, i, rows, panels, d, winograd);
                Panels.store(scratch, block * PITCH, block * NR, rows, n, c + i * rowStride, rowStride, columnStride, add);
            }
        });
        pool.giveBack(packed);
    }

    /// Rows of NR floats of a panel.
    private static int height(int depth, boolean winograd) {
        return winograd ? WinogradTile.height(depth) : depth;
    }

    /// Panel `p` of k block `kb`, row by row; behind the panels of the blocks before, and those of this block that are left of it.
    private static void pack(Fill b, float[] packed, int kb, int p, int panels, long column, int n, int d, boolean winograd) {
        int k0 = kb * KC;
        int depth = Math.min(KC, d - k0);
        int at = (kb * height(KC, winograd) * panels + p * height(depth, winograd)) * NR;
        int columns = Math.min(NR, n - p * NR);
        if (winograd && columns < NR) {
            Arrays.fill(packed, at, at + depth * NR, 0f); // what is found there may be infinite
        }
        b.fill(k0, depth, column + p * NR, columns, packed, at, NR);
        if (winograd) {
            WinogradTile.prepareColumns(packed, at, depth);
        }
    }

    /// A block of rows of C in scratch: A at 0, C from `block·PITCH`, panel by panel.
    private static void rows(Fill a, float[] packed, float[] scratch, int block, long i, int rows, int panels, int d, boolean winograd) {
        int c = block * PITCH;
        Arrays.fill(scratch, c, c + panels * NR * block, 0f);
        for (int k0 = 0; k0 < d; k0 += KC) {
            int depth = Math.min(KC, d - k0);
            int b = k0 / KC * height(KC, winograd) * panels * NR;
            a.fill(i, rows, k0, depth, scratch, 0, PITCH);
            if (winograd) {
                winogradTiles(scratch, packed, b, depth, panels, c, block, rows);
            } else {
                tiles(scratch, packed, b, depth, panels, c, block, rows);
            }
        }
    }

    private static void tiles(float[] scratch, float[] packed, int b, int depth, int panels, int c, int block, int rows) {
        for (int p = 0; p < panels; p++) {
            for (int t = 0; t < rows; t += Tile.MR) {
                Tile.add(scratch, t * PITCH, packed, b + p * depth * NR, scratch, c + (p * block + t) * NR, depth);
            }
        }
    }

    private static void winogradTiles(float[] scratch, float[] packed, int b, int depth, int panels, int c, int block, int rows) {
        long finite = 0; // a bit for each tile of rows, of which there are at most 16
        for (int t = 0, bit = 0; t < rows; t += WinogradTile.MR, bit++) {
            boolean all = WinogradTile.prepareRows(scratch, t * PITCH, Math.min(WinogradTile.MR, rows - t), depth);
            finite |= (all ? 1L : 0) << bit;
        }
        for (int p = 0; p < panels; p++) {
            int panel = b + p * WinogradTile.height(depth) * NR;
            long both = WinogradTile.finite(packed, panel, depth) ? finite : 0;
            for (int t = 0, bit = 0; t < rows; t += WinogradTile.MR, bit++) {
                WinogradTile.add(scratch, t * PITCH, packed, panel, scratch, c + (p * block + t) * NR, depth, (both >> bit & 1) != 0);
            }
        }
    }
}
