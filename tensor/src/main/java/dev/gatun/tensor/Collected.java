package dev.gatun.tensor;

/// Memory managed by the garbage collector: safe and simple, and slow for many short lives.
public final class Collected extends Memory {
    Collected(Device device) {
        super(device);
    }

    @Override
    public Tensor allocate(DType dtype, Shape shape) {
        Buffer buffer = device().allocateCollected(Math.multiplyExact(shape.size(), dtype.bytes()));
        return new Tensor(buffer, 0, dtype, shape, this);
    }

    @Override
    Tensor result(DType dtype, Shape shape, Tensor from) {
        return allocate(dtype, shape);
    }
}
