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
import java.util.Map;

/// The scalar kernels, family by family.
final class ReferenceFamilies {
    private ReferenceFamilies() {}

    static Map<Class<?>, Object> on(Pool pool) {
        return Map.ofEntries(
                Map.entry(AttentionKernels.class, new ReferenceAttention()),
                Map.entry(CopyKernels.class, new HostCopy(pool, new Runs())),
                Map.entry(DropoutKernels.class, new ReferenceDropout()),
                Map.entry(ElementwiseKernels.class, new ReferenceElementwise()),
                Map.entry(FakeQuantKernels.class, new ReferenceFakeQuant()),
                Map.entry(GatherKernels.class, new HostGather(pool, new Runs())),
                Map.entry(LossKernels.class, new ReferenceLoss()),
                Map.entry(MatmulKernels.class, new ReferenceMatmul(pool)),
                Map.entry(NormKernels.class, new ReferenceNorm()),
                Map.entry(OptimizerKernels.class, new ReferenceOptimizer()),
                Map.entry(ReduceKernels.class, new ReferenceReduce()),
                Map.entry(RopeKernels.class, new ReferenceRope()),
                Map.entry(ScanKernels.class, new ReferenceScan()));
    }
}
