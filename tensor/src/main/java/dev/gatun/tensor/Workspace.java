package dev.gatun.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The memory of one step: a slab that results are carved from, one behind the other, and that
/// [#reset()] empties all at once. A tensor of an earlier step is dead, and says so when touched.
///
/// A step that needs more than the slab gets more slabs; the next reset replaces them by one that
/// fits, so that from then on a step allocates nothing and finds its results at the same addresses.
/// A workspace belongs to one thread at a time.
public final class Workspace extends Memory implements AutoCloseable {
    private static final long ALIGNMENT = 64;
    private static final long SMALLEST = 1 << 16;

    private final List<Buffer> slabs = new ArrayList<>();
    private int current;
    private Buffer slab;
    private long top;
    private long full;
    private long highWater;
    private long epoch;
    private boolean closed;
    private @Nullable Tape tape;

    /// @param device where
    public Workspace(Device device) {
        this(device, SMALLEST);
    }

    /// @param device where
    /// @param bytes what a step is expected to need
    public Workspace(Device device, long bytes) {
        super(device);
        slab = device.allocate(Math.max(bytes, SMALLEST));
        slabs.add(slab);
    }

    @Override
    public Tensor allocate(DType dtype, Shape shape) {
        if (closed) {
            throw new IllegalStateException("this workspace is closed");
        }
        long bytes = Math.multiplyExact(shape.size(), dtype.bytes());
        long room = bytes + ALIGNMENT - 1 & -ALIGNMENT;
        if (top + room > slab.bytes()) {
            full += top;
            goOn(room);
        }
        Tensor tensor = new Tensor(slab, top, dtype, shape, this);
        top += room;
        highWater = Math.max(highWater, full + top);
        return tensor;
    }

    /// In the next slab that has room. Those behind the current one are empty.
    private void goOn(long room) {
        do {
            if (++current == slabs.size()) {
                slabs.add(device().allocate(Math.max(room, 2 * slab.bytes())));
            }
            slab = slabs.get(current);
        } while (room > slab.bytes());
        top = 0;
    }

    @Override
    Tensor result(DType dtype, Shape shape, Tensor from) {
        return allocate(dtype, shape);
    }

    /// {@return its tape}. The first call begins the recording: from then on, what is computed here from parameters can be differentiated.
    public Tape tape() {
        if (tape == null) {
            tape = new Tape(this);
        }
        return tape;
    }

    /// The number of the training step; -1 if this is no training.
    long step() {
        return tape == null ? -1 : tape.step();
    }

    @Nullable
    Tape recordingTape() {
        return tape;
    }

    /// What is recorded must stay: then the result is the part's own.
    @Override
    public Tensor scoped(Tensor out, Tensor x, UnaryOperator<Tensor> part) {
        if (tape != null && tape.isRecording()) {
            return part.apply(x);
        }
        within(() -> out.set(part.apply(x)));
        return out;
    }

    @Override
    void within(Runnable part) {
        int currentBefore = current;
        long topBefore = top;
        long fullBefore = full;
        part.run();
        current = currentBefore;
        slab = slabs.get(current);
        top = topBefore;
        full = fullBefore;
    }

    /// Ends the step: everything allocated here is dead.
    public void reset() {
        epoch++;
        top = 0;
        full = 0;
        if (tape != null) {
            tape.reset();
        }
        if (slabs.size() > 1) {
            slabs.forEach(Buffer::free);
            slabs.clear();
            slabs.add(device().allocate(highWater));
        }
        current = 0;
        slab = slabs.getFirst();
    }

    /// {@return the most that a step has needed so far, in bytes}
    public long highWater() {
        return highWater + (tape == null ? 0 : tape.store().highWater());
    }

    @Override
    long epoch() {
        return epoch;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            epoch++;
            slabs.forEach(Buffer::free);
            slabs.clear();
            if (tape != null) {
                tape.close();
            }
        }
    }
}
