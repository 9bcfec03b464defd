package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.INT;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.VB;
import static dev.gatun.tensor.cpu.Lanes.VL;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.RopeKernels;
import java.lang.ref.Reference;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/// The rotation, a vector of pairs at a time; all heads of a token share its angles.
/// **Memory-bound**: 8 B per element, 1.5 operations.
final class VectorRope implements RopeKernels {
    private static final VectorSpecies<Float> F = Lanes.F32;

    /// Elements that are worth a hand-over to another thread.
    private static final long CHUNK = 1 << 14;

    private final Pool pool;

    VectorRope(Pool pool) {
        this.pool = pool;
    }

    @Override
    public void rotate(Tensor y, Tensor x, Tensor cos, Tensor sin, long first, @Nullable Tensor padding) {
        rotate(y, x, cos, sin, first, padding, 1);
    }

    @Override
    public void rotateBack(Tensor dx, Tensor dy, Tensor cos, Tensor sin, long first, @Nullable Tensor padding) {
        rotate(dx, dy, cos, sin, first, padding, -1);
    }

    private void rotate(Tensor y, Tensor x, Tensor cos, Tensor sin, long first, @Nullable Tensor padding, float sign) {
        long tokens = x.dim(1);
        long heads = x.dim(2);
        long half = x.dim(3) / 2;
        long row = heads * half * 8;
        long to = HostBuffer.address(y);
        long from = HostBuffer.address(x);
        long c = HostBuffer.address(cos);
        long s = HostBuffer.address(sin);
        long padded = padding == null ? 0 : HostBuffer.address(padding);
        pool.run(x.dim(0) * tokens, Math.max(1, CHUNK / Math.max(heads * half * 2, 1)), (begin, end, worker) -> {
            for (long r = begin; r < end; r++) {
                long skipped = padded == 0 ? 0 : Math.max(0, ALL.get(INT, padded + r / tokens * 4));
                long p = Math.max(0, first + r % tokens - skipped) * half * 4;
                token(to + r * row, from + r * row, c + p, s + p, sign, heads, half);
            }
        });
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(cos);
        Reference.reachabilityFence(sin);
        Reference.reachabilityFence(padding);
    }

    private static void token(long y, long x, long cos, long sin, float sign, long heads, long half) {
        long bytes = half * 4;
        long whole = half / VL * VB;
        FloatVector turn = FloatVector.broadcast(F, sign);
        for (long h = 0; h < heads; h++) {
            long from = x + h * bytes * 2;
            long to = y + h * bytes * 2;
            long o = 0;
            while (o != whole) { // not counted: it is too short to be worth unrolling
                FloatVector c = FloatVector.fromMemorySegment(F, ALL, cos + o, LITTLE);
                FloatVector s =
                        FloatVector.fromMemorySegment(F, ALL, sin + o, LITTLE).mul(turn);
                FloatVector a = FloatVector.fromMemorySegment(F, ALL, from + o, LITTLE);
                FloatVector b = FloatVector.fromMemorySegment(F, ALL, from + o + bytes, LITTLE);
                a.mul(c).sub(b.mul(s)).intoMemorySegment(ALL, to + o, LITTLE);
                b.mul(c).add(a.mul(s)).intoMemorySegment(ALL, to + o + bytes, LITTLE);
                o += VB;
            }
            for (; o < bytes; o += 4) {
                float c = ALL.get(FLOAT, cos + o);
                float s = ALL.get(FLOAT, sin + o) * sign;
                float a = ALL.get(FLOAT, from + o);
                float b = ALL.get(FLOAT, from + o + bytes);
                ALL.set(FLOAT, to + o, a * c - b * s);
                ALL.set(FLOAT, to + o + bytes, b * c + a * s);
            }
        }
    }
}
