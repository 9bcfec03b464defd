package dev.gatun.tensor.cpu;

import static java.lang.ref.Reference.reachabilityFence;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.MatmulKernels;
import java.util.ArrayList;
import java.util.List;

/// The front door of [VectorMatmul]: tensors in, addresses out.
final class VectorProducts implements MatmulKernels {
    private final Pool pool;

    VectorProducts(Pool pool) {
        this.pool = pool;
    }

    @Override
    public void linear(Tensor y, Tensor x, Tensor w) {
        linear(y, x, w, rows(w));
    }

    @Override
    public void linearBf16(Tensor y, Tensor x, Tensor w) {
        linear(y, x, w, rows(w));
    }

    @Override
    public void linearF16(Tensor y, Tensor x, Tensor w) {
        linear(y, x, w, rows(w));
    }

    @Override
    public void linear(List<Tensor> ys, Tensor x, List<Tensor> ws) {
        List<VectorMatmul.Product> products = new ArrayList<>();
        for (int i = 0; i < ws.size(); i++) {
            Tensor w = ws.get(i);
            products.add(new VectorMatmul.Product(rows(w), HostBuffer.address(ys.get(i)), 4 * w.dim(0), w.dim(0)));
        }
        long k = ws.getFirst().dim(1);
        VectorMatmul.linear(pool, HostBuffer.address(x), 4 * k, x.shape().rows(), products);
        reachabilityFence(ys);
        reachabilityFence(x);
        reachabilityFence(ws);
    }

    private static WeightRows rows(Tensor w) {
        int k = (int) w.dim(1);
        return switch (w.dtype()) {
            case BF16 -> new Bf16Rows(HostBuffer.address(w), 2L * k, k);
            case F16 -> new F16Rows(HostBuffer.address(w), 2L * k, k);
            default -> new F32Rows(HostBuffer.address(w), 4L * k, k);
        };
    }

    private void linear(Tensor y, Tensor x, Tensor w, WeightRows rows) {
        long n = w.dim(0);
        long m = n == 0 ? 0 : y.size() / n;
        VectorMatmul.linear(pool, HostBuffer.address(y), 4 * n, HostBuffer.address(x), 4 * w.dim(1), rows, m, n);
        reachabilityFence(y);
        reachabilityFence(x);
        reachabilityFence(w);
    }

    @Override
    public void linearTransposedBf16(Tensor dx, Tensor dy, Tensor w) {
        linearTransposed(dx, dy, w, rows(w));
    }

    @Override
    public void linearTransposedF16(Tensor dx, Tensor dy, Tensor w) {
        linearTransposed(dx, dy, w, rows(w));
    }

    private void linearTransposed(Tensor dx, Tensor dy, Tensor w, WeightRows rows) {
        long n = w.dim(0);
        long k = w.dim(1);
        long m = k == 0 ? 0 : dx.size() / k;
        VectorMatmul.linearTransposed(pool, HostBuffer.address(dx), 4 * k, HostBuffer.address(dy), 4 * n, rows, m, (int) n);
        reachabilityFence(dx);
        reachabilityFence(dy);
        reachabilityFence(w);
    }

    @Override
    public void matmul(Tensor y, Tensor a, Tensor b) {
        gemm(y, a, b, false);
    }

    @Override
    public void addMatmul(Tensor y, Tensor a, Tensor b) {
        gemm(y, a, b, true);
    }

    private void gemm(Tensor y, Tensor a, Tensor b, boolean add) {
        VectorMatmul.gemm(
                pool,
                HostBuffer.address(y),
                4 * y.dim(1),
                HostBuffer.address(a),
                4 * a.stride(0),
                4 * a.stride(1),
                HostBuffer.address(b),
                4 * b.stride(0),
                4 * b.stride(1),
                y.dim(0),
                y.dim(1),
                (int) a.dim(1),
                add);
        reachabilityFence(y);
        reachabilityFence(a);
        reachabilityFence(b);
    }
}
