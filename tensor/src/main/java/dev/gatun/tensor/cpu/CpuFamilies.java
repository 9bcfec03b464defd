package dev.gatun.tensor.cpu;

import java.util.Map;

/// Families of kernels that another module brings to the CPU, for weight formats of its own. Found by [java.util.ServiceLoader].
public interface CpuFamilies {
    /// The families, each under its interface.
    ///
    /// @param pool the device's workers
    /// @param vectors whether the Vector API can be used; without it no class that links to it may be touched
    /// @return implementations by interface
    Map<Class<?>, Object> on(Pool pool, boolean vectors);
}
