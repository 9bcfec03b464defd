package dev.gatun.tensor.cpu;

import dev.gatun.tensor.DynamicMap;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.OptimizerKernels;
import dev.gatun.tensor.ops.Updates.Adam;
import dev.gatun.tensor.ops.Updates.Lion;
import dev.gatun.tensor.ops.Updates.Sgd;
import dev.gatun.tensor.ops.Updates;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// Steps of optimizers by their definition, in float: each result is rounded as [OptimizerKernels] says. The vector kernels do their incomplete vectors here.
final class ReferenceOptimizer implements OptimizerKernels {
    /// The code of 0 in the signed map.
    static final int ZERO = 127;

    @Override
    public void adam(Tensor p, Tensor g, Tensor m, Tensor v, Adam a) {
        adam(p, g, m, v, a, 0);
    }

    static void adam(Tensor p, Tensor g, Tensor m, Tensor v, Adam a, long from) {
        MemorySegment ps = HostBuffer.segment(p);
        MemorySegment gs = HostBuffer.segment(g);
        MemorySegment ms = HostBuffer.segment(m);
        MemorySegment vs = HostBuffer.segment(v);
        for (long i = from; i < p.size(); i++) {
            float value = Elements.f32(ps, i);
            float d = Math.fma(a.l2(), value, Elements.f32(gs, i));
            float first = Math.fma(d, a.rest1(), Elements.f32(ms, i) * a.beta1());
            float second = Math.fma(a.rest2() * d, d, Elements.f32(vs, i) * a.beta2());
            Elements.f32(ms, i, first);
            Elements.f32(vs, i, second);
            Elements.f32(ps, i, Math.fma(a.step(), first / ((float) Math.sqrt(second) + a.eps()), value * a.keep()));
        }
    }

    @Override
    public void sgd(Tensor p, Tensor g, @Nullable Tensor b, Sgd s) {
        sgd(p, g, b, s, 0);
    }

    static void sgd(Tensor p, Tensor g, @Nullable Tensor b, Sgd s, long from) {
        MemorySegment ps = HostBuffer.segment(p);
        MemorySegment gs = HostBuffer.segment(g);
        MemorySegment bs = HostBuffer.segment(b == null ? p : b);
        for (long i = from; i < p.size(); i++) {
            float value = Elements.f32(ps, i);
            float d = Math.fma(s.l2(), value, Elements.f32(gs, i));
            if (b != null) {
                float momentum = Math.fma(d, s.rest(), Elements.f32(bs, i) * s.momentum());
                Elements.f32(bs, i, momentum);
                d = s.nesterov() ? Math.fma(s.momentum(), momentum, d) : momentum;
            }
            Elements.f32(ps, i, Math.fma(-s.rate(), d, value));
        }
    }

    @Override
    public void lion(Tensor p, Tensor g, Tensor m, Lion l) {
        lion(p, g, m, l, 0);
    }

    static void lion(Tensor p, Tensor g, Tensor m, Lion l, long from) {
        MemorySegment ps = HostBuffer.segment(p);
        MemorySegment gs = HostBuffer.segment(g);
        MemorySegment ms = HostBuffer.segment(m);
        for (long i = from; i < p.size(); i++) {
            float d = Elements.f32(gs, i);
            float momentum = Elements.f32(ms, i);
            float u = Math.fma(d, l.rest1(), momentum * l.beta1());
            Elements.f32(ps, i, Elements.f32(ps, i) * l.keep() - step(u, l.rate()));
            Elements.f32(ms, i, Math.fma(d, l.rest2(), momentum * l.beta2()));
        }
    }

    /// η·sign(u)
    static float step(float u, float rate) {
        return u > 0 ? rate : u < 0 ? -rate : 0;
    }

    @Override
    public void adam8(Tensor p, Tensor g, Tensor qm, Tensor sm, Tensor qv, Tensor sv, Adam a) {
        MemorySegment ps = HostBuffer.segment(p);
        MemorySegment gs = HostBuffer.segment(g);
        Moment m = new Moment(qm, sm, DynamicMap.SIGNED);
        Moment v = new Moment(qv, sv, DynamicMap.UNSIGNED);
        for (long block = 0; block < sm.size(); block++) {
            long from = block * Updates.BLOCK;
            long to = Math.min(p.size(), from + Updates.BLOCK);
            for (long i = from; i < to; i++) {
                float value = Elements.f32(ps, i);
                float d = Math.fma(a.l2(), value, Elements.f32(gs, i));
                float first = 0;
                float second = 0;
                if (Float.isFinite(d)) {
                    first = Math.fma(d, a.rest1(), m.get(i) * a.beta1());
                    second = Math.fma(a.rest2() * d, d, v.get(i) * a.beta2());
                    Elements.f32(ps, i, Math.fma(a.step(), first / ((float) Math.sqrt(second) + a.eps()), value) * a.keep());
                }
                m.next[(int) (i - from)] = first;
                v.next[(int) (i - from)] = second;
            }
            m.store(block, from, to);
            v.store(block, from, to);
        }
    }

    @Override
    public void lion8(Tensor p, Tensor g, Tensor qm, Tensor sm, Lion l) {
        MemorySegment ps = HostBuffer.segment(p);
        MemorySegment gs = HostBuffer.segment(g);
        Moment m = new Moment(qm, sm, DynamicMap.SIGNED);
        for (long block = 0; block < sm.size(); block++) {
            long from = block * Updates.BLOCK;
            long to = Math.min(p.size(), from + Updates.BLOCK);
            for (long i = from; i < to; i++) {
                float d = Elements.f32(gs, i);
                float next = 0;
                if (Float.isFinite(d)) {
                    float momentum = m.get(i);
                    float u = Math.fma(d, l.rest1(), momentum * l.beta1());
                    next = Math.fma(d, l.rest2(), momentum * l.beta2());
                    Elements.f32(ps, i, Elements.f32(ps, i) * l.keep() - step(u, l.rate()));
                }
                m.next[(int) (i - from)] = next;
            }
            m.store(block, from, to);
        }
    }

    /// What is remembered, in 8 bits.
    private static final class Moment {
        private final MemorySegment codes;
        private final MemorySegment scales;
        private final DynamicMap map;
        final float[] next = new float[Updates.BLOCK];

        Moment(Tensor codes, Tensor scales, DynamicMap map) {
            this.codes = HostBuffer.segment(codes);
            this.scales = HostBuffer.segment(scales);
            this.map = map;
        }

        float get(long i) {
            return map.value(codes.get(ValueLayout.JAVA_BYTE, i) & 0xff) * Elements.f32(scales, i / Updates.BLOCK);
        }

        void store(long block, long from, long to) {
            float most = 0;
            for (long i = from; i < to; i++) {
                most = Math.max(most, Math.abs(next[(int) (i - from)]));
            }
            float scale = scale(most);
            Elements.f32(scales, block, scale);
            for (long i = from; i < to; i++) {
                codes.set(ValueLayout.JAVA_BYTE, i, (byte) code(map, next[(int) (i - from)] * reciprocal(scale)));
            }
        }
    }

    /// The scale of a block: 0 if its reciprocal would be infinite.
    static float scale(float most) {
        return most < Float.MIN_NORMAL ? 0 : most;
    }

    static float reciprocal(float scale) {
        return scale == 0 ? 0 : 1 / scale;
    }

    /// The code of a number between -1 and 1; a negative one keeps its sign.
    static int code(DynamicMap map, float scaled) {
        int code = map.encode(scaled);
        boolean lost = Float.floatToRawIntBits(scaled) < 0 && map == DynamicMap.SIGNED && code == ZERO;
        return lost ? code - 1 : code;
    }

    @Override
    public double squares(Tensor x) {
        MemorySegment xs = HostBuffer.segment(x);
        double sum = 0;
        for (long i = 0; i < x.size(); i++) {
            double value = Elements.f32(xs, i);
            sum += value * value;
        }
        return sum;
    }
}
