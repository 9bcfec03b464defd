package dev.gatun.quant.cpu;

import static java.lang.ref.Reference.reachabilityFence;

import dev.gatun.quant.Codebook;
import dev.gatun.quant.Nf4Kernels;
import dev.gatun.quant.Nf4Matrix;
import dev.gatun.quant.QuantState;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.cpu.Bf16Rows;
import dev.gatun.tensor.cpu.F16Rows;
import dev.gatun.tensor.cpu.F32Rows;
import dev.gatun.tensor.cpu.Fill;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.Lanes;
import dev.gatun.tensor.cpu.Pool;
import dev.gatun.tensor.cpu.VectorMatmul;
import java.util.ArrayList;
import java.util.List;

/// The front door of the vector kernels for 4-bit codes: tensors in, addresses out.
final class VectorNf4 implements Nf4Kernels {
    private final Pool pool;
    private final ReferenceNf4 reference;

    VectorNf4(Pool pool) {
        this.pool = pool;
        this.reference = new ReferenceNf4(pool);
    }

    @Override
    public void quantize(Tensor packed, Tensor absmax, Tensor matrix, Codebook codebook, int blockSize) {
        long x = HostBuffer.address(matrix);
        Fill source = switch (matrix.dtype()) {
            case BF16 -> new Bf16Rows(x, 0, 0);
            case F16 -> new F16Rows(x, 0, 0);
            default -> new F32Rows(x, 0, 0);
        };
        new Nf4Quantizer(codebook, blockSize).run(pool, source, matrix.size(), HostBuffer.address(packed), HostBuffer.address(absmax));
        fence(packed, absmax, matrix);
    }

    @Override
    public void quantizeScales(Tensor codes, Tensor scales, Tensor values, float offset) {
        reference.quantizeScales(codes, scales, values, offset);
    }

    @Override
    public Nf4Matrix arrange(QuantState state, Memory memory) {
        return reference.arrange(state, memory);
    }

    @Override
    public QuantState restore(Nf4Matrix matrix, Memory memory) {
        return reference.restore(matrix, memory);
    }

    @Override
    public void linear(Tensor y, Tensor x, Nf4Matrix w) {
        long m = x.size() / w.columns();
        VectorMatmul.linear(pool, HostBuffer.address(y), 4 * w.rows(), HostBuffer.address(x), 4 * w.columns(), new Nf4Rows(w), m, w.rows());
        fence(y, x, w);
    }

    @Override
    public void linear(List<Tensor> ys, Tensor x, List<Nf4Matrix> ws) {
        long k = ws.getFirst().columns();
        List<VectorMatmul.Product> products = new ArrayList<>();
        for (int i = 0; i < ws.size(); i++) {
            long n = ws.get(i).rows();
            products.add(new VectorMatmul.Product(new Nf4Rows(ws.get(i)), HostBuffer.address(ys.get(i)), 4 * n, n));
        }
        VectorMatmul.linear(pool, HostBuffer.address(x), 4 * k, x.size() / k, products);
        fence(ys, x, ws);
    }

    @Override
    public void linearTransposed(Tensor y, Tensor x, Nf4Matrix w) {
        long m = y.size() / w.columns();
        int n = Math.toIntExact(w.rows());
        VectorMatmul.linearTransposed(pool, HostBuffer.address(y), 4 * w.columns(), HostBuffer.address(x), 4L * n, new Nf4Rows(w), m, n);
        fence(y, x, w);
    }

    @Override
    public void rows(Tensor y, Nf4Matrix w, Tensor ids) {
        long from = HostBuffer.address(ids);
        for (long i = 0; i < ids.size(); i++) {
            ReferenceNf4.checkedRow(w, Lanes.ALL.get(Lanes.INT, from + 4 * i));
        }
        rows(y, w, i -> Lanes.ALL.get(Lanes.INT, from + 4 * i));
        fence(y, ids, w);
    }

    @Override
    public void dequantize(Tensor y, Nf4Matrix w, long first) {
        rows(y, w, i -> first + i);
        fence(y, y, w);
    }

    @FunctionalInterface
    private interface Choice {
        long row(long i);
    }

    private void rows(Tensor y, Nf4Matrix w, Choice choice) {
        int k = (int) w.columns();
        Nf4Rows rows = new Nf4Rows(w);
        long to = HostBuffer.address(y);
        pool.run(y.size() / k, Math.max(1, 16384 / k), (first, last, worker) -> {
            float[] row = pool.scratch(worker, k);
            for (long i = first; i < last; i++) {
                rows.fill(choice.row(i), 1, 0, k, row, 0, 0);
                for (int j = 0; j < k; j++) {
                    Lanes.ALL.set(Lanes.FLOAT, to + 4 * (i * k + j), row[j]);
                }
            }
        });
    }

    private static void fence(Object a, Object b, Object c) {
        reachabilityFence(a);
        reachabilityFence(b);
        reachabilityFence(c);
    }
}
