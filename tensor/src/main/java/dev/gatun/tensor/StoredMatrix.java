package dev.gatun.tensor;

import dev.gatun.tensor.kernels.MatmulKernels;
import java.util.List;

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

    /// The products with several matrices of one type; none where something depends on a parameter, to be known one by one.
    static List<Tensor> applyAll(Tensor x, List<StoredMatrix> all) {
        List<Tensor> ws = all.stream().map(StoredMatrix::tensor).toList();
        if (ws.isEmpty() || x.isTracked() || ws.stream().anyMatch(Tensor::isTracked)) {
            return List.of();
        }
        all.forEach(matrix -> matrix.require(x));
        List<Tensor> ys = ws.stream()
                .map(w -> x.like(DType.F32, x.shape().with(-1, w.dim(0))))
                .toList();
        all.getFirst().kernels().linear(ys, x.contiguous(), ws);
        return ys;
    }

    Tensor apply(Tensor x, Product product, Product transposed) {
        require(x);
        Tensor y = x.like(DType.F32, x.shape().with(-1, tensor.dim(0)));
        Tensor rows = x.contiguous();
        product.compute(kernels(), y, rows, tensor);
        return Tape.record(y, (dy, adjoints) -> differentiate(rows, dy, transposed, adjoints), rows, tensor);
    }

    private void require(Tensor x) {
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
    }

    private void differentiate(Tensor x, Tensor dy, Product transposed, Adjoints adjoints) {
        long n = tensor.dim(0);
        long k = tensor.dim(1);
        if (adjoints.wants(x)) {
            Tensor dx = adjoints.like(x);
            transposed.compute(kernels(), dx.reshape(-1, k), dy.reshape(-1, n), tensor);
            adjoints.add(x, dx);
        }
        if (adjoints.wants(tensor)) {
            Tensor left = dy.reshape(-1, n).transpose();
            Tensor right = x.reshape(-1, k);
            adjoints.accumulate(tensor, (dw, add) -> {
                if (add) {
                    kernels().addMatmul(dw, left, right);
                } else {
                    kernels().matmul(dw, left, right);
                }
            });
        }
    }

    Tensor applyTransposed(Tensor dy, Product transposed) {
        if (dy.dtype() != DType.F32 || dy.rank() < 1 || dy.dim(-1) != tensor.dim(0)) {
            throw new ShapeException("linear backward: dy " + dy.describe() + " · W " + tensor.describe() + " — want f32 […," + tensor.dim(0) + "]");
        }
        Tensor dx = dy.like(DType.F32, dy.shape().with(-1, tensor.dim(1)));
        transposed.compute(
                kernels(), dx.reshape(-1, tensor.dim(1)), dy.contiguous().reshape(-1, tensor.dim(0)), tensor);
        return dx;
    }

    private MatmulKernels kernels() {
        return tensor.device().kernels(MatmulKernels.class);
    }

    long bytes() {
        return tensor.size() * tensor.dtype().bytes();
    }
}
