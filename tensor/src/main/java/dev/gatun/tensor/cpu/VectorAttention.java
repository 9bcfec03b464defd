package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.AttentionLoops.KEYS;
import static dev.gatun.tensor.cpu.AttentionLoops.SCORES;
import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.BYTE;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.INT;
import static dev.gatun.tensor.cpu.Lanes.VL;
import static dev.gatun.tensor.cpu.Polynomials.ROUND;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.AttentionKernels;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Attention in tiles: some queries of all heads that share a key-value head, against blocks of 64
/// keys, with the softmax carried along (arXiv:2112.05682, 2205.14135).
///
/// | | |
/// |---|---|
/// | shapes | a tile is `rows = tokens·g` queries of D; its scores are `rows × 64` |
/// | cost | 4·D flop per query and key that it may see |
/// | decode | T = 1, rows = g: each key and value is read once, **memory-bound** for small g |
/// | prompt | rows = 64: keys and values come from L1, **compute-bound** |
///
/// Blocks are counted from the first key that a batch row may see, so that a query's result has
/// the same bits however many queries are computed with it, and on however many threads.
///
/// Keys and values of 8 bits are whole numbers to the loops, of either kind: their scales are
/// factors of a block's scores and weights.
final class VectorAttention implements AttentionKernels {
    /// Queries of a tile, if a single token has no more.
    private static final int ROWS = 64;

    /// Up to so many queries read keys and values where they are, as they are stored. For more a
    /// block is copied, and widened once for all: keys that are a power of two apart would evict
    /// each other from the L1 cache.
    private static final int FEW = 8;

    /// Products of elements that are worth a hand-over to another thread.
    private static final long CHUNK = 1 << 17;

    private final Pool pool;
    private final NativeScratch scratch;

    VectorAttention(Pool pool) {
        this.pool = pool;
        this.scratch = new NativeScratch(pool);
    }

    @Override
    public void causal(Tensor y, Tensor q, Tensor k, Tensor v, long first, @Nullable Tensor padding, float scale) {
        causal(y, null, q, k, v, first, padding, null, scale);
    }

    @Override
    public void causal(
            Tensor y,
            @Nullable Tensor lse,
            Tensor q,
            Tensor k,
            Tensor v,
            long first,
            @Nullable Tensor padding,
            @Nullable Tensor starts,
            float scale) {
        run(y, lse, q, k, null, v, null, first, padding, starts, scale);
    }

    @Override
    public void causalInt8(
            Tensor y, Tensor q, Tensor k, Tensor kScales, Tensor v, Tensor vScales, long first, @Nullable Tensor padding, float scale) {
        run(y, null, q, k, kScales, v, vScales, first, padding, null, scale);
        Reference.reachabilityFence(kScales);
        Reference.reachabilityFence(vScales);
    }

    private void run(
            Tensor y,
            @Nullable Tensor lse,
            Tensor q,
            Tensor k,
            @Nullable Tensor kScales,
            Tensor v,
            @Nullable Tensor vScales,
            long first,
            @Nullable Tensor padding,
            @Nullable Tensor starts,
            float scale) {
        if (y.size() == 0) {
            return;
        }
        Call call = new Call(y, lse, q, new Stored(k, kScales), new Stored(v, vScales), k.dim(2), first, padding, starts, scale);
        long work = y.size() * k.dim(1);
        pool.run(call.tiles(), Math.max(1, call.tiles() * CHUNK / work), (from, end, worker) -> {
            Tile tile = call.tile(pool, scratch, worker);
            for (long i = from; i < end; i++) {
                tile.compute(i);
            }
        });
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(q);
        Reference.reachabilityFence(k);
        Reference.reachabilityFence(v);
        Reference.reachabilityFence(padding);
        Reference.reachabilityFence(lse);
        Reference.reachabilityFence(starts);
    }

    @Override
    public void causalBackward(
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
        AttentionGradient.compute(pool, dq, dk, dv, dy, y, lse, q, k, v, first, padding, starts, scale);
    }

    @Override
    public void toInt8(Tensor y, Tensor scales, Tensor x) {
        int width = Math.toIntExact(x.dim(3));
        float[] from = new float[width];
        byte[] to = new byte[width];
        long bytes = HostBuffer.address(y);
        long floats = HostBuffer.address(x);
        long factors = HostBuffer.address(scales);
        for (long b = 0; b < x.dim(0); b++) {
            for (long t = 0; t < x.dim(1); t++) {
                for (long h = 0; h < x.dim(2); h++) {
                    long at = floats + 4 * (b * x.stride(0) + t * x.stride(1) + h * x.stride(2));
                    MemorySegment.copy(ALL, FLOAT, at, from, 0, width);
                    ALL.set(FLOAT, factors + 4 * (b * scales.stride(0) + t * scales.stride(1) + h * scales.stride(2)), round(from, to));
                    MemorySegment.copy(to, 0, ALL, BYTE, bytes + b * y.stride(0) + t * y.stride(1) + h * y.stride(2), width);
                }
            }
        }
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(scales);
        Reference.reachabilityFence(x);
    }

    /// Plain loops over arrays: the compiler makes vectors of them, and there are few elements.
    private static float round(float[] from, byte[] to) {
        float most = 0;
        for (float x : from) {
            most = Math.max(most, Math.abs(x));
        }
        float scale = most / 127;
        if (!(scale >= Float.MIN_NORMAL && scale <= Float.MAX_VALUE)) {
            Arrays.fill(to, (byte) 0);
            return scale < Float.MIN_NORMAL ? 0 : Float.NaN;
        }
        for (int d = 0; d < from.length; d++) {
            to[d] = (byte) (int) (from[d] / scale + ROUND - ROUND);
        }
        return scale;
    }

    /// Keys or values of one call as addresses, strides in bytes.
    private static final class Stored {
        final DType type;
        final long address;
        final long batch;
        final long token;
        final long head;

        /// Where the scales of i8 begin, or 0.
        final long scales;

        final long scaleBatch;
        final long scaleToken;
        final long scaleHead;

        Stored(Tensor elements, @Nullable Tensor factors) {
            type = elements.dtype();
            address = HostBuffer.address(elements);
            batch = elements.stride(0) * type.bytes();
            token = elements.stride(1) * type.bytes();
            head = elements.stride(2) * type.bytes();
            scales = factors == null ? 0 : HostBuffer.address(factors);
            scaleBatch = factors == null ? 0 : factors.stride(0) * 4;
            scaleToken = factors == null ? 0 : factors.stride(1) * 4;
            scaleHead = factors == null ? 0 : factors.stride(2) * 4;
        }

        long vectors(long b, long h, long slot) {
            return address + b * batch + h * head + slot * token;
        }

        long scales(long b, long h, long slot) {
            return scales + b * scaleBatch + h * scaleHead + slot * scaleToken;
        }
    }

    /// The operands of one call as addresses, strides in bytes.
    private static final class Call {
        final long y;
        final long q;
        final long qBatch;
        final long qToken;
        final long qHead;
        final Stored k;
        final Stored v;
        final long first;
        final long padding;

        /// Where the log-sum-exps go, or 0.
        final long lse;

        /// The first slots of the queries' documents, or 0.
        final long starts;

        final float scale;

        final long batch;
        final long tokens;
        final int heads;
        final int kvHeads;
        final int width;
        final int group;

        /// The width, filled up to whole vectors.
        final int pitch;

        final int tokensPerTile;
        final long tilesPerHead;

        Call(
                Tensor y,
                @Nullable Tensor lse,
                Tensor q,
                Stored k,
                Stored v,
                long kvHeads,
                long first,
                @Nullable Tensor padding,
                @Nullable Tensor starts,
                float scale) {
            this.y = HostBuffer.address(y);
            this.q = HostBuffer.address(q);
            this.k = k;
            this.v = v;
            this.padding = padding == null ? 0 : HostBuffer.address(padding);
            this.lse = lse == null ? 0 : HostBuffer.address(lse);
            this.starts = starts == null ? 0 : HostBuffer.address(starts);
            this.first = first;
            this.scale = scale;
            qBatch = q.stride(0) * 4;
            qToken = q.stride(1) * 4;
            qHead = q.stride(2) * 4;
            batch = q.dim(0);
            tokens = q.dim(1);
            heads = Math.toIntExact(q.dim(2));
            this.kvHeads = Math.toIntExact(kvHeads);
            width = Math.toIntExact(q.dim(3));
            group = heads / this.kvHeads;
            pitch = (width + VL - 1) / VL * VL;
            tokensPerTile = (int) Math.clamp(ROWS / group, 1, tokens);
            tilesPerHead = (tokens + tokensPerTile - 1) / tokensPerTile;
        }

        long tiles() {
            return batch * kvHeads * tilesPerHead;
        }

        /// The first slot that a query's document has.
        long start(long b, long token) {
            return starts == 0 ? 0 : ALL.get(INT, starts + (b * tokens + token) * 4);
        }

        Tile tile(Pool pool, NativeScratch scratch, int worker) {
            int rows = tokensPerTile * group;
            float[] f = pool.scratch(worker, rows * (2 * pitch + SCORES + 3) + 2 * KEYS + VL);
            boolean copied = pitch != width || rows > FEW || k.type == DType.I8 && VL < 8;
            long copies = copied ? scratch.address(worker, 8L * KEYS * pitch) : 0;
            return new Tile(this, f, rows, copies);
        }
    }

    /// One worker's tile. Its array holds queries, results, scores, and per row the largest score
    /// so far, the sum of the weights so far and the factor by which the last block fades both; then
    /// the scales of a block's keys and those of its values.
    private static final class Tile {
        private final Call call;
        private final float[] f;
        private final int results;
        private final int scores;
        private final int largest;
        private final int sums;
        private final int fades;
        private final int keyScales;
        private final int valueScales;
        private final long copies;
        private final DType type;

        /// Per token, the first slot of its document; where there are documents.
        private final long[] starts;

        /// The slot of the block's first key.
        private long block;

        Tile(Call call, float[] f, int rows, long copies) {
            this.call = call;
            this.f = f;
            this.copies = copies;
            starts = new long[call.starts == 0 ? 0 : call.tokensPerTile];
            results = rows * call.pitch;
            scores = 2 * results;
            largest = scores + rows * SCORES;
            sums = largest + rows;
            fades = sums + rows;
            keyScales = fades + rows;
            valueScales = keyScales + KEYS;
            type = copies == 0 ? call.k.type : DType.F32;
        }

        void compute(long index) {
            // the last tile has most keys: it comes first, so that the threads end together
            long tile = call.tilesPerHead - 1 - index % call.tilesPerHead;
            long head = index / call.tilesPerHead % call.kvHeads;
            long b = index / call.tilesPerHead / call.kvHeads;
            long token = tile * call.tokensPerTile;
            int tokens = (int) Math.min(call.tokensPerTile, call.tokens - token);
            int rows = tokens * call.group;
            load(b, token, head, rows);
            long from = call.padding == 0 ? 0 : Math.max(0, ALL.get(INT, call.padding + b * 4));
            from += documents(b, token, tokens, from) / KEYS * KEYS; // blocks that no query may see
            long to = call.first + token + tokens;
            for (long j = from; j < to; j += KEYS) {
                int n = (int) Math.min(KEYS, to - j);
                long seen = call.first + token - j; // keys of the block before the first token
                if (call.k.scales != 0) {
                    scales(call.k.scales(b, head, j), call.k.scaleToken, n, keyScales);
                    scales(call.v.scales(b, head, j), call.v.scaleToken, n, valueScales);
                }
                block = j;
                block(call.k.vectors(b, head, j), call.v.vectors(b, head, j), n, seen, rows);
            }
            store(b, token, head, rows);
        }

        /// Notes where the documents of the rows begin; returns how many slots after `from` the first of them does.
        private long documents(long b, long token, int tokens, long from) {
            if (call.starts == 0) {
                return 0;
            }
            long first = Long.MAX_VALUE;
            for (int t = 0; t < tokens; t++) {
                starts[t] = call.start(b, token + t);
                first = Math.min(first, starts[t]);
            }
            return Math.max(0, first - from);
        }

        private void load(long b, long token, long head, int rows) {
            Arrays.fill(f, 0, 2 * results, 0);
            Arrays.fill(f, largest, sums, -Float.MAX_VALUE); // not -∞: -∞ − -∞ is NaN
            Arrays.fill(f, sums, fades, 0);
            for (int row = 0; row < rows; row++) {
                long h = head * call.group + row % call.group;
                long t = token + row / call.group;
                long at = call.q + b * call.qBatch + t * call.qToken + h * call.qHead;
                MemorySegment.copy(ALL, FLOAT, at, f, row * call.pitch, call.width);
            }
        }

        private void scales(long from, long step, int n, int at) {
            for (int j = 0; j < n; j++) {
                f[at + j] = ALL.get(FLOAT, from + j * step);
            }
            Arrays.fill(f, at + n, at + KEYS, 0);
        }

        /// One block of keys for all rows that may see one of them.
        private void block(long k, long v, int n, long seen, int rows) {
            int pitch = call.pitch;
            int begin = seen >= 0 ? 0 : (int) Math.min(rows, -seen * call.group);
            if (begin == rows) {
                return;
            }
            long kStep = call.k.token;
            long vStep = call.v.token;
            if (copies != 0) {
                k = copy(k, call.k.type, kStep, copies, n);
                v = copy(v, call.v.type, vStep, copies + 4L * KEYS * pitch, n);
                kStep = pitch * 4L;
                vStep = kStep;
            }
            int q = begin * pitch;
            int s = scores + begin * SCORES;
            switch (type) {
                case BF16 -> Bf16AttentionLoops.scores(f, q, s, rows - begin, pitch, k, kStep, n, call.scale);
                case I8 -> Int8AttentionLoops.scores(f, q, s, rows - begin, pitch, k, kStep, n, call.scale);
                default -> AttentionLoops.scores(f, q, s, rows - begin, pitch, k, kStep, n, call.scale);
            }
            for (int row = begin; row < rows; row++) {
                weights(row, visible(row, n, seen));
            }
            int row = begin;
            for (; row + 3 < rows; row += 4) {
                int keys = visible(row + 3, n, seen);
                int p = scores + row * SCORES;
                int y = results + row * pitch;
                switch (type) {
                    case BF16 -> Bf16AttentionLoops.mixFour(f, p, fades + row, y, pitch, v, vStep, keys);
                    case I8 -> Int8AttentionLoops.mixFour(f, p, fades + row, y, pitch, v, vStep, keys);
                    default -> AttentionLoops.mixFour(f, p, fades + row, y, pitch, v, vStep, keys);
                }
            }
            for (; row < rows; row++) {
                int keys = visible(row, n, seen);
                int p = scores + row * SCORES;
                int y = results + row * pitch;
                switch (type) {
                    case BF16 -> Bf16AttentionLoops.mixOne(f, p, fades + row, y, pitch, v, vStep, keys);
                    case I8 -> Int8AttentionLoops.mixOne(f, p, fades + row, y, pitch, v, vStep, keys);
                    default -> AttentionLoops.mixOne(f, p, fades + row, y, pitch, v, vStep, keys);
                }
            }
        }

        private int visible(int row, int n, long seen) {
            return (int) Math.min(n, seen + row / call.group + 1);
        }

        /// The vectors of a block as f32, filled up with zeros to whole registers.
        private long copy(long x, DType stored, long step, long to, int n) {
            for (int j = 0; j < n; j++) {
                long at = to + (long) j * call.pitch * 4;
                switch (stored) {
                    case BF16 -> Bf16AttentionLoops.widen(x + j * step, at, call.width);
                    case I8 -> Int8AttentionLoops.widen(x + j * step, at, call.width);
                    default -> MemorySegment.copy(ALL, x + j * step, ALL, at, call.width * 4L);
                }
                for (int d = call.width; d < call.pitch; d++) {
                    ALL.set(FLOAT, at + d * 4L, 0);
                }
            }
            return to;
        }

        /// Scores become weights relative to the largest score so far.
        private void weights(int row, int keys) {
            int s = scores + row * SCORES;
            if (call.k.scales != 0) {
                AttentionLoops.multiply(f, s, keyScales);
            }
            if (call.starts != 0) {
                long hidden = Math.clamp(starts[row / call.group] - block, 0, keys);
                Arrays.fill(f, s, s + (int) hidden, Float.NEGATIVE_INFINITY);
            }
            Arrays.fill(f, s + keys, s + KEYS, Float.NEGATIVE_INFINITY);
            float before = f[largest + row];
            float most = Math.max(before, AttentionLoops.largest(f, s));
            float fade = most == before ? 1 : Polynomials.exp(before - most);
            float sum = AttentionLoops.exp(f, s, most);
            f[sums + row] = Math.fma(f[sums + row], fade, sum);
            f[largest + row] = most;
            f[fades + row] = fade;
            if (call.v.scales != 0) {
                AttentionLoops.multiply(f, s, valueScales);
            }
        }

        private void store(long b, long token, long head, int rows) {
            for (int row = 0; row < rows; row++) {
                float sum = f[sums + row];
                int at = results + row * call.pitch;
                AttentionLoops.scale(f, at, call.pitch, sum == 0 ? 0 : 1 / sum);
                long h = head * call.group + row % call.group;
                long t = token + row / call.group;
                long query = (b * call.tokens + t) * call.heads + h;
                MemorySegment.copy(f, at, ALL, FLOAT, call.y + query * call.width * 4, call.width);
                if (call.lse != 0) {
                    ALL.set(FLOAT, call.lse + query * 4, (float) (f[largest + row] + Math.log(sum)));
                }
            }
        }
    }
}
