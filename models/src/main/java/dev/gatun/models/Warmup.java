package dev.gatun.models;

import dev.gatun.io.Json;
import dev.gatun.io.SafeTensors;
import dev.gatun.nn.KvCache;
import dev.gatun.nn.WeightFormat;
import dev.gatun.nn.Weights;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Has the kernels compiled while a model loads, so that the first prompt of a process does not wait for the compiler: a thread that runs a model of the
/// same kind, weight format and cache, but with one narrow layer.
///
/// ```java
/// CausalLm llm;
/// try (var warmup = Warmup.start(folder, device, null, KvCache.Format.F32)) {
///     llm = CausalLm.open(folder, device);
/// }
/// ```
///
/// A kernel is compiled after so many calls and turns of its loops, however little each of them computes: on a narrow model they are over soon. The rows
/// are wide enough for the loops to turn several times, though, since the compiler takes a loop that never did for one that never will.
///
/// Results do not depend on it. It costs about a second of one core and of the compiler, so that it stays away from models whose first prompt is quicker than that.
public final class Warmup implements AutoCloseable {
    /// Parameters of a model that is worth it.
    private static final long LARGE = 100_000_000;

    /// How long it goes on for, even if the model is there earlier.
    private static final long ENOUGH_NANOS = 850_000_000;

    /// How long it goes on for if the model takes longer: then everything is compiled.
    private static final long LONGEST_NANOS = 4_000_000_000L;

    /// A prompt of so few tokens is the quickest while everything is interpreted, and has a group of four rows of x and one beside it.
    private static final int SHORT = 5;

    /// A prompt of so many is multiplied row by row, too, or by the kernels that some formats have for some rows.
    private static final int MEDIUM = 20;

    /// A prompt of so many uses the packed product.
    private static final int LONG = 96;

    private static final int STEPS = 3;

    /// Rounds from one with a long prompt to the next.
    private static final int LONG_ROUNDS = 16;

    /// What a model is made of.
    ///
    /// @param type f32, bf16 or f16: how matrices are stored that are in no other format
    /// @param format of the others; null if there are none
    /// @param plainHead whether the head is not among those others
    private record Make(DType type, @Nullable WeightFormat format, boolean plainHead) {
        /// {@return weights of this make}
        Weights weights(Resident memory) {
            Weights ramp = new Ramp(memory, type);
            return format == null ? ramp : new Formatted(ramp, format, plainHead, memory);
        }
    }

    /// Bytes of a block as prompts need them: the first that a process asks for takes a tenth of a second longer.
    private static final long BLOCK = 1 << 20;

    private final Device device;
    private final @Nullable Thread thread;
    private final long start = System.nanoTime();
    private volatile boolean loaded;

    /// Why it ended early: for tests, since whatever it was is not the business of those who wait for their own model.
    volatile @Nullable Throwable failure;

    private Warmup(long parameters, Function<Weights, Decoder> miniature, Device device, Make make, KvCache.Format cache) {
        this.device = device;
        if (parameters < LARGE) {
            thread = null;
        } else {
            thread = Thread.ofPlatform().daemon().name("gatun-warmup").unstarted(() -> run(miniature, device, make, cache));
        }
    }

    /// Begins, if the model is large.
    ///
    /// @param directory the model's folder
    /// @param device that will compute
    /// @param format into which its matrices will be brought; null if they stay as they are
    /// @param cache how keys and values will be stored
    /// @return to be closed when the model is loaded
    /// @throws RuntimeException if the folder is none that could be opened
    public static Warmup start(Path directory, Device device, @Nullable WeightFormat format, KvCache.Format cache) {
        Json config = CausalLm.config(directory);
        Map<DType, Long> elements = new EnumMap<>(DType.class);
        Checkpoint checkpoint = SafeTensors.open(directory, device);
        try {
            for (String name : checkpoint.names()) {
                elements.merge(checkpoint.dtype(name), checkpoint.shape(name).size(), Long::sum);
            }
        } finally {
            checkpoint.close();
        }
        long parameters = elements.values().stream().mapToLong(Long::longValue).sum();
        DType type = Stream.of(DType.BF16, DType.F16, DType.F32)
                .max(Comparator.comparingLong(each -> elements.getOrDefault(each, 0L)))
                .orElseThrow();
        Make make = config.has("quantization_config")
                ? new Make(
                        type, StoredFormat.of(config.at("quantization_config")).usual(), true)
                : new Make(type, format, false);
        return new Warmup(parameters, weights -> CausalLm.miniature(config, weights), device, make, cache).started();
    }

    /// Begins for a model of published sizes, if it is large.
    ///
    /// @param sizes its sizes
    /// @param device that will compute
    /// @param type f32, bf16 or f16: how matrices are stored that are in no other format
    /// @param format of the matrices, or null
    /// @param cache how keys and values will be stored
    /// @return to be closed when the model is there
    public static Warmup start(LlamaConfig sizes, Device device, DType type, @Nullable WeightFormat format, KvCache.Format cache) {
        Make make = new Make(type, format, false);
        return new Warmup(sizes.parameters(), weights -> Llama.load(sizes.miniature(), weights), device, make, cache).started();
    }

    private Warmup started() {
        if (thread != null) {
            thread.start();
        }
        return this;
    }

    private void run(Function<Weights, Decoder> miniature, Device device, Make make, KvCache.Format cache) {
        // The other cores are the compiler's: it is what takes the time.
        boolean processor = device.name().equals(Device.cpu().name());
        try (Device alone = processor ? Device.cpu(1) : device;
                Resident memory = new Resident(alone, "a warm-up")) {
            Decoder decoder = miniature.apply(make.weights(memory));
            for (int round = 1; !over(); round++) {
                try (Session session = new Session(decoder, alone, LONG + STEPS, cache)) {
                    session.forward(new int[prompt(round)]);
                    for (int i = 0; i < STEPS && !over(); i++) {
                        session.forward(i).argMax().toInts();
                    }
                }
            }
        } catch (RuntimeException | Error broken) {
            failure = broken;
        }
    }

    /// A long prompt only if there is time for it: its product has a kernel of its own.
    private int prompt(int round) {
        if (!loaded && round % LONG_ROUNDS == 0) {
            return LONG;
        }
        return round % 2 == 0 ? MEDIUM : SHORT;
    }

    private boolean over() {
        long spent = System.nanoTime() - start;
        return spent > (loaded ? ENOUGH_NANOS : LONGEST_NANOS);
    }

    /// {@return whether the model is large enough for it}
    boolean isRunning() {
        return thread != null && thread.isAlive();
    }

    /// Waits until it has been worth it, most of a second after its beginning, and ends it. Nothing of it stays behind.
    @Override
    public void close() {
        loaded = true;
        if (thread == null) {
            return;
        }
        device.allocate(BLOCK).free();
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Matrices of small numbers, without a kernel: drawing and rounding random ones would be compiled first.
    ///
    /// @param memory where vectors live
    /// @param type of the matrices
    private record Ramp(Resident memory, DType type) implements Weights {
        private static final int PERIOD = 1021;

        @Override
        public Tensor matrix(String name, long rows, long columns) {
            byte[] period = new byte[PERIOD * type.bytes()];
            ByteBuffer numbers = ByteBuffer.wrap(period).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < PERIOD; i++) {
                float value = (i * 37 % 101 - 50) / 1000f;
                switch (type) {
                    case BF16 -> numbers.putShort(DType.floatToBf16(value));
                    case F16 -> numbers.putShort(Float.floatToFloat16(value));
                    default -> numbers.putFloat(value);
                }
            }
            MemorySegment bytes = Arena.ofAuto().allocate(rows * columns * type.bytes(), 64);
            for (long at = 0; at < bytes.byteSize(); at += period.length) {
                int n = (int) Math.min(period.length, bytes.byteSize() - at);
                MemorySegment.copy(period, 0, bytes, ValueLayout.JAVA_BYTE, at, n);
            }
            return memory.view(bytes, type, Shape.of(rows, columns));
        }

        @Override
        public Tensor vector(String name, long size) {
            float[] ones = new float[Math.toIntExact(size)];
            Arrays.fill(ones, 1);
            return memory.floats(ones);
        }

        @Override
        public Device device() {
            return memory.device();
        }
    }

    /// Matrices in a format, the head among them or not.
    private record Formatted(Weights plain, WeightFormat format, boolean plainHead, Resident memory) implements Weights {
        @Override
        public Tensor matrix(String name, long rows, long columns) {
            return plain.matrix(name, rows, columns);
        }

        @Override
        public Weight weight(String name, long rows, long columns) {
            boolean outside = name.endsWith("lm_head") || name.endsWith("embed_tokens");
            return plainHead && outside ? plain.weight(name, rows, columns) : format.quantize(matrix(name, rows, columns), memory);
        }

        @Override
        public Tensor vector(String name, long size) {
            return plain.vector(name, size);
        }

        @Override
        public Device device() {
            return plain.device();
        }
    }
}
