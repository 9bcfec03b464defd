package dev.gatun.models;

import dev.gatun.nn.KvCache;
import dev.gatun.nn.LayerState;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Workspace;
import dev.gatun.tensor.ops.Losses;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// One conversation with a model: what its layers remember, and the memory that a step computes
/// in. A model has any number of sessions at once; a session belongs to one thread at a time.
///
/// Long inputs are taken in chunks, so that they need no more memory than short ones.
public final class Session implements AutoCloseable {
    private static final int CHUNK = 512;

    /// Rows of logits at once when all are wanted: a vocabulary is wide.
    private static final int LOGIT_ROWS = 64;

    private final Decoder decoder;
    private final Resident resident;
    private final Workspace workspace;
    private final List<LayerState> states;
    private final long length;
    private long position;

    /// @param decoder the model
    /// @param device where it computes
    /// @param length how many positions there is room for
    public Session(Decoder decoder, Device device, long length) {
        this(decoder, device, length, KvCache.Format.F32);
    }

    /// @param decoder the model
    /// @param device where it computes
    /// @param length how many positions there is room for
    /// @param cache how keys and values are stored
    public Session(Decoder decoder, Device device, long length, KvCache.Format cache) {
        if (length < 1) {
            throw new IllegalArgumentException("context " + length + " — want at least 1");
        }
        this.decoder = decoder;
        this.length = length;
        resident = new Resident(device, "a session");
        workspace = new Workspace(device);
        states = decoder.layers().newStates(KvCache.Room.of(resident, length, cache));
    }

    /// {@return how many tokens there are to score}
    int vocabSize() {
        return decoder.vocabSize();
    }

    /// {@return how many positions there is room for}
    public long length() {
        return length;
    }

    /// {@return how many positions are taken}
    public long position() {
        return position;
    }

    /// Forgets everything behind a position, to go on from there.
    ///
    /// @param to from 0 to the present position
    public void rewind(long to) {
        states.forEach(state -> state.rewind(to));
        position = to;
    }

    /// Takes the next tokens.
    ///
    /// @param ids at least one
    /// @return the scores of what comes after the last of them, `[V]`, valid until the next call
    /// @throws IllegalStateException if there is no room for them
    public Tensor forward(int... ids) {
        Tensor last = run(ids, h -> {});
        return decoder.logits(decoder.norm(last)).reshape(decoder.vocabSize());
    }

    /// Takes the next tokens and gives the scores after every one of them, a few rows at a time.
    ///
    /// @param ids at least one
    /// @param rows receives `[n, V]`, valid during the call; all calls together have a row for each
    ///     id, in order
    public void forward(int[] ids, Consumer<Tensor> rows) {
        run(ids, h -> {
            for (long at = 0; at < h.dim(1); at += LOGIT_ROWS) {
                long to = Math.min(h.dim(1), at + LOGIT_ROWS);
                Tensor some = h.slice(1, at, to).reshape(to - at, h.dim(2));
                rows.accept(decoder.logits(decoder.norm(some)));
            }
        });
    }

    /// How likely a text is: the negative log-likelihood of each next token, in nats.
    ///
    /// @param ids at least two
    /// @return one number for each id but the first
    public float[] negativeLogLikelihoods(int... ids) {
        float[] losses = new float[ids.length - 1];
        int[] done = {0};
        forward(Arrays.copyOf(ids, ids.length - 1), logits -> {
            int n = (int) logits.dim(0);
            int[] labels = Arrays.copyOfRange(ids, done[0] + 1, done[0] + 1 + n);
            Tensor label = logits.like(DType.I32, Shape.of(n));
            label.write(labels);
            float[] some = Losses.crossEntropy(logits, label).toArray();
            System.arraycopy(some, 0, losses, done[0], n);
            done[0] += n;
        });
        return losses;
    }

    /// Every chunk's last hidden states go to a consumer; those of the last position come back.
    private Tensor run(int[] ids, Consumer<Tensor> chunks) {
        if (ids.length == 0) {
            throw new IllegalArgumentException("no tokens: a session takes at least one");
        }
        if (position + ids.length > length) {
            throw new IllegalStateException(ids.length + " tokens behind " + position + " do not fit this session's context of " + length);
        }
        for (int id : ids) {
            if (id < 0 || id >= decoder.vocabSize()) {
                throw new IllegalArgumentException("token " + id + " — the model knows 0 to " + (decoder.vocabSize() - 1));
            }
        }
        Tensor last = null;
        for (int from = 0; from < ids.length; from += CHUNK) {
            int to = Math.min(ids.length, from + CHUNK);
            workspace.reset();
            Tensor chunk = workspace.ints(Arrays.copyOfRange(ids, from, to), 1, to - from);
            Tensor h = decoder.layers().forward(decoder.embed(chunk), states);
            position += to - from;
            chunks.accept(h);
            last = h.slice(1, to - from - 1, to - from);
        }
        return java.util.Objects.requireNonNull(last);
    }

    /// {@return how much memory it takes, in bytes}
    public long bytes() {
        return resident.bytes() + workspace.highWater();
    }

    /// {@return how much of it the layers' states take: keys and values}
    public long stateBytes() {
        return resident.bytes();
    }

    @Override
    public void close() {
        workspace.close();
        resident.close();
    }
}
