package dev.gatun.quant.cpu;

import dev.gatun.quant.Int4Kernels;
import dev.gatun.quant.Int8DynamicKernels;
import dev.gatun.quant.Int8Kernels;
import dev.gatun.quant.Nf4Kernels;
import dev.gatun.quant.TernaryKernels;
import dev.gatun.tensor.cpu.CpuFamilies;
import dev.gatun.tensor.cpu.Pool;
import java.util.HashMap;
import java.util.Map;

/// The CPU kernels of this module's weight formats.
public final class QuantFamilies implements CpuFamilies {
    @Override
    public Map<Class<?>, Object> on(Pool pool, boolean vectors) {
        Map<Class<?>, Object> families = new HashMap<>();
        families.put(Nf4Kernels.class, vectors ? Vectors.nf4(pool) : new ReferenceNf4(pool));
        families.put(Int8Kernels.class, vectors ? Vectors.int8(pool) : new ReferencePacked(pool, ReferencePacked.Format.INT8));
        families.put(Int8DynamicKernels.class, vectors ? Vectors.int8Dynamic(pool) : new ReferencePacked(pool, ReferencePacked.Format.INT8_DYNAMIC));
        families.put(Int4Kernels.class, vectors ? Vectors.int4(pool) : new ReferencePacked(pool, ReferencePacked.Format.INT4));
        families.put(TernaryKernels.class, vectors ? Vectors.ternary(pool) : new ReferenceTernary(pool, TernaryArithmetic.PLAIN));
        return families;
    }

    /// What links to the Vector API.
    private static final class Vectors {
        static Object nf4(Pool pool) {
            return new VectorNf4(pool);
        }

        static Object int8(Pool pool) {
            return new VectorPacked(pool, VectorPacked.Format.INT8);
        }

        static Object int8Dynamic(Pool pool) {
            return new VectorPacked(pool, VectorPacked.Format.INT8_DYNAMIC);
        }

        static Object ternary(Pool pool) {
            return new VectorTernary(pool);
        }

        static Object int4(Pool pool) {
            return new VectorPacked(pool, VectorPacked.Format.INT4);
        }
    }
}
