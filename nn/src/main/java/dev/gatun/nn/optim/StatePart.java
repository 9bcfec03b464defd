package dev.gatun.nn.optim;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ops.Updates;

/// Something that an optimizer remembers of a parameter.
///
/// @param name what it is called in files, behind the parameter's name
/// @param dtype element type
/// @param shape its shape
/// @param per how many elements of the parameter share one of its elements
record StatePart(String name, DType dtype, Shape shape, int per) {
    /// A number for each element of a parameter.
    static StatePart like(String name, DType dtype, Shape parameter) {
        return new StatePart(name, dtype, parameter, 1);
    }

    /// A scale for each block of elements of a parameter.
    static StatePart scales(String name, Shape parameter) {
        return new StatePart(name, DType.F32, Shape.of((parameter.size() + Updates.BLOCK - 1) / Updates.BLOCK), Updates.BLOCK);
    }

    long bytes() {
        return Math.multiplyExact(shape.size(), dtype.bytes());
    }
}
