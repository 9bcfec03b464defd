package dev.gatun.quant.cpu;

import dev.gatun.tensor.cpu.CpuFamilies;
import dev.gatun.tensor.cpu.Pool;
import java.util.HashMap;
import java.util.Map;

/// The CPU kernels of this module's weight formats.
public final class QuantFamilies implements CpuFamilies {
    @Override
    public Map<Class<?>, Object> on(Pool pool, boolean vectors) {
        return new HashMap<>();
    }
}
