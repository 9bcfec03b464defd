package dev.gatun.tensor;

import dev.gatun.tensor.cpu.CpuDevice;

/// Where tensors live and kernels run.
///
/// The device rides on the data: an operation asks the device of its first operand for a family
/// of kernels, so model code never branches on it. A device may be used by many threads at once.
public abstract class Device implements AutoCloseable {

    /// For implementations.
    protected Device() {}

    /// {@return the CPU with all its cores, shared by everyone who asks this way; closing it does
    /// nothing}
    public static Device cpu() {
        return CpuDevice.shared();
    }

    /// A CPU device with a worker pool of its own. Results do not depend on the number of threads.
    ///
    /// @param threads how many threads compute, the caller included
    /// @return the device, to be closed when its threads are no longer wanted
    public static Device cpu(int threads) {
        return CpuDevice.of(threads);
    }

    /// {@return the scalar reference implementation of every kernel: slow, plain, and the
    /// yardstick of all others}
    public static Device reference() {
        return CpuDevice.reference();
    }

    /// {@return the name by which a person asks for this device: `cpu`, `cuda:0`}
    public abstract String name();

    /// {@return one line about what computes here, such as `cpu, 2 threads, 512-bit vectors`}
    public abstract String description();

    /// {@return how many threads compute}
    public abstract int threads();

    /// This device's implementation of a kernel family.
    ///
    /// @param family an interface of `dev.gatun.tensor.kernels`, or of a module with kernels of
    ///     its own
    /// @param <K> the family
    /// @return its implementation
    /// @throws IllegalArgumentException if this device has none
    public abstract <K> K kernels(Class<K> family);

    /// Memory that lives until it is freed. Zeroed, aligned to 64 bytes.
    ///
    /// @param bytes how much
    /// @return the memory
    public abstract Buffer allocate(long bytes);

    /// Memory that lives as long as something refers to it. Zeroed, aligned to 64 bytes.
    ///
    /// @param bytes how much
    /// @return the memory
    public abstract Buffer allocateCollected(long bytes);

    @Override
    public void close() {}

    @Override
    public final String toString() {
        return name();
    }
}
