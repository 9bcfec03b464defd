package dev.gatun.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/// A file that nobody sees until it is whole: it is written under another name in the same
/// directory, forced to the disk, and renamed.
final class NewFile {
    private final Path path;
    private final Path partial;
    private final FileChannel channel;
    private boolean moved;

    private NewFile(Path path, Path partial, FileChannel channel) {
        this.path = path;
        this.partial = partial;
        this.channel = channel;
    }

    static NewFile create(Path path) throws IOException {
        String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
        Path partial = path.resolveSibling("." + path.getFileName() + "." + random + ".partial");
        FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        return new NewFile(path, partial, channel);
    }

    Path path() {
        return path;
    }

    void write(long position, ByteBuffer bytes) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /// Everything is written; it must survive a power cut before it takes the place of another.
    void force() throws IOException {
        channel.force(true);
        channel.close();
    }

    void publish() throws IOException {
        Files.move(partial, path, StandardCopyOption.ATOMIC_MOVE);
        moved = true;
    }

    /// Forces the renaming of files to the disk, where the operating system lets a directory be
    /// opened for that.
    static void forceDirectory(Path file) {
        Path directory = file.toAbsolutePath().resolveSibling("");
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows: renaming is durable by itself or not at all
        }
    }

    /// Leaves nothing behind, as well as that can be done after a failure.
    void discard() {
        try {
            channel.close();
            Files.deleteIfExists(moved ? path : partial);
        } catch (IOException e) {
            System.getLogger("dev.gatun").log(System.Logger.Level.WARNING, partial + ": cannot be deleted", e);
        }
    }
}
