package dev.gatun.tensor;

/// Memory of one device. Opaque to users: only the device's own kernels know what is inside.
public interface Buffer {
    /// {@return the device that can compute with this memory}
    Device device();

    /// {@return the size in bytes}
    long bytes();

    /// {@return whether the memory can still be used}
    boolean isAlive();

    /// Gives the memory back. Every tensor in it must be dead by then.
    void free();
}
