package dev.gatun.tensor.cpu;

import dev.gatun.tensor.kernels.AttentionKernels;
import dev.gatun.tensor.kernels.CopyKernels;
import dev.gatun.tensor.kernels.DropoutKernels;
import dev.gatun.tensor.kernels.ElementwiseKernels;
import dev.gatun.tensor.kernels.GatherKernels;
import dev.gatun.tensor.kernels.LossKernels;
import dev.gatun.tensor.kernels.MatmulKernels;
import dev.gatun.tensor.kernels.NormKernels;
import dev.gatun.tensor.kernels.OptimizerKernels;
import dev.gatun.tensor.kernels.ReduceKernels;
import dev.gatun.tensor.kernels.RopeKernels;
import java.util.Map;

/// The scalar kernels, family by family.
final class ReferenceFamilies {
    private ReferenceFamilies() {}

    static Map<Class<?>, Object> on(Pool pool) {
        return Map.of(
                AttentionKernels.class, new ReferenceAttention(),
                CopyKernels.class, new HostCopy(pool, new Runs()),
                DropoutKernels.class, new ReferenceDropout(),
                ElementwiseKernels.class, new ReferenceElementwise(),
                GatherKernels.class, new HostGather(pool, new Runs()),
                LossKernels.class, new ReferenceLoss(),
                MatmulKernels.class, new ReferenceMatmul(pool),
                NormKernels.class, new ReferenceNorm(),
                OptimizerKernels.class, new ReferenceOptimizer(),
                ReduceKernels.class, new ReferenceReduce(),
                RopeKernels.class, new ReferenceRope());
    }
}
