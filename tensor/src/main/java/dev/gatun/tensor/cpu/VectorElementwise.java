package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.VB;
import static dev.gatun.tensor.cpu.Lanes.VL;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ElementwiseKernels;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// Functions of elements, a vector at a time. An incomplete vector at the end is computed in
/// scratch by the same loop, so that an element's bits do not depend on where a chunk ends.
final class VectorElementwise implements ElementwiseKernels {
    /// Elements that are worth a hand-over to another thread: some microseconds.
    private static final long CHUNK = 1 << 14;

    private final Pool pool;
    private final NativeScratch scratch;

    VectorElementwise(Pool pool) {
        this.pool = pool;
        this.scratch = new NativeScratch(pool);
    }

    /// Runs one of the [UnaryLoops].
    @FunctionalInterface
    private interface Loop {
        void run(long y, long a, long b, long bytes);
    }

    /// The same of three operands.
    @FunctionalInterface
    private interface Loop3 {
        void run(long y, long a, long b, long c, long bytes);
    }

    @Override
    public void unary(Unary f, Tensor y, Tensor x) {
        elements(y, x, x, (to, from, unused, bytes) -> loop(f, to, from, bytes));
    }

    private static void loop(Unary f, long y, long x, long bytes) {
        switch (f) {
            case ABS -> UnaryLoops.abs(y, x, bytes);
            case SQUARE -> UnaryLoops.square(y, x, bytes);
            case SQRT -> UnaryLoops.sqrt(y, x, bytes);
            case RSQRT -> UnaryLoops.rsqrt(y, x, bytes);
            case EXP -> UnaryLoops.exp(y, x, bytes);
            case LOG -> UnaryLoops.log(y, x, bytes);
            case TANH -> UnaryLoops.tanh(y, x, bytes);
            case SIGMOID -> UnaryLoops.sigmoid(y, x, bytes);
            case RELU -> UnaryLoops.relu(y, x, bytes);
            case SILU -> UnaryLoops.silu(y, x, bytes);
            case GELU -> GeluLoops.exact(y, x, bytes);
            case GELU_TANH -> GeluLoops.tanh(y, x, bytes);
        }
    }

    @Override
    public void affine(Tensor y, Tensor x, float scale, float shift) {
        elements(y, x, x, (to, from, unused, bytes) -> UnaryLoops.affine(to, from, scale, shift, bytes));
    }

    @Override
    public void swiglu(Tensor y, Tensor gate, Tensor up) {
        elements(y, gate, up, UnaryLoops::swiglu);
    }

    @Override
    public void unaryBackward(Unary f, Tensor dx, Tensor dy, Tensor x, Tensor y) {
        switch (f) {
            case ABS -> elements(dx, dy, x, SlopeLoops::abs);
            case SQUARE -> elements(dx, dy, x, SlopeLoops::square);
            case SQRT -> elements(dx, dy, y, SlopeLoops::sqrt);
            case RSQRT -> elements(dx, dy, y, SlopeLoops::rsqrt);
            case EXP -> elements(dx, dy, y, SlopeLoops::exp);
            case LOG -> elements(dx, dy, x, SlopeLoops::log);
            case TANH -> elements(dx, dy, y, SlopeLoops::tanh);
            case SIGMOID -> elements(dx, dy, y, SlopeLoops::sigmoid);
            case RELU -> elements(dx, dy, y, SlopeLoops::relu);
            case SILU -> elements(dx, dy, x, SlopeLoops::silu);
            case GELU -> elements(dx, dy, x, GeluLoops::exactSlope);
            case GELU_TANH -> elements(dx, dy, x, GeluLoops::tanhSlope);
        }
    }

    @Override
    public void pickBackward(Binary f, Tensor da, Tensor dy, Tensor a, Tensor b) {
        if (f == Binary.MAX) {
            elements(da, dy, a, b, SlopeLoops::larger);
        } else {
            elements(da, dy, b, a, SlopeLoops::larger);
        }
    }

    @Override
    public void swigluBackward(Tensor dgate, Tensor dup, Tensor dy, Tensor gate, Tensor up) {
        long dg = HostBuffer.address(dgate);
        long du = HostBuffer.address(dup);
        long d = HostBuffer.address(dy);
        long g = HostBuffer.address(gate);
        long u = HostBuffer.address(up);
        pool.run(dy.size(), CHUNK, (from, end, worker) -> {
            long at = from * 4;
            swigluBackward(dg + at, du + at, d + at, g + at, u + at, end - from, worker);
        });
        Reference.reachabilityFence(dgate);
        Reference.reachabilityFence(dup);
        Reference.reachabilityFence(dy);
        Reference.reachabilityFence(gate);
        Reference.reachabilityFence(up);
    }

    private void swigluBackward(long dgate, long dup, long dy, long gate, long up, long n, int worker) {
        long at = n / VL * VB;
        SlopeLoops.swiglu(dgate, dup, dy, gate, up, at);
        long left = n * 4 - at;
        if (left > 0) {
            long few = scratch.address(worker, 3L * VB);
            MemorySegment.copy(ALL, dy + at, ALL, few, left);
            MemorySegment.copy(ALL, gate + at, ALL, few + VB, left);
            MemorySegment.copy(ALL, up + at, ALL, few + 2L * VB, left);
            SlopeLoops.swiglu(few + VB, few, few, few + VB, few + 2L * VB, VB);
            MemorySegment.copy(ALL, few + VB, ALL, dgate + at, left);
            MemorySegment.copy(ALL, few, ALL, dup + at, left);
        }
    }

    @Override
    public void swigluHalves(Tensor y, Tensor both) {
        long to = HostBuffer.address(y);
        long from = HostBuffer.address(both);
        long n = y.dim(-1);
        Loop3 loop = (out, gate, up, unused, bytes) -> UnaryLoops.swiglu(out, gate, up, bytes);
        pool.run(y.shape().rows(), Math.max(1, CHUNK / Math.max(1, n)), (first, end, worker) -> {
            for (long r = first; r < end; r++) {
                long out = to + r * n * 4;
                long gate = from + r * n * 8;
                long whole = n / VL * VB;
                UnaryLoops.swiglu(out, gate, gate + n * 4, whole);
                if (whole < n * 4) {
                    rest(out + whole, gate + whole, gate + n * 4 + whole, gate + whole, n - whole / 4, worker, loop);
                }
            }
        });
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(both);
    }

    @Override
    public void swigluHalvesBackward(Tensor dboth, Tensor dy, Tensor both) {
        long to = HostBuffer.address(dboth);
        long above = HostBuffer.address(dy);
        long from = HostBuffer.address(both);
        long n = dy.dim(-1);
        pool.run(dy.shape().rows(), Math.max(1, CHUNK / Math.max(1, n)), (first, end, worker) -> {
            for (long r = first; r < end; r++) {
                long at = r * n * 8;
                swigluBackward(to + at, to + at + n * 4, above + r * n * 4, from + at, from + at + n * 4, n, worker);
            }
        });
        Reference.reachabilityFence(dboth);
        Reference.reachabilityFence(dy);
        Reference.reachabilityFence(both);
    }

    /// A loop over contiguous operands.
    private void elements(Tensor y, Tensor a, Tensor b, Loop loop) {
        elements(y, a, b, b, (to, p, q, unused, bytes) -> loop.run(to, p, q, bytes));
    }

    private void elements(Tensor y, Tensor a, Tensor b, Tensor c, Loop3 loop) {
        long to = HostBuffer.address(y);
        long p = HostBuffer.address(a);
        long q = HostBuffer.address(b);
        long r = HostBuffer.address(c);
        pool.run(y.size(), CHUNK, (from, end, worker) -> {
            long whole = (end - from) / VL * VL;
            long at = from * 4;
            loop.run(to + at, p + at, q + at, r + at, whole * 4);
            if (from + whole < end) {
                at += whole * 4;
                rest(to + at, p + at, q + at, r + at, end - from - whole, worker, loop);
            }
        });
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(a);
        Reference.reachabilityFence(b);
        Reference.reachabilityFence(c);
    }

    /// Fewer elements than a vector has.
    private void rest(long y, long a, long b, long c, long n, int worker, Loop3 loop) {
        long few = scratch.address(worker, 3L * VB);
        MemorySegment.copy(ALL, a, ALL, few, n * 4);
        MemorySegment.copy(ALL, b, ALL, few + VB, n * 4);
        MemorySegment.copy(ALL, c, ALL, few + 2L * VB, n * 4);
        loop.run(few, few, few + VB, few + 2L * VB, VB);
        MemorySegment.copy(ALL, few, ALL, y, n * 4);
    }

    // ---- two operands ----------------------------------------------------------------------

    /// The axes of a result and its operands, those merged that lie behind one another in all.
    private static final class Axes {
        final long[] dims;
        final long[] a;
        final long[] b;
        int rank;

        Axes(Tensor y, Tensor p, Tensor q) {
            dims = new long[y.rank() + 1];
            a = new long[dims.length];
            b = new long[dims.length];
            for (int axis = 0; axis < y.rank(); axis++) {
                long n = y.dim(axis);
                if (n == 1) {
                    continue;
                }
                long aStep = p.stride(axis);
                long bStep = q.stride(axis);
                int last = rank - 1;
                if (rank > 0 && a[last] == aStep * n && b[last] == bStep * n) {
                    dims[last] *= n;
                } else {
                    last = rank++;
                    dims[last] = n;
                }
                a[last] = aStep;
                b[last] = bStep;
            }
            if (rank == 0) {
                dims[rank++] = 1;
            }
        }
    }

    @Override
    public void binary(Binary f, Tensor y, Tensor a, Tensor b) {
        if (y.size() == 0) {
            return;
        }
        Axes axes = new Axes(y, a, b);
        long to = HostBuffer.address(y);
        long p = HostBuffer.address(a);
        long q = HostBuffer.address(b);
        int last = axes.rank - 1;
        long n = axes.dims[last];
        long aStep = axes.a[last];
        long bStep = axes.b[last];
        if (last == 0) {
            pool.run(n, CHUNK, (from, end, worker) -> row(f, to + from * 4, p + from * aStep * 4, aStep, q + from * bStep * 4, bStep, end - from));
        } else {
            pool.run(y.size() / n, Math.max(1, CHUNK / n), (from, end, worker) -> {
                for (long r = from; r < end; r++) {
                    long i = p;
                    long j = q;
                    long left = r;
                    for (int axis = last - 1; axis >= 0; axis--) {
                        long at = left % axes.dims[axis];
                        left /= axes.dims[axis];
                        i += at * axes.a[axis] * 4;
                        j += at * axes.b[axis] * 4;
                    }
                    row(f, to + r * n * 4, i, aStep, j, bStep, n);
                }
            });
        }
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(a);
        Reference.reachabilityFence(b);
    }

    private static void row(Binary f, long y, long a, long aStep, long b, long bStep, long n) {
        boolean vectors = n >= VL && (aStep | bStep) == 1 && aStep >= 0 && bStep >= 0;
        long whole = vectors ? n / VL * VL : 0;
        if (!vectors) {
            // too short, or neither runs nor a repeated number
        } else if (aStep == 1 && bStep == 1) {
            BinaryLoops.apply(f, y, a, b, whole * 4);
        } else if (aStep == 1) {
            BinaryLoops.apply(f, y, a, ALL.get(FLOAT, b), whole * 4);
        } else {
            BinaryLoops.apply(f, y, ALL.get(FLOAT, a), b, whole * 4);
        }
        if (whole < n) {
            BinaryLoops.strided(f, y + whole * 4, a + whole * aStep * 4, aStep, b + whole * bStep * 4, bStep, n - whole);
        }
    }
}
