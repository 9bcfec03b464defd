package dev.gatun.tensor;

import dev.gatun.tensor.cpu.CpuDevice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Memory that lives until it is closed: weights, key-value caches, optimizer state. It holds no
/// results of operations, so that nothing can leak into the memory of a model by accident.
///
/// Closing it while an operation reads from it is an error that nobody checks.
public final class Resident extends Memory implements AutoCloseable {
    private final String name;
    private final List<Buffer> buffers = new ArrayList<>();

    /// @param device where
    /// @param name what it holds, for messages
    public Resident(Device device, String name) {
        super(device);
        this.name = name;
    }

    @Override
    public synchronized Tensor allocate(DType dtype, Shape shape) {
        Buffer buffer = device().allocate(Math.multiplyExact(shape.size(), dtype.bytes()));
        buffers.add(buffer);
        return new Tensor(buffer, 0, dtype, shape, this);
    }

    /// A tensor over memory that somebody else owns, such as a mapped file. Nothing is copied, and
    /// nothing of it is freed here. It must stay open as long as the tensor is used.
    ///
    /// @param segment native or mapped memory that every thread may read, of exactly the size that
    ///     dtype and shape say
    /// @param dtype element type
    /// @param shape its shape
    /// @return the tensor
    /// @throws IllegalArgumentException if the segment is of another size, on the heap, confined to
    ///     a thread, or this memory is not the CPU's
    public Tensor view(MemorySegment segment, DType dtype, Shape shape) {
        long bytes = Math.multiplyExact(shape.size(), dtype.bytes());
        if (segment.byteSize() != bytes) {
            throw new IllegalArgumentException("view: " + dtype + shape + " takes " + bytes + " bytes, the segment has " + segment.byteSize());
        }
        if (!(device() instanceof CpuDevice cpu)) {
            throw new IllegalArgumentException("view: " + device() + " cannot use host memory");
        }
        return new Tensor(cpu.wrap(segment), 0, dtype, shape, this);
    }

    @Override
    Tensor result(DType dtype, Shape shape, Tensor from) {
        throw new IllegalStateException(name
                + " holds "
                + from.describe()
                + " and allocates no results; start from an activation, as in"
                + " x.add(bias) instead of bias.add(x), or take a copy first:"
                + " bias.copyTo(memory)");
    }

    /// {@return how many bytes are allocated here}
    public synchronized long bytes() {
        return buffers.stream().mapToLong(Buffer::bytes).sum();
    }

    @Override
    public synchronized void close() {
        buffers.forEach(Buffer::free);
        buffers.clear();
    }
}
