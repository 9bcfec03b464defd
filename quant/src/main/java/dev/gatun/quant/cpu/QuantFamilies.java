package dev.gatun.quant.cpu;

import dev.gatun.quant.Nf4Kernels;
import dev.gatun.tensor.cpu.CpuFamilies;
import dev.gatun.tensor.cpu.Pool;
import java.util.HashMap;
import java.util.Map;

/// The CPU kernels of this module's weight formats.
public final class QuantFamilies implements CpuFamilies {
    @Override
    public Map<Class<?>, Object> on(Pool pool, boolean vectors) {
        Map<Class<?>, Object> families = new HashMap<>();
        families.put(Nf4Kernels.class, vectors ? new VectorNf4(pool) : new ReferenceNf4(pool));
        return families;
    }
}
