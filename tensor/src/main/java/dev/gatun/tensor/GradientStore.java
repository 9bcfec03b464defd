package dev.gatun.tensor;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// Where the gradients of results live while a tape runs backward: what is given back is lent again, to whatever is not much smaller.
///
/// A buffer that a step has no use for is freed when a larger one is needed, or at the step's end, so that steps of many lengths do not each leave theirs
/// behind. What a derivative that failed had borrowed comes back at the end, too.
final class GradientStore {
    private static final long ALIGNMENT = 64;

    private final Workspace workspace;
    private final Deque<Buffer> free = new ArrayDeque<>(); // the last that came back is the first
    private final Set<Buffer> used = Collections.newSetFromMap(new IdentityHashMap<>()); // in this step
    private long bytes;
    private long highWater;

    GradientStore(Workspace workspace) {
        this.workspace = workspace;
    }

    /// A gradient of this shape. Its contents are undefined.
    Tensor lend(Shape shape) {
        long size = Math.multiplyExact(shape.size(), DType.F32.bytes());
        long room = Math.max(ALIGNMENT, size + ALIGNMENT - 1 & -ALIGNMENT);
        Buffer buffer = free.stream()
                .filter(each -> each.bytes() >= room && each.bytes() <= 2 * room)
                .min(Comparator.comparingLong(Buffer::bytes))
                .orElse(null);
        if (buffer == null) {
            free.stream()
                    .filter(each -> each.bytes() < room && !used.contains(each)) // of a shorter step: this one needs the longer
                    .max(Comparator.comparingLong(Buffer::bytes))
                    .ifPresent(this::release);
            buffer = workspace.device().allocate(room);
            bytes += room;
            highWater = Math.max(highWater, bytes);
        } else {
            free.remove(buffer);
        }
        used.add(buffer);
        return new Tensor(buffer, 0, DType.F32, shape, workspace);
    }

    void giveBack(Tensor gradient) {
        free.push(gradient.buffer());
    }

    /// All that is lent comes back.
    void endStep() {
        if (!used.isEmpty()) {
            free.removeAll(used);
            freeAll();
            free.addAll(used);
            used.clear();
        }
    }

    void close() {
        endStep();
        freeAll();
    }

    private void freeAll() {
        List.copyOf(free).forEach(this::release);
    }

    private void release(Buffer buffer) {
        free.remove(buffer);
        bytes -= buffer.bytes();
        buffer.free();
    }

    long bytes() {
        return bytes;
    }

    /// The most it has held.
    long highWater() {
        return highWater;
    }
}
