package dev.gatun.nn;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// The last output of a recurrence, for each sequence of a batch: as large after a million positions as after one.
public final class RecurrentState implements LayerState {
    private final Tensor last; // [B, C]
    private final @Nullable Tensor padding;
    private final @Nullable Tensor starts;
    private long position;

    private RecurrentState(Tensor last, @Nullable Tensor padding, @Nullable Tensor starts) {
        this.last = last;
        this.padding = padding;
        this.starts = starts;
        zero(last);
    }

    /// The state of a sequence at its beginning: zeros.
    ///
    /// @param room for which sequences; its length does not matter
    /// @param channels C
    /// @return the state
    public static RecurrentState of(KvCache.Room room, long channels) {
        return new RecurrentState(room.memory().allocate(DType.F32, room.batch(), channels), room.padding(), room.starts());
    }

    /// What [dev.gatun.tensor.ops.Scan] goes on from, and leaves its last output in.
    ///
    /// @param x an activation of the layer, `[B, …]`
    /// @return f32 `[B, C]`; zeros that are forgotten with the activation, if the state has no room because sequences go in whole
    public Tensor last(Tensor x) {
        if (last.dim(0) == x.dim(0)) {
            return last;
        }
        if (last.dim(0) != 0) {
            throw new IllegalArgumentException("a state of " + last.dim(0) + " sequences, and " + x.describe());
        }
        Tensor none = x.like(x.dim(0), last.dim(1));
        zero(none);
        return none;
    }

    /// {@return how many positions at the front of each sequence are padding, i32 `[B]`; null for none}
    public @Nullable Tensor padding() {
        return padding;
    }

    /// Forget gates where rows hold several texts: 0 where one begins, since it knows nothing of the one before.
    ///
    /// @param f `[B, T, C]`
    /// @return f itself if each row holds one text
    public Tensor forget(Tensor f) {
        if (starts == null) {
            return f;
        }
        int[] begins = starts.toInts();
        float[] kept = new float[begins.length];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = begins[i] == i % f.dim(1) ? 0 : 1;
        }
        Tensor mask = f.like(f.dim(0), f.dim(1), 1);
        mask.write(kept);
        return f.mul(mask);
    }

    /// Notes that the layer has gone on.
    ///
    /// @param positions how many positions
    public void advance(long positions) {
        position += positions;
    }

    @Override
    public long position() {
        return position;
    }

    /// Forgets everything, or nothing: the states in between are gone.
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
            position = 0;
        }
    }

    private static void zero(Tensor tensor) {
        tensor.write(new float[Math.toIntExact(tensor.size())]);
    }
}
