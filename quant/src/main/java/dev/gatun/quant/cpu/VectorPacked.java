package dev.gatun.quant.cpu;

import static java.lang.ref.Reference.reachabilityFence;

import dev.gatun.quant.Int4Kernels;
import dev.gatun.quant.Int8DynamicKernels;
import dev.gatun.quant.Int8Kernels;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.cpu.Bf16Rows;
import dev.gatun.tensor.cpu.F16Rows;
import dev.gatun.tensor.cpu.F32Rows;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.Pool;
import dev.gatun.tensor.cpu.VectorMatmul;
import dev.gatun.tensor.cpu.WeightRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The front door of the vector kernels: tensors in, addresses out.
record VectorPacked(Pool pool, Format format) implements Int8Kernels, Int8DynamicKernels, Int4Kernels {
    /// Weights that a chunk touches at least, where rows are computed one by one.
    private static final long CHUNK = 1 << 14;

    enum Format {
        INT8,
        INT8_DYNAMIC,
        INT4;

        WeightRows rows(long codes, long scales, int k) {
            return switch (this) {
                case INT8 -> new Int8Rows(codes, k);
                case INT8_DYNAMIC -> new Int8DynamicRows(codes, scales, k);
                case INT4 -> new Int4Rows(codes, k);
            };
        }
    }

    @Override
    public void quantize(Tensor codes, Tensor scales, Tensor matrix) {
        int k = (int) matrix.dim(1);
        if (codes.size() == 0) {
            return;
        }
        long address = HostBuffer.address(matrix);
        WeightRows stored = switch (matrix.dtype()) {
            case BF16 -> new Bf16Rows(address, 2L * k, k);
            case F16 -> new F16Rows(address, 2L * k, k);
            default -> new F32Rows(address, 4L * k, k);
        };
        long to = HostBuffer.address(codes);
        long toScales = HostBuffer.address(scales);
        long stride = codes.dim(1);
        long scaleStride = scales.dtype().bytes() * (scales.rank() == 1 ? 1 : scales.dim(1));
        int padded = Rounding.groups(k) * Rounding.GROUP;
        pool.run(matrix.dim(0), CHUNK / k + 1, (from, end, worker) -> {
            float[] row = pool.scratch(worker, padded);
            int[] ints = new int[Rounding.GROUP];
            float[] trial = new float[3 * Rounding.CANDIDATES];
            for (long r = from; r < end; r++) {
                stored.fill(r, 1, 0, k, row, 0, padded);
                Arrays.fill(row, k, padded, 0);
                long c = to + r * stride;
                long s = toScales + r * scaleStride;
                switch (format) {
                    case INT8 -> GroupCodes.int8(row, ints, k, c, s);
                    case INT8_DYNAMIC -> GroupCodes.int8Dynamic(row, ints, k, c, s);
                    case INT4 -> GroupCodes.int4(row, ints, trial, k, c, s);
                }
            }
        });
        reachabilityFence(codes);
        reachabilityFence(scales);
        reachabilityFence(matrix);
    }

    @Override
    public void linear(Tensor y, Tensor x, Tensor codes, Tensor scales) {
        long n = y.dim(-1);
        int k = (int) x.dim(-1);
        long m = n == 0 ? 0 : y.size() / n;
        WeightRows rows = format.rows(HostBuffer.address(codes), HostBuffer.address(scales), k);
        Tensor rounded = rows.dots(m) ? x : rounded(x, (int) m, k);
        if (inPanels(m)) {
            Int4Panels.linear(pool, HostBuffer.address(x), 4L * k, m, List.of(new VectorMatmul.Product(rows, HostBuffer.address(y), 4 * n, n)));
        } else {
            VectorMatmul.linear(pool, HostBuffer.address(y), 4 * n, HostBuffer.address(rounded), 4L * k, rows, m, n);
        }
        reachabilityFence(y);
        reachabilityFence(rounded);
        reachabilityFence(codes);
        reachabilityFence(scales);
    }

    @Override
    public void linear(List<Tensor> ys, Tensor x, List<Tensor> codes, List<Tensor> scales) {
        int k = (int) x.dim(-1);
        long m = x.shape().rows();
        List<VectorMatmul.Product> products = new ArrayList<>();
        for (int i = 0; i < ys.size(); i++) {
            WeightRows rows = format.rows(HostBuffer.address(codes.get(i)), HostBuffer.address(scales.get(i)), k);
            if (!rows.dots(m)) {
                Int8Kernels.super.linear(ys, x, codes, scales);
                return;
            }
            products.add(new VectorMatmul.Product(
                    rows,
                    HostBuffer.address(ys.get(i)),
                    4 * ys.get(i).dim(-1),
                    ys.get(i).dim(-1)));
        }
        if (inPanels(m)) {
            Int4Panels.linear(pool, HostBuffer.address(x), 4L * k, m, products);
        } else {
            VectorMatmul.linear(pool, HostBuffer.address(x), 4L * k, m, products);
        }
        reachabilityFence(ys);
        reachabilityFence(x);
        reachabilityFence(codes);
        reachabilityFence(scales);
    }

    private boolean inPanels(long m) {
        return format == Format.INT4 && Int4Panels.multiply(m);
    }

    /// The x that a product with few rows computes with, for the product that packs.
    private Tensor rounded(Tensor x, int m, int k) {
        if (format != Format.INT8_DYNAMIC) {
            return x;
        }
        Tensor y = x.like();
        long from = HostBuffer.address(x);
        long to = HostBuffer.address(y);
        int padded = Rounding.groups(k) * Rounding.GROUP;
        pool.run(m, CHUNK / Math.max(k, 1) + 1, (first, end, worker) -> {
            float[] t = pool.scratch(worker, padded);
            for (long i = first; i < end; i++) {
                Order.copy(from + i * 4L * k, k, t, 0, padded);
                Activations.scale(t, 0, padded, Activations.round(t, 0, padded));
                Order.store(t, 0, k, to + i * 4L * k);
            }
        });
        reachabilityFence(x);
        return y;
    }

    @Override
    public void linearTransposed(Tensor dx, Tensor dy, Tensor codes, Tensor scales) {
        long k = dx.dim(-1);
        int n = (int) dy.dim(-1);
        long m = k == 0 ? 0 : dx.size() / k;
        WeightRows rows = format.rows(HostBuffer.address(codes), HostBuffer.address(scales), (int) k);
        VectorMatmul.linearTransposed(pool, HostBuffer.address(dx), 4 * k, HostBuffer.address(dy), 4L * n, rows, m, n);
        reachabilityFence(dx);
        reachabilityFence(dy);
        reachabilityFence(codes);
        reachabilityFence(scales);
    }

    @Override
    public void decode(Tensor y, long from, Tensor codes, Tensor scales) {
        int k = (int) y.dim(1);
        long to = HostBuffer.address(y);
        WeightRows rows = format.rows(HostBuffer.address(codes), HostBuffer.address(scales), k);
        pool.run(y.dim(0), CHUNK / Math.max(k, 1) + 1, (first, end, worker) -> {
            float[] row = pool.scratch(worker, k);
            for (long r = first; r < end; r++) {
                rows.fill(from + r, 1, 0, k, row, 0, k);
                Order.store(row, 0, k, to + r * 4L * k);
            }
        });
        reachabilityFence(y);
        reachabilityFence(codes);
        reachabilityFence(scales);
    }

    @Override
    public void arrange(Tensor tiles, Tensor codes, Tensor scales) {
        tiles().arrange(pool, tiles, codes, scales);
    }

    @Override
    public void restore(Tensor codes, Tensor scales, Tensor tiles) {
        tiles().restore(pool, codes, scales, tiles);
    }

    private TileLayout tiles() {
        return format == Format.INT4 ? TileLayout.INT4 : TileLayout.INT8;
    }
}
