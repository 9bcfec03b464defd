package dev.gatun.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/// A regular file opened for reading, of which nothing but its size is believed.
record CheckedFile(Path path, FileChannel channel, long size) implements AutoCloseable {

    /// Opens it. Anything but a regular file is refused before it is opened, because opening a pipe
    /// waits for somebody to write into it.
    static CheckedFile open(Path path) {
        try {
            if (!Files.readAttributes(path, BasicFileAttributes.class).isRegularFile()) {
                throw Refusal.of(path, "is not a regular file");
            }
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            return new CheckedFile(path, channel, channel.size());
        } catch (IOException e) {
            throw Refusal.io(path, "read", e);
        }
    }

    /// Bytes that exist and fit the heap, copied to it.
    ByteBuffer bytes(long position, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, position + bytes.position()) < 0) {
                    throw Refusal.at(path, position + bytes.position(), "the file ends here; it had " + size + " bytes when it was opened");
                }
            }
        } catch (IOException e) {
            throw Refusal.io(path, "read", e);
        }
        return bytes.flip();
    }

    /// Text that fits the heap, which must be UTF-8 to the last byte.
    String text(long position, int count) {
        ByteBuffer bytes = bytes(position, count);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw Refusal.at(path, position + bytes.position(), "the text is not UTF-8 here");
        }
    }

    /// The rest of the file from a position on, mapped as long as the arena lives.
    MemorySegment map(long position, Arena arena) {
        try {
            return channel.map(MapMode.READ_ONLY, position, size - position, arena);
        } catch (IOException e) {
            throw Refusal.io(path, "mapped", e);
        }
    }

    /// Refuses text whose parsed form could exhaust the heap.
    ///
    /// @param factor how many bytes a byte of the worst text costs
    void requireHeap(long textBytes, int factor) {
        long heap = Runtime.getRuntime().maxMemory();
        if (textBytes > heap / factor) {
            throw Refusal.of(path, textBytes + " bytes of JSON do not fit the heap of " + (heap >> 20) + " MB; start Java with a larger -Xmx");
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Refusal.io(path, "closed", e);
        }
    }
}
