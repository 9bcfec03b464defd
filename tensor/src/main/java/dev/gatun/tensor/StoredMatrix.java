package dev.gatun.tensor;

import dev.gatun.tensor.kernels.MatmulKernels;

/// What the weights over a plainly stored matrix share: its checks, and the product's front door.
record StoredMatrix(Tensor tensor) {
    /// One of the products of [MatmulKernels].
    interface Product {
        void compute(MatmulKernels kernels, Tensor y, Tensor x, Tensor w);
    }

    StoredMatrix(Tensor tensor, DType type) {
        if (tensor.rank() != 2 || tensor.dtype() != type || !tensor.isContiguous()) {
            throw new ShapeException("weight: " + tensor.describe() + " — want a contiguous " + type + "[N,K]");
        }
        this(tensor);
    }

    Tensor apply(Tensor x, Product product) {
        if (x.dtype() != DType.F32 || x.rank() < 1 || x.dim(-1) != tensor.dim(1)) {
            throw new ShapeException("linear: x "
                    + x.describe()
                    + " · W "
                    + tensor.describe()
                    + "ᵀ — "
                    + (x.dtype() != DType.F32 ? "computes in f32" : "inner dimensions " + (x.rank() < 1 ? 0 : x.dim(-1)) + " ≠ " + tensor.dim(1)));
        }
        if (!x.device().equals(tensor.device())) {
            throw new ShapeException("linear: x on " + x.device() + ", W on " + tensor.device());
        }
        Tensor y = x.like(DType.F32, x.shape().with(-1, tensor.dim(0)));
        product.compute(x.device().kernels(MatmulKernels.class), y, x.contiguous(), tensor);
        return y;
    }

    long bytes() {
        return tensor.size() * tensor.dtype().bytes();
    }
}
