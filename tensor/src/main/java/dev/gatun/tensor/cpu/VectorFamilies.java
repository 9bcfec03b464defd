package dev.gatun.tensor.cpu;

import dev.gatun.tensor.kernels.AttentionKernels;
import dev.gatun.tensor.kernels.CopyKernels;
import dev.gatun.tensor.kernels.DropoutKernels;
import dev.gatun.tensor.kernels.ElementwiseKernels;
import dev.gatun.tensor.kernels.FakeQuantKernels;
import dev.gatun.tensor.kernels.GatherKernels;
import dev.gatun.tensor.kernels.LossKernels;
import dev.gatun.tensor.kernels.MatmulKernels;
import dev.gatun.tensor.kernels.NormKernels;
import dev.gatun.tensor.kernels.OptimizerKernels;
import dev.gatun.tensor.kernels.ReduceKernels;
import dev.gatun.tensor.kernels.RopeKernels;
import dev.gatun.tensor.kernels.ScanKernels;
import java.util.HashMap;
import java.util.Map;

/// The vectorized kernels, family by family; what has none is scalar.
final class VectorFamilies {
    private VectorFamilies() {}

    static Map<Class<?>, Object> on(Pool pool) {
        Map<Class<?>, Object> families = new HashMap<>(ReferenceFamilies.on(pool));
        families.put(DropoutKernels.class, new VectorDropout(pool));
        families.put(ElementwiseKernels.class, new VectorElementwise(pool));
        families.put(MatmulKernels.class, new VectorProducts(pool));
        families.put(LossKernels.class, new VectorLoss(pool));
        families.put(NormKernels.class, new VectorNorm(pool));
        families.put(OptimizerKernels.class, new VectorOptimizer(pool));
        families.put(ReduceKernels.class, new VectorReduce(pool));
        Runs runs = new VectorRuns();
        families.put(CopyKernels.class, new HostCopy(pool, runs));
        families.put(GatherKernels.class, new HostGather(pool, runs));
        families.put(RopeKernels.class, new VectorRope(pool));
        families.put(AttentionKernels.class, new VectorAttention(pool));
        families.put(ScanKernels.class, new VectorScan(pool));
        families.put(FakeQuantKernels.class, new VectorFakeQuant(pool));
        return Map.copyOf(families);
    }

    static String description() {
        return Lanes.F32.vectorBitSize() + "-bit vectors";
    }
}
