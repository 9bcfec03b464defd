package dev.gatun.nn;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// The last output of a recurrence, for each sequence of a batch: as large after a million positions as after one.
public final class RecurrentState implements LayerState {
    private final Tensor last; // [B, C]
    private final @Nullable Tensor recent; // [B, W − 1, C]
    private final @Nullable Tensor padding;
    private long position;

    private RecurrentState(Tensor last, @Nullable Tensor recent, @Nullable Tensor padding) {
        this.last = last;
        this.recent = recent;
        this.padding = padding;
        rewind(0);
    }

    /// The state of a sequence at its beginning: zeros.
    ///
    /// @param room for which sequences; its length does not matter
    /// @param channels C of the recurrence
    /// @return the state
    public static RecurrentState of(KvCache.Room room, long channels) {
        return new RecurrentState(room.memory().allocate(DType.F32, room.batch(), channels), null, room.padding());
    }

    /// The state of a sequence whose inputs go through short convolutions: their last inputs, too.
    ///
    /// @param room for which sequences
    /// @param channels C of the recurrence
    /// @param width W, positions that a convolution sees
    /// @param convolved channels that are convolved
    /// @return the state
    public static RecurrentState of(KvCache.Room room, long channels, int width, long convolved) {
        Memory memory = room.memory();
        Tensor recent = memory.allocate(DType.F32, room.batch(), width - 1, convolved);
        return new RecurrentState(memory.allocate(DType.F32, room.batch(), channels), recent, room.padding());
    }

    /// {@return h of the last position, f32 `[B, C]`}; what [dev.gatun.tensor.ops.Scan] reads and writes.
    public Tensor last() {
        return last;
    }

    /// {@return the inputs of a short convolution at the last W − 1 positions, f32 `[B, W − 1, C]`, the latest last; null if there is no convolution}
    public @Nullable Tensor recent() {
        return recent;
    }

    /// {@return how many positions at the front of each sequence are padding, i32 `[B]`; null for none}
    public @Nullable Tensor padding() {
        return padding;
    }

    /// Notes that a layer has gone on.
    ///
    /// @param positions how many positions
    public void advance(long positions) {
        position += positions;
    }

    @Override
    public long position() {
        return position;
    }

    /// Forgets everything, or nothing: the state of a position in between is gone.
    ///
    /// @throws IllegalArgumentException if it is neither 0 nor the present position
    @Override
    public void rewind(long to) {
        if (to != 0 && to != position) {
            throw new IllegalArgumentException(
                    "rewind to " + to + " of " + position + " — a recurrent state keeps no past: go back to 0 and give it the tokens again");
        }
        if (to == 0) {
            zero(last);
            if (recent != null) {
                zero(recent);
            }
            position = 0;
        }
    }

    private static void zero(Tensor tensor) {
        tensor.write(new float[Math.toIntExact(tensor.size())]);
    }
}
