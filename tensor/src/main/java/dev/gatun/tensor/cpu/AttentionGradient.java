package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.AttentionTiles.BLOCK;
import static dev.gatun.tensor.cpu.AttentionTiles.COLUMNS;
import static dev.gatun.tensor.cpu.AttentionTiles.PITCH;
import static dev.gatun.tensor.cpu.AttentionTiles.ROWS;
import static dev.gatun.tensor.cpu.AttentionTiles.WIDE;
import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.INT;

import dev.gatun.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The derivative of attention, one key-value head of one batch row at a time: block by block of its keys, tile by tile of the queries that see them
/// (arXiv:2205.14135, 2307.08691).
///
/// Of a tile of Q and a block of K and V it computes
///
/// ```
/// S  = Q·Kᵀ               P  = exp(scale·S − lse)         dV += Pᵀ·dY
/// dP = dY·Vᵀ              dS = scale·P⊙(dP − rowsum(dY⊙Y))   dK += dSᵀ·Q     dQ += dS·K
/// ```
///
/// | | |
/// |---|---|
/// | shapes | a tile is 96 tokens of one query head, a block 128 keys; heads wider than 128 lie in chunks |
/// | memory | per thread 0.6 MB for D = 64, and a float per query of the heads that share the keys |
/// | cost | 10·D flop per query and key that it sees, and one exp: **compute-bound** |
///
/// What a query does not see is left out by register tiles, and zero in P and dS within them. A head's sums are computed by one thread in the order of
/// blocks and tiles, so that the result does not depend on the number of threads.
final class AttentionGradient {
    /// Tokens of a tile, a multiple of [AttentionTiles#ROWS].
    private static final int TOKENS = 96;

    private final float[] f;
    private final Call call;

    private final int chunks;
    private final int keysTurned;
    private final int valuesTurned;
    private final int keys;
    private final int dKeys;
    private final int dValues;
    private final int queries;
    private final int dResults;
    private final int dQueries;
    private final int weights;
    private final int dScores;
    private final int means;

    private final int[] from = new int[TOKENS];
    private final int[] to = new int[TOKENS];

    private AttentionGradient(Pool pool, int worker, Call call) {
        this.call = call;
        chunks = (call.width + BLOCK - 1) / BLOCK;
        int ofKeys = chunks * BLOCK * PITCH;
        int ofQueries = chunks * TOKENS * PITCH;
        keysTurned = 0;
        valuesTurned = keysTurned + call.width * PITCH;
        keys = valuesTurned + call.width * PITCH;
        dKeys = keys + ofKeys;
        dValues = dKeys + ofKeys;
        queries = dValues + ofKeys;
        dResults = queries + ofQueries;
        dQueries = dResults + ofQueries;
        weights = dQueries + ofQueries;
        dScores = weights + TOKENS * PITCH;
        means = dScores + TOKENS * PITCH;
        f = pool.scratch(worker, means + Math.toIntExact(call.group * call.tokens) + PITCH);
    }

    /// As [dev.gatun.tensor.kernels.AttentionKernels#causalBackward].
    static void compute(
            Pool pool,
            Tensor dq,
            Tensor dk,
            Tensor dv,
            Tensor dy,
            Tensor y,
            Tensor lse,
            Tensor q,
            Tensor k,
            Tensor v,
            long first,
            @Nullable Tensor padding,
            @Nullable Tensor starts,
            float scale) {
        if (k.size() == 0) {
            return;
        }
        Call call = new Call(
                Place.of(dq),
                Place.of(dk),
                Place.of(dv),
                Place.of(dy),
                Place.of(y),
                HostBuffer.address(lse),
                Place.of(q),
                Place.of(k),
                Place.of(v),
                first,
                padding == null ? 0 : HostBuffer.address(padding),
                starts == null ? 0 : HostBuffer.address(starts),
                scale,
                q.dim(1),
                k.dim(1),
                k.dim(2),
                q.dim(2) / k.dim(2),
                Math.toIntExact(q.dim(3)));
        pool.run(q.dim(0) * call.kvHeads, 1, (begin, end, worker) -> {
            AttentionGradient gradient = new AttentionGradient(pool, worker, call);
            for (long i = begin; i < end; i++) {
                gradient.head(i / call.kvHeads, i % call.kvHeads);
            }
        });
        for (Tensor each : new Tensor[] {dq, dk, dv, dy, y, lse, q, k, v}) {
            Reference.reachabilityFence(each);
        }
        Reference.reachabilityFence(padding);
        Reference.reachabilityFence(starts);
    }

    /// Where the vectors `[B, T, H]` of a tensor are; steps in bytes.
    private record Place(long address, long batch, long token, long head) {
        static Place of(Tensor x) {
            return new Place(HostBuffer.address(x), x.stride(0) * 4, x.stride(1) * 4, x.stride(2) * 4);
        }

        long at(long b, long t, long h) {
            return address + b * batch + t * token + h * head;
        }
    }

    private record Call(
            Place dq,
            Place dk,
            Place dv,
            Place dy,
            Place y,
            long lse,
            Place q,
            Place k,
            Place v,
            long first,
            long padding,
            long starts,
            float scale,
            long tokens,
            long slots,
            long kvHeads,
            long group,
            int width) {

        /// The first slot that a query sees.
        long firstSeen(long b, long token) {
            int padded = padding == 0 ? 0 : ALL.get(INT, padding + b * 4);
            int start = starts == 0 ? 0 : ALL.get(INT, starts + (b * tokens + token) * 4);
            return Math.max(0, Math.max(padded, start));
        }

        float lse(long b, long token, long h) {
            return ALL.get(FLOAT, lse + ((b * tokens + token) * kvHeads * group + h) * 4);
        }
    }

    /// All of a key-value head: its keys and values, and the queries of its group.
    private void head(long b, long head) {
        for (long t = 0; t < call.tokens; t++) {
            long h = head * call.group;
            ALL.asSlice(call.dq.at(b, t, h), call.group * call.width * 4).fill((byte) 0);
            for (long g = 0; g < call.group; g++) {
                f[(int) (means + g * call.tokens + t)] = AttentionLoops.dot(call.dy.at(b, t, h + g), call.y.at(b, t, h + g), call.width);
            }
        }
        for (long slot = 0; slot < call.slots; slot += BLOCK) {
            block(b, head, slot, (int) Math.min(BLOCK, call.slots - slot));
        }
    }

    /// A block of n keys from a slot on.
    private void block(long b, long head, long slot, int n) {
        long k = call.k.at(b, slot, head);
        long v = call.v.at(b, slot, head);
        Panels.transpose(k, 4, call.k.token, call.width, n, f, keysTurned, PITCH);
        Panels.transpose(v, 4, call.v.token, call.width, n, f, valuesTurned, PITCH);
        load(k, call.k.token, n, keys, BLOCK);
        Arrays.fill(f, dKeys, queries, 0);
        for (long g = 0; g < call.group; g++) {
            long h = head * call.group + g;
            for (long token = Math.max(0, slot - call.first) / TOKENS * TOKENS; token < call.tokens; token += TOKENS) {
                int tokens = (int) Math.min(TOKENS, call.tokens - token);
                if (see(b, token, tokens, slot, n)) {
                    tile(b, h, token, tokens, slot, (int) (means + g * call.tokens + token));
                }
            }
        }
        store(call.dk.at(b, slot, head), call.dk.token, n, dKeys, BLOCK);
        store(call.dv.at(b, slot, head), call.dv.token, n, dValues, BLOCK);
    }

    /// Which keys of a block the tokens of a tile see: `[from, to)`, empty for none.
    private boolean see(long b, long token, int tokens, long slot, int n) {
        boolean any = false;
        for (int t = 0; t < tokens; t++) {
            to[t] = Math.clamp(call.first + token + t + 1 - slot, 0, n);
            from[t] = Math.clamp(call.firstSeen(b, token + t) - slot, 0, to[t]);
            any |= from[t] < to[t];
        }
        Arrays.fill(from, tokens, TOKENS, n);
        Arrays.fill(to, tokens, TOKENS, 0);
        return any;
    }

    /// What a tile of one head and a block of keys add to each other's derivatives.
    private void tile(long b, long h, long token, int tokens, long slot, int mean) {
        load(call.q.at(b, token, h), call.q.token, tokens, queries, TOKENS);
        load(call.dy.at(b, token, h), call.dy.token, tokens, dResults, TOKENS);
        int least = BLOCK; // of the keys that any row sees
        int most = 0;
        for (int row = 0; row < tokens; row += ROWS) {
            int first = BLOCK;
            int last = 0;
            for (int t = row; t < row + ROWS; t++) {
                first = from[t] < to[t] ? Math.min(first, from[t]) : first;
                last = Math.max(last, to[t]);
            }
            least = Math.min(least, first);
            most = Math.max(most, last);
            for (int j = first / WIDE * WIDE; j < last; j += WIDE) {
                products(row, j);
            }
            for (int t = row; t < Math.min(tokens, row + ROWS); t++) {
                weights(t, call.lse(b, token + t, h), f[mean + t]);
            }
            int depth = Math.max(0, last - first);
            for (int c = 0; c < chunks; c++) {
                for (int d = 0; d < Math.min(BLOCK, call.width - c * BLOCK); d += WIDE) {
                    int to = dQueries + (c * TOKENS + row) * PITCH + d;
                    AttentionTiles.rows(f, dScores + row * PITCH + first, keys + (c * BLOCK + first) * PITCH + d, to, depth, false);
                }
            }
        }
        long behind = slot - call.first - token;
        increase(call.dq.at(b, token, h), call.dq.token, tokens);
        for (int c = 0; c < chunks; c++) {
            for (int d = 0; d < Math.min(BLOCK, call.width - c * BLOCK); d += WIDE) {
                for (int j = least / COLUMNS * COLUMNS; j < most; j += COLUMNS) {
                    int row = Math.clamp(j + behind, 0, tokens); // the rows before see none of these keys
                    int at = row * PITCH + j;
                    int tile = (c * TOKENS + row) * PITCH + d;
                    int sum = (c * BLOCK + j) * PITCH + d;
                    AttentionTiles.columns(f, weights + at, dResults + tile, dValues + sum, tokens - row, true);
                    AttentionTiles.columns(f, dScores + at, queries + tile, dKeys + sum, tokens - row, true);
                }
            }
        }
    }

    /// `S` and `dP` of [AttentionTiles#ROWS] rows and [AttentionTiles#WIDE] keys.
    private void products(int row, int j) {
        for (int c = 0; c < chunks; c++) {
            int depth = Math.min(BLOCK, call.width - c * BLOCK);
            int a = (c * TOKENS + row) * PITCH;
            int b = c * BLOCK * PITCH + j;
            AttentionTiles.rows(f, queries + a, keysTurned + b, weights + row * PITCH + j, depth, c > 0);
            AttentionTiles.rows(f, dResults + a, valuesTurned + b, dScores + row * PITCH + j, depth, c > 0);
        }
    }

    /// A row of S becomes P, the same of dP becomes dS.
    private void weights(int t, float lse, float mean) {
        int p = weights + t * PITCH;
        int ds = dScores + t * PITCH;
        if (from[t] < to[t]) {
            AttentionLoops.weights(f, p, ds, from[t], to[t], call.scale, lse, mean);
        }
        Arrays.fill(f, p, p + from[t], 0);
        Arrays.fill(f, ds, ds + from[t], 0);
        Arrays.fill(f, p + to[t], p + BLOCK, 0);
        Arrays.fill(f, ds + to[t], ds + BLOCK, 0);
    }

    /// Vectors that lie `step` bytes apart become rows of a block, in chunks of so many rows.
    private void load(long x, long step, int n, int at, int rows) {
        for (int c = 0; c < chunks; c++) {
            int columns = Math.min(BLOCK, call.width - c * BLOCK);
            for (int i = 0; i < n; i++) {
                F32Rows.copy(x + i * step + c * BLOCK * 4L, columns, f, at + (c * rows + i) * PITCH);
            }
        }
    }

    private void store(long x, long step, int n, int at, int rows) {
        for (int c = 0; c < chunks; c++) {
            int columns = Math.min(BLOCK, call.width - c * BLOCK);
            for (int i = 0; i < n; i++) {
                MemorySegment.copy(f, at + (c * rows + i) * PITCH, ALL, FLOAT, x + i * step + c * BLOCK * 4L, columns);
            }
        }
    }

    /// What the tile's queries get from this block of keys.
    private void increase(long x, long step, int n) {
        for (int c = 0; c < chunks; c++) {
            int columns = Math.min(BLOCK, call.width - c * BLOCK);
            for (int i = 0; i < n; i++) {
                AttentionLoops.add(f, dQueries + (c * TOKENS + i) * PITCH, x + i * step + c * BLOCK * 4L, columns);
            }
        }
    }
}
