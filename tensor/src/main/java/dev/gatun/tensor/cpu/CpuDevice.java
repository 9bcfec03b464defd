package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Buffer;
import dev.gatun.tensor.Device;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;

/// The CPU: a worker pool and the families of kernels that run on it, vectorized where
/// `jdk.incubator.vector` is present.
public final class CpuDevice extends Device {
    private static final System.Logger LOG = System.getLogger("dev.gatun");

    private final Pool pool;
    private final Map<Class<?>, Object> families;
    private final String description;
    private final boolean closable;

    private CpuDevice(int threads, boolean vectors, boolean closable) {
        this.pool = new Pool(threads);
        this.closable = closable;
        Map<Class<?>, Object> all = new HashMap<>(vectors ? VectorFamilies.on(pool) : ReferenceFamilies.on(pool));
        // Asked of this class's own loader, so that a library inside a container finds what lies beside it.
        ServiceLoader.load(CpuFamilies.class, CpuDevice.class.getClassLoader()).forEach(more -> all.putAll(more.on(pool, vectors)));
        families = Map.copyOf(all);
        String lanes = vectors ? VectorFamilies.description() : "scalar reference kernels";
        description = "cpu, " + threads + (threads == 1 ? " thread, " : " threads, ") + lanes;
    }

    private static final class Shared {
        static final CpuDevice DEVICE = new CpuDevice(Runtime.getRuntime().availableProcessors(), hasVectors(), false);
    }

    private static final class Scalar {
        static final CpuDevice DEVICE = new CpuDevice(1, false, false);
    }

    /// {@return the device of all cores}
    public static CpuDevice shared() {
        return Shared.DEVICE;
    }

    /// {@return the device of the reference kernels}
    public static CpuDevice reference() {
        return Scalar.DEVICE;
    }

    /// {@return a device with a pool of its own}
    ///
    /// @param threads how many compute, the caller included
    public static CpuDevice of(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads " + threads + " — at least 1");
        }
        return new CpuDevice(threads, hasVectors(), true);
    }

    /// Whether the Vector API can be used. Asked before any class that links to it is touched.
    private static boolean hasVectors() {
        boolean present =
                ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() && !"scalar".equals(System.getProperty("gatun.vector.bits"));
        if (!present && !Warned.once()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "no SIMD: the slow scalar kernels are used; start Java with" + " --add-modules jdk.incubator.vector");
        }
        return present;
    }

    private static final class Warned {
        private static boolean before;

        static synchronized boolean once() {
            boolean was = before;
            before = true;
            return was;
        }
    }

    /// {@return memory that somebody else owns, as a buffer of this device}
    ///
    /// @param segment native, readable by every thread
    public Buffer wrap(MemorySegment segment) {
        return HostBuffer.borrowed(this, segment);
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public int threads() {
        return pool.threads();
    }

    @Override
    public <K> K kernels(Class<K> family) {
        Object kernels = families.get(family);
        if (kernels == null) {
            throw new IllegalArgumentException(name() + " has no " + family.getSimpleName() + "; it has " + families.keySet());
        }
        return family.cast(kernels);
    }

    @Override
    public Buffer allocate(long bytes) {
        return HostBuffer.owned(this, bytes);
    }

    @Override
    public Buffer allocateCollected(long bytes) {
        return HostBuffer.collected(this, bytes);
    }

    @Override
    public void close() {
        if (closable) {
            pool.close();
        }
    }
}
