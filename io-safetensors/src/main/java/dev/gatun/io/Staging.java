package dev.gatun.io;

import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The bytes of tensors of any layout, row by row, copied in pieces of bounded size. Pieces of a
/// few megabytes stay in the cache between being gathered and being written.
final class Staging implements AutoCloseable {
    static final int BYTES = 4 << 20;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment = arena.allocate(BYTES, 64);

    /// Gathers a tensor and writes it to its place in a file.
    void copy(Tensor tensor, NewFile file, long position) throws IOException {
        Copy copy = new Copy(file, position, new Resident(tensor.device(), "a writer's staging"));
        copy.put(tensor);
        copy.flush();
    }

    private final class Copy {
        private final NewFile file;
        private final Resident memory;
        private long position;
        private long filled;

        Copy(NewFile file, long position, Resident memory) {
            this.file = file;
            this.position = position;
            this.memory = memory;
        }

        private void put(Tensor tensor) throws IOException {
            long bytes = tensor.size() * tensor.dtype().bytes();
            if (bytes <= BYTES) {
                stage(tensor, bytes);
                return;
            }
            Tensor rows = tensor.isContiguous() ? tensor.reshape(tensor.size()) : tensor;
            long count = rows.dim(0);
            long rowBytes = bytes / count;
            if (rowBytes > BYTES) {
                for (long i = 0; i < count; i++) {
                    put(rows.select(0, i));
                }
                return;
            }
            long step = BYTES / rowBytes;
            for (long i = 0; i < count; i += step) {
                long n = Math.min(step, count - i);
                stage(rows.slice(0, i, i + n), n * rowBytes);
            }
        }

        private void stage(Tensor piece, long bytes) throws IOException {
            if (bytes > BYTES - filled) {
                flush();
            }
            memory.view(segment.asSlice(filled, bytes), piece.dtype(), piece.shape())
                    .set(piece);
            filled += bytes;
        }

        private void flush() throws IOException {
            file.write(position, segment.asSlice(0, filled).asByteBuffer());
            position += filled;
            filled = 0;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
