package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.VB;
import static dev.gatun.tensor.cpu.Lanes.VL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.ROL;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.DropoutKernels;
import java.lang.ref.Reference;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// Dropout, a vector of random blocks at a time: each block serves four elements, 16 apart, so that its words are stored as they come. Some 25
/// operations per vector of elements: about as fast as memory.
final class VectorDropout implements DropoutKernels {
    private static final VectorSpecies<Float> F = Lanes.F32;
    private static final VectorSpecies<Integer> I = Lanes.I32;

    /// Elements whose random numbers come from 16 blocks.
    private static final long GROUP = 64;

    private static final long CHUNK = 1 << 8;

    private final Pool pool;

    VectorDropout(Pool pool) {
        this.pool = pool;
    }

    @Override
    public void dropout(Tensor y, Tensor x, int threshold, float scale, long seed, int step, int site) {
        int[] schedule = Threefry.schedule(seed, step, site);
        long to = HostBuffer.address(y);
        long from = HostBuffer.address(x);
        long groups = x.size() / GROUP;
        pool.run(groups, CHUNK, (first, end, worker) -> groups(to, from, first, end, threshold, scale, schedule));
        ReferenceDropout.dropout(HostBuffer.segment(y), HostBuffer.segment(x), groups * GROUP, x.size(), threshold, scale, schedule);
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(x);
    }

    private static void groups(long y, long x, long first, long end, int threshold, float scale, int... schedule) {
        FloatVector s = FloatVector.broadcast(F, scale);
        FloatVector zero = FloatVector.zero(F);
        IntVector lanes = IntVector.zero(I).addIndex(1);
        IntVector k0 = IntVector.broadcast(I, schedule[0]);
        IntVector k1 = IntVector.broadcast(I, schedule[1]);
        IntVector k2 = IntVector.broadcast(I, schedule[2]);
        IntVector k3 = IntVector.broadcast(I, schedule[3]);
        IntVector k4 = IntVector.broadcast(I, schedule[4]);
        for (long group = first; group < end; group++) {
            for (long lane = 0; lane < 16; lane += VL) {
                long block = group * 16 + lane;
                long o = group * GROUP * 4 + lane / VL * VB;
                IntVector x0 = lanes.add((int) block).add(k0);
                IntVector x1 = k1.add((int) (block >>> 32));
                IntVector x2 = k2;
                IntVector x3 = k3;
                x0 = x0.add(x1);
                x1 = x1.lanewise(ROL, 10).lanewise(XOR, x0);
                x2 = x2.add(x3);
                x3 = x3.lanewise(ROL, 26).lanewise(XOR, x2);
                x0 = x0.add(x3);
                x3 = x3.lanewise(ROL, 11).lanewise(XOR, x0);
                x2 = x2.add(x1);
                x1 = x1.lanewise(ROL, 21).lanewise(XOR, x2);
                x0 = x0.add(x1);
                x1 = x1.lanewise(ROL, 13).lanewise(XOR, x0);
                x2 = x2.add(x3);
                x3 = x3.lanewise(ROL, 27).lanewise(XOR, x2);
                x0 = x0.add(x3);
                x3 = x3.lanewise(ROL, 23).lanewise(XOR, x0);
                x2 = x2.add(x1);
                x1 = x1.lanewise(ROL, 5).lanewise(XOR, x2);
                x0 = x0.add(k1);
                x1 = x1.add(k2);
                x2 = x2.add(k3);
                x3 = x3.add(k4.add(1));
                x0 = x0.add(x1);
                x1 = x1.lanewise(ROL, 6).lanewise(XOR, x0);
                x2 = x2.add(x3);
                x3 = x3.lanewise(ROL, 20).lanewise(XOR, x2);
                x0 = x0.add(x3);
                x3 = x3.lanewise(ROL, 17).lanewise(XOR, x0);
                x2 = x2.add(x1);
                x1 = x1.lanewise(ROL, 11).lanewise(XOR, x2);
                x0 = x0.add(x1);
                x1 = x1.lanewise(ROL, 25).lanewise(XOR, x0);
                x2 = x2.add(x3);
                x3 = x3.lanewise(ROL, 10).lanewise(XOR, x2);
                x0 = x0.add(x3);
                x3 = x3.lanewise(ROL, 18).lanewise(XOR, x0);
                x2 = x2.add(x1);
                x1 = x1.lanewise(ROL, 20).lanewise(XOR, x2);
                x0 = x0.add(k2);
                x1 = x1.add(k3);
                x2 = x2.add(k4);
                x3 = x3.add(k0.add(2));
                x0 = x0.add(x1);
                x1 = x1.lanewise(ROL, 10).lanewise(XOR, x0);
                x2 = x2.add(x3);
                x3 = x3.lanewise(ROL, 26).lanewise(XOR, x2);
                x0 = x0.add(x3);
                x3 = x3.lanewise(ROL, 11).lanewise(XOR, x0);
                x2 = x2.add(x1);
                x1 = x1.lanewise(ROL, 21).lanewise(XOR, x2);
                x0 = x0.add(x1);
                x1 = x1.lanewise(ROL, 13).lanewise(XOR, x0);
                x2 = x2.add(x3);
                x3 = x3.lanewise(ROL, 27).lanewise(XOR, x2);
                x0 = x0.add(x3);
                x3 = x3.lanewise(ROL, 23).lanewise(XOR, x0);
                x2 = x2.add(x1);
                x1 = x1.lanewise(ROL, 5).lanewise(XOR, x2);
                x0 = x0.add(k3);
                x1 = x1.add(k4);
                x2 = x2.add(k0);
                x3 = x3.add(k1.add(3));
                FloatVector v;
                v = FloatVector.fromMemorySegment(F, ALL, x + o + 0, LITTLE).mul(s);
                v.blend(zero, x0.lanewise(LSHR, 8).compare(LT, threshold).cast(F))
                        .intoMemorySegment(ALL, y + o + 0, LITTLE);
                v = FloatVector.fromMemorySegment(F, ALL, x + o + 64, LITTLE).mul(s);
                v.blend(zero, x1.lanewise(LSHR, 8).compare(LT, threshold).cast(F))
                        .intoMemorySegment(ALL, y + o + 64, LITTLE);
                v = FloatVector.fromMemorySegment(F, ALL, x + o + 128, LITTLE).mul(s);
                v.blend(zero, x2.lanewise(LSHR, 8).compare(LT, threshold).cast(F))
                        .intoMemorySegment(ALL, y + o + 128, LITTLE);
                v = FloatVector.fromMemorySegment(F, ALL, x + o + 192, LITTLE).mul(s);
                v.blend(zero, x3.lanewise(LSHR, 8).compare(LT, threshold).cast(F))
                        .intoMemorySegment(ALL, y + o + 192, LITTLE);
            }
        }
    }
}
