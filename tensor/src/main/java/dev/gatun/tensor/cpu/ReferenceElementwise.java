package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ElementwiseKernels;
import java.lang.foreign.MemorySegment;

/// Functions of elements by their definition, in double.
final class ReferenceElementwise implements ElementwiseKernels {

    @Override
    public void unary(Unary f, Tensor y, Tensor x) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        for (long i = 0; i < y.size(); i++) {
            Elements.f32(ys, i, apply(f, Elements.f32(xs, i)));
        }
    }

    private static double apply(Unary f, double x) {
        return switch (f) {
            case ABS -> Math.abs(x);
            case SQUARE -> x * x;
            case SQRT -> Math.sqrt(x);
            case RSQRT -> 1 / Math.sqrt(x);
            case EXP -> Math.exp(x);
            case LOG -> Math.log(x);
            case TANH -> Math.tanh(x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case RELU -> Math.max(x, 0);
            case SILU -> x / (1 + Math.exp(-x));
            case GELU -> x * Gaussian.cumulative(x);
            case GELU_TANH -> x / (1 + Math.exp(-2 * Gaussian.TANH_SCALE * (x + Gaussian.TANH_CUBE * x * x * x)));
        };
    }

    @Override
    public void binary(Binary f, Tensor y, Tensor a, Tensor b) {
        if (y.rank() > 1) {
            for (long i = 0; i < y.dim(0); i++) {
                binary(f, y.select(0, i), a.select(0, i), b.select(0, i));
            }
            return;
        }
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment as = HostBuffer.segment(a);
        MemorySegment bs = HostBuffer.segment(b);
        long aStep = y.rank() == 0 ? 0 : a.stride(0);
        long bStep = y.rank() == 0 ? 0 : b.stride(0);
        for (long i = 0; i < y.size(); i++) {
            float p = Elements.f32(as, i * aStep);
            float q = Elements.f32(bs, i * bStep);
            Elements.f32(
                    ys,
                    i,
                    switch (f) {
                        case ADD -> p + q;
                        case SUB -> p - q;
                        case MUL -> p * q;
                        case DIV -> p / q;
                        case MAX -> Math.max(p, q);
                        case MIN -> Math.min(p, q);
                    });
        }
    }

    @Override
    public void affine(Tensor y, Tensor x, float scale, float shift) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        for (long i = 0; i < y.size(); i++) {
            Elements.f32(ys, i, (double) scale * Elements.f32(xs, i) + shift);
        }
    }

    @Override
    public void unaryBackward(Unary f, Tensor dx, Tensor dy, Tensor x, Tensor y) {
        MemorySegment to = HostBuffer.segment(dx);
        MemorySegment dys = HostBuffer.segment(dy);
        MemorySegment xs = HostBuffer.segment(x);
        MemorySegment ys = HostBuffer.segment(y);
        for (long i = 0; i < dx.size(); i++) {
            Elements.f32(to, i, Elements.f32(dys, i) * slope(f, Elements.f32(xs, i), Elements.f32(ys, i)));
        }
    }

    private static double slope(Unary f, double x, double y) {
        return switch (f) {
            case ABS -> Math.signum(x);
            case SQUARE -> 2 * x;
            case SQRT -> 0.5 / y;
            case RSQRT -> -0.5 * y * y * y;
            case EXP -> y;
            case LOG -> 1 / x;
            case TANH -> 1 - y * y;
            case SIGMOID -> y * (1 - y);
            case RELU -> x > 0 ? 1 : 0;
            case SILU -> siluSlope(x);
            case GELU -> Gaussian.cumulative(x) + x * Gaussian.density(x);
            case GELU_TANH -> geluTanhSlope(x);
        };
    }

    private static double geluTanhSlope(double x) {
        double s = 1 / (1 + Math.exp(-2 * Gaussian.TANH_SCALE * (x + Gaussian.TANH_CUBE * x * x * x)));
        return s * (1 + x * (1 - s) * 2 * Gaussian.TANH_SCALE * (1 + 3 * Gaussian.TANH_CUBE * x * x));
    }

    private static double siluSlope(double x) {
        double s = 1 / (1 + Math.exp(-x));
        return s * (1 + x * (1 - s));
    }

    @Override
    public void swigluBackward(Tensor dgate, Tensor dup, Tensor dy, Tensor gate, Tensor up) {
        MemorySegment dgs = HostBuffer.segment(dgate);
        MemorySegment dus = HostBuffer.segment(dup);
        MemorySegment dys = HostBuffer.segment(dy);
        MemorySegment gs = HostBuffer.segment(gate);
        MemorySegment us = HostBuffer.segment(up);
        for (long i = 0; i < dy.size(); i++) {
            double d = Elements.f32(dys, i);
            double g = Elements.f32(gs, i);
            Elements.f32(dgs, i, d * Elements.f32(us, i) * siluSlope(g));
            Elements.f32(dus, i, d * apply(Unary.SILU, g));
        }
    }

    @Override
    public void swigluHalves(Tensor y, Tensor both) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(both);
        long n = y.dim(-1);
        for (long i = 0; i < y.size(); i++) {
            long gate = i / n * 2 * n + i % n;
            Elements.f32(ys, i, apply(Unary.SILU, Elements.f32(xs, gate)) * Elements.f32(xs, gate + n));
        }
    }

    @Override
    public void swigluHalvesBackward(Tensor dboth, Tensor dy, Tensor both) {
        MemorySegment dxs = HostBuffer.segment(dboth);
        MemorySegment dys = HostBuffer.segment(dy);
        MemorySegment xs = HostBuffer.segment(both);
        long n = dy.dim(-1);
        for (long i = 0; i < dy.size(); i++) {
            long gate = i / n * 2 * n + i % n;
            double d = Elements.f32(dys, i);
            double g = Elements.f32(xs, gate);
            Elements.f32(dxs, gate, d * Elements.f32(xs, gate + n) * siluSlope(g));
            Elements.f32(dxs, gate + n, d * apply(Unary.SILU, g));
        }
    }

    @Override
    public void pickBackward(Binary f, Tensor da, Tensor dy, Tensor a, Tensor b) {
        MemorySegment to = HostBuffer.segment(da);
        MemorySegment dys = HostBuffer.segment(dy);
        MemorySegment as = HostBuffer.segment(a);
        MemorySegment bs = HostBuffer.segment(b);
        for (long i = 0; i < da.size(); i++) {
            float p = Elements.f32(as, i);
            float q = Elements.f32(bs, i);
            boolean picked = f == Binary.MAX ? p > q : p < q;
            float d = Elements.f32(dys, i);
            Elements.f32(to, i, picked ? d : p == q ? d / 2 : 0);
        }
    }
}
