package dev.gatun.tensor.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A piece of native memory for each worker of a pool, for kernels that compute from memory to
/// memory and have an incomplete vector to compute.
public final class NativeScratch {
    private final @Nullable MemorySegment[] pieces;

    /// @param pool whose workers need it
    public NativeScratch(Pool pool) {
        pieces = new MemorySegment[pool.slots()];
    }

    /// {@return the address of at least `bytes` bytes that only this worker uses}
    ///
    /// @param worker of the running region
    /// @param bytes how many
    public long address(int worker, long bytes) {
        MemorySegment piece = pieces[worker];
        if (piece == null || piece.byteSize() < bytes) {
            piece = Arena.ofAuto().allocate(bytes, 64);
            pieces[worker] = piece;
        }
        return piece.address();
    }
}
