package dev.gatun.nn.optim;

import dev.gatun.tensor.Tensor;
import java.util.List;

/// The memory that an optimizer's state lives in: zero at first.
interface StateStore extends AutoCloseable {
    /// Some bytes of the store: `[from, to)`.
    record Extent(long from, long to) {}

    /// A part in the store.
    ///
    /// @param position where its bytes begin, or -1 if it is always in memory
    record Stored(StatePart part, Tensor tensor, long position) {
        /// What belongs to some elements of the parameter, as a vector.
        Tensor of(long from, long to) {
            return tensor.reshape(tensor.size()).slice(0, from / part.per(), (to + part.per() - 1) / part.per());
        }

        boolean isPaged() {
            return position >= 0;
        }

        Extent extent(long from, long to) {
            long bytes = part.dtype().bytes();
            return new Extent(position + from / part.per() * bytes, position + (to + part.per() - 1) / part.per() * bytes);
        }
    }

    /// The parts, in the order in which they were asked for.
    List<Stored> parts();

    /// How many bytes of a part may be asked for at once.
    long pieceBytes();

    /// Waits until some bytes are in memory and begins to bring others.
    void need(List<Extent> now, List<Extent> next);

    /// What was written by others than a step lies in memory unasked for: puts it where it belongs.
    void settle();

    /// How often state came and went.
    Paging paging();

    @Override
    void close();
}
