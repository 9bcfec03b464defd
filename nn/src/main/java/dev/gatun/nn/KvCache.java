package dev.gatun.nn;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// The keys and values of an attention layer, for every position so far. All its memory is taken at
/// once; a head's keys lie behind each other, since that is how they are read.
public final class KvCache implements LayerState {
    private final Tensor keys; // [B, Hkv, S, D]
    private final Tensor values; // [B, Hkv, S, D]
    private final @Nullable Tensor padding;
    private long position;

    private KvCache(Tensor keys, Tensor values, @Nullable Tensor padding) {
        this.keys = keys;
        this.values = values;
        this.padding = padding;
    }

    /// What a sequence, or a batch of them, needs of every layer's state.
    ///
    /// @param memory where it lives
    /// @param batch how many sequences
    /// @param length how many positions at most
    /// @param padding i32 `[batch]`, how many positions at the front of each sequence are padding;
    ///     null for none
    public record Room(
            Memory memory,
            long batch,
            long length,
            @Nullable Tensor padding) {
        /// {@return room for one sequence without padding}
        ///
        /// @param memory where it lives
        /// @param length how many positions at most
        public static Room of(Memory memory, long length) {
            return new Room(memory, 1, length, null);
        }

        /// {@return no room at all: for sequences that go in whole, as in training}. Layers see what they are given and remember nothing.
        ///
        /// @param memory where states live that a layer needs nevertheless
        /// @param padding i32 `[batch]`, how many positions at the front of each sequence are padding; null for none
        public static Room none(Memory memory, @Nullable Tensor padding) {
            return new Room(memory, 0, 0, padding);
        }
    }

    /// An empty cache.
    ///
    /// @param room for which sequences
    /// @param heads Hkv
    /// @param headDim D
    /// @return the cache
    public static KvCache of(Room room, long heads, long headDim) {
        return new KvCache(
                room.memory.allocate(DType.F32, room.batch, heads, room.length, headDim),
                room.memory.allocate(DType.F32, room.batch, heads, room.length, headDim),
                room.padding);
    }

    /// Keys and values of all positions so far.
    ///
    /// @param keys `[B, S, Hkv, D]`, a view
    /// @param values `[B, S, Hkv, D]`, a view
    public record Entries(Tensor keys, Tensor values) {}

    /// Adds the next positions.
    ///
    /// @param k `[B, T, Hkv, D]`, rotated to their positions
    /// @param v `[B, T, Hkv, D]`
    /// @return everything up to now
    /// @throws IllegalStateException if there is no room for T more
    public Entries append(Tensor k, Tensor v) {
        if (keys.size() == 0) {
            return new Entries(k, v);
        }
        long end = position + k.dim(1);
        if (end > capacity()) {
            throw new IllegalStateException(
                    "the key-value cache holds " + capacity() + " positions and " + end + " are wanted; open the session with a longer context");
        }
        keys.slice(2, position, end).set(k.transpose(1, 2));
        values.slice(2, position, end).set(v.transpose(1, 2));
        position = end;
        return new Entries(upTo(keys, end), upTo(values, end));
    }

    private static Tensor upTo(Tensor entries, long end) {
        return entries.slice(2, 0, end).transpose(1, 2);
    }

    /// {@return how many positions it has room for}
    public long capacity() {
        return keys.dim(2);
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
