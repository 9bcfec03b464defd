package dev.gatun.tensor.cpu;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.MatmulKernels;
import java.lang.foreign.MemorySegment;

/// Products by their definition, summed in double.
final class ReferenceMatmul implements MatmulKernels {
    private final Pool pool;

    ReferenceMatmul(Pool pool) {
        this.pool = pool;
    }

    @Override
    public void linear(Tensor y, Tensor x, Tensor w) {
        matmul(y, x, w.transpose());
    }

    @Override
    public void linearBf16(Tensor y, Tensor x, Tensor w) {
        matmul(y, x, w.transpose());
    }

    @Override
    public void linearF16(Tensor y, Tensor x, Tensor w) {
        matmul(y, x, w.transpose());
    }

    @Override
    public void linearTransposedBf16(Tensor dx, Tensor dy, Tensor w) {
        matmul(dx, dy, w);
    }

    @Override
    public void linearTransposedF16(Tensor dx, Tensor dy, Tensor w) {
        matmul(dx, dy, w);
    }

    @Override
    public void matmul(Tensor y, Tensor a, Tensor b) {
        multiply(y, a, b, false);
    }

    @Override
    public void addMatmul(Tensor y, Tensor a, Tensor b) {
        multiply(y, a, b, true);
    }

    private void multiply(Tensor y, Tensor a, Tensor b, boolean add) {
        long n = b.dim(1);
        long k = b.dim(0);
        long rows = y.size() / Math.max(n, 1);
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment as = HostBuffer.segment(a);
        MemorySegment bs = HostBuffer.segment(b);
        long aRow = a.rank() == 2 ? a.stride(0) : k;
        long aCol = a.stride(-1);
        long bRow = b.stride(0);
        long bCol = b.stride(1);
        DType type = b.dtype();
        pool.run(n, 1, (from, to, worker) -> {
            for (long j = from; j < to; j++) {
                for (long i = 0; i < rows; i++) {
                    double sum = add ? Elements.f32(ys, i * n + j) : 0;
                    for (long l = 0; l < k; l++) {
                        sum += (double) Elements.f32(as, i * aRow + l * aCol) * Elements.read(bs, type, l * bRow + j * bCol);
                    }
                    Elements.f32(ys, i * n + j, sum);
                }
            }
        });
    }
}
