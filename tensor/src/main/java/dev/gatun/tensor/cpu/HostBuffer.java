package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Buffer;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Host memory, off the heap. The kernels of this package see it as raw addresses: the one place
/// where they come from is here, behind the liveness check of [Tensor#buffer()].
public final class HostBuffer implements Buffer {
    private static final long ALIGNMENT = 64;

    private final Device device;
    private final MemorySegment segment;
    private final @Nullable Arena owner;

    private HostBuffer(Device device, MemorySegment segment, @Nullable Arena owner) {
        this.device = device;
        this.segment = segment;
        this.owner = owner;
    }

    static HostBuffer owned(Device device, long bytes) {
        Arena arena = Arena.ofShared();
        MemorySegment large = LargePages.allocate(arena, bytes);
        return new HostBuffer(device, large != null ? large : arena.allocate(Math.max(bytes, 1), ALIGNMENT), arena);
    }

    static HostBuffer collected(Device device, long bytes) {
        return new HostBuffer(device, Arena.ofAuto().allocate(Math.max(bytes, 1), ALIGNMENT), null);
    }

    /// Somebody else's memory, mapped files included: kernels take addresses, so that it does not
    /// matter to their speed what class of segment they come from.
    static HostBuffer borrowed(Device device, MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("view: the segment is on the heap; kernels need native memory");
        }
        if (!segment.isAccessibleBy(new Thread(() -> {}))) {
            throw new IllegalArgumentException("view: the segment is confined to one thread; use Arena.ofShared()");
        }
        return new HostBuffer(device, segment, null);
    }

    /// {@return the address of a tensor's first element}
    ///
    /// @param tensor alive, on the CPU
    public static long address(Tensor tensor) {
        return ((HostBuffer) tensor.buffer()).segment.address() + tensor.byteOffset();
    }

    /// {@return a tensor's memory, from its first element on}
    ///
    /// @param tensor alive, on the CPU
    public static MemorySegment segment(Tensor tensor) {
        return ((HostBuffer) tensor.buffer()).segment.asSlice(tensor.byteOffset());
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public long bytes() {
        return segment.byteSize();
    }

    @Override
    public boolean isAlive() {
        return segment.scope().isAlive();
    }

    @Override
    public void free() {
        if (owner != null) {
            owner.close();
        }
    }
}
