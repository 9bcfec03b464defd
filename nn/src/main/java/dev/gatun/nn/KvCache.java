package dev.gatun.nn;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Attention;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The keys and values of an attention layer, for every position so far. All its memory is taken at
/// once; a head's keys lie behind each other, since that is how they are read.
public final class KvCache implements LayerState {
    /// How keys and values are stored.
    public enum Format {
        /// As they are computed.
        F32,
        /// Rounded to bfloat16: half the memory, 8 significant bits.
        BF16,
        /// Rounded to 8 bits, each head's vector by its largest element: a good quarter of the memory.
        INT8;

        /// {@return the format of this name}
        ///
        /// @param name `f32`, `bf16` or `int8`
        /// @throws IllegalArgumentException if there is none; the message lists what there is
        public static Format named(String name) {
            for (Format format : values()) {
                if (format.toString().equals(name)) {
                    return format;
                }
            }
            throw new IllegalArgumentException("key-value cache \"" + name + "\"; known are "
                    + Arrays.stream(values()).map(Format::toString).collect(Collectors.joining(", ")));
        }

        private DType type() {
            return switch (this) {
                case F32 -> DType.F32;
                case BF16 -> DType.BF16;
                case INT8 -> DType.I8;
            };
        }

        /// The name: `int8`.
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Vectors of all positions, as stored.
    ///
    /// @param elements `[B, Hkv, S, D]`
    /// @param scales f32 `[B, Hkv, S]` where elements are of 8 bits, otherwise null
    private record Store(Tensor elements, @Nullable Tensor scales) {
        static Store of(Room room, long heads, long headDim) {
            return new Store(
                    room.memory.allocate(room.format.type(), room.batch, heads, room.length, headDim),
                    room.format == Format.INT8 ? room.memory.allocate(DType.F32, room.batch, heads, room.length) : null);
        }

        /// Writes the vectors `[B, T, Hkv, D]` of some positions.
        void put(Tensor x, long from, long to) {
            Tensor room = elements.slice(2, from, to);
            if (scales == null) {
                room.set(x.transpose(1, 2));
            } else {
                Attention.toInt8(
                        x, room.transpose(1, 2), scales.slice(2, from, to).transpose(1, 2));
            }
        }

        /// `[B, S, Hkv, D]`, a view.
        Tensor elements(long to) {
            return elements.slice(2, 0, to).transpose(1, 2);
        }

        /// `[B, S, Hkv]`, a view.
        Tensor scales(long to) {
            return java.util.Objects.requireNonNull(scales).slice(2, 0, to).transpose(1, 2);
        }

        long bytes() {
            return elements.size() * elements.dtype().bytes() + (scales == null ? 0 : scales.size() * Float.BYTES);
        }
    }

    private final Store keys;
    private final Store values;
    private final Format format;
    private final @Nullable Tensor padding;
    private final @Nullable Tensor starts;
    private long position;

    private KvCache(Store keys, Store values, Room room) {
        this.keys = keys;
        this.values = values;
        this.format = room.format;
        this.padding = room.padding;
        this.starts = room.starts;
    }

    /// What a sequence, or a batch of them, needs of every layer's state.
    ///
    /// @param memory where it lives
    /// @param batch how many sequences
    /// @param length how many positions at most
    /// @param format how keys and values are stored
    /// @param padding i32 `[batch]`, how many positions at the front of each sequence are padding;
    ///     null for none
    /// @param starts i32 `[batch, T]`, where in its row the text of each position begins; null if each row holds one
    public record Room(
            Memory memory,
            long batch,
            long length,
            Format format,
            @Nullable Tensor padding,
            @Nullable Tensor starts) {
        /// Room for texts that are one to a row.
        ///
        /// @param memory where it lives
        /// @param batch how many sequences
        /// @param length how many positions at most
        /// @param format how keys and values are stored
        /// @param padding i32 `[batch]`, how many positions at the front of each sequence are padding; null for none
        public Room(Memory memory, long batch, long length, Format format, @Nullable Tensor padding) {
            this(memory, batch, length, format, padding, null);
        }

        /// {@return room for one sequence without padding, in f32}
        ///
        /// @param memory where it lives
        /// @param length how many positions at most
        public static Room of(Memory memory, long length) {
            return of(memory, length, Format.F32);
        }

        /// {@return room for one sequence without padding}
        ///
        /// @param memory where it lives
        /// @param length how many positions at most
        /// @param format how keys and values are stored
        public static Room of(Memory memory, long length, Format format) {
            return new Room(memory, 1, length, format, null, null);
        }

        /// {@return no room at all: for sequences that go in whole, as in training}. Layers see what they are given and remember nothing.
        ///
        /// @param memory where states live that a layer needs nevertheless
        /// @param starts i32 `[B, T]`, where in its row the text of each position begins, if rows hold several texts that must not see each other; null if
        ///     they hold one
        public static Room none(Memory memory, @Nullable Tensor starts) {
            return new Room(memory, 0, 0, Format.F32, null, starts);
        }
    }

    /// An empty cache.
    ///
    /// @param room for which sequences
    /// @param heads Hkv
    /// @param headDim D
    /// @return the cache
    public static KvCache of(Room room, long heads, long headDim) {
        return new KvCache(Store.of(room, heads, headDim), Store.of(room, heads, headDim), room);
    }

    /// Adds the next positions.
    ///
    /// @param k `[B, T, Hkv, D]`, rotated to their positions
    /// @param v `[B, T, Hkv, D]`
    /// @throws IllegalStateException if there is no room for T more
    public void append(Tensor k, Tensor v) {
        long end = position + k.dim(1);
        if (end > capacity()) {
            throw new IllegalStateException(
                    "the key-value cache holds " + capacity() + " positions and " + end + " are wanted; open the session with a longer context");
        }
        keys.put(k, position, end);
        values.put(v, position, end);
        position = end;
    }

    /// Adds the next positions and lets them attend to all so far: see [Attention#causal]. With no room, they attend to each other.
    ///
    /// @param q `[B, T, H, D]`, rotated to their positions
    /// @param k `[B, T, Hkv, D]`, rotated to their positions
    /// @param v `[B, T, Hkv, D]`
    /// @param scale of the scores, as 1/√D
    /// @return `[B, T, H, D]`
    /// @throws IllegalStateException if there is no room for T more
    public Tensor attend(Tensor q, Tensor k, Tensor v, float scale) {
        if (capacity() == 0) {
            return Attention.causal(q, k, v, padding, starts, scale);
        }
        append(k, v);
        return attend(q, scale);
    }

    /// Causal attention of the last T positions to all so far: see [Attention#causal].
    ///
    /// @param q `[B, T, H, D]`, rotated to their positions, which [#append] has added
    /// @param scale of the scores, as 1/√D
    /// @return `[B, T, H, D]`
    public Tensor attend(Tensor q, float scale) {
        if (q.rank() != 4 || q.dim(1) > position) {
            throw new ShapeException("attention: q " + q.describe() + " — want [B,T,H,D] with T of the " + position + " positions there are");
        }
        Tensor k = keys.elements(position);
        Tensor v = values.elements(position);
        return format == Format.INT8
                ? Attention.causalInt8(q, k, keys.scales(position), v, values.scales(position), padding, scale)
                : Attention.causal(q, k, v, padding, scale);
    }

    /// {@return how many positions it has room for}
    public long capacity() {
        return keys.elements.dim(2);
    }

    /// {@return how much memory it takes, in bytes}
    public long bytes() {
        return keys.bytes() + values.bytes();
    }

    /// {@return how many positions at the front of each sequence are padding, i32 `[B]`; null for
    /// none}
    public @Nullable Tensor padding() {
        return padding;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public void rewind(long to) {
        if (to < 0 || to > position) {
            throw new IllegalArgumentException("rewind to " + to + " of " + position);
        }
        position = to;
    }
}
