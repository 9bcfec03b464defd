package dev.gatun.models.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The lines of a file in UTF-8, one after the other, which know their number and are not guessed at: bytes that are not UTF-8 are an error.
final class TextLines implements AutoCloseable {
    private static final int LONGEST = 1 << 28;

    private final Path file;
    private final InputStream input;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;
    private byte[] line = new byte[1 << 10];
    private long number;

    TextLines(Path file) {
        this.file = file;
        try {
            input = Files.newInputStream(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static UncheckedIOException unreadable(Path file, IOException cause) {
        return new UncheckedIOException(file + ": cannot be read", cause);
    }

    /// What error messages begin with.
    String place() {
        return file + ", line " + number;
    }

    /// The next line without its `\n`, null behind the last one.
    @Nullable
    String next() {
        int length = 0;
        boolean any = false;
        while (fill()) {
            any = true;
            int stop = at;
            while (stop < end && buffer[stop] != '\n') {
                stop++;
            }
            length = append(length, stop);
            if (stop < end) {
                at = stop + 1;
                break;
            }
            at = stop;
        }
        if (!any) {
            return null;
        }
        number++;
        return decoded(length);
    }

    private boolean fill() {
        if (at < end) {
            return true;
        }
        try {
            at = 0;
            end = input.read(buffer);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        return end > 0;
    }

    private int append(int length, int stop) {
        int longer = length + stop - at;
        if (longer > LONGEST) {
            throw new DataException(file + ", line " + (number + 1) + ": longer than " + LONGEST + " bytes — want text in lines");
        }
        if (longer > line.length) {
            line = Arrays.copyOf(line, Math.max(longer, 2 * line.length));
        }
        System.arraycopy(buffer, at, line, length, stop - at);
        return longer;
    }

    private String decoded(int length) {
        boolean marked = number == 1 && length >= 3 && line[0] == (byte) 0xEF && line[1] == (byte) 0xBB && line[2] == (byte) 0xBF;
        ByteBuffer utf8 = ByteBuffer.wrap(line, marked ? 3 : 0, marked ? length - 3 : length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
        } catch (CharacterCodingException e) {
            throw new DataException(
                    place() + ": byte " + (utf8.position() + 1) + " of the line is 0x" + String.format(Locale.ROOT, "%02X", line[utf8.position()])
                            + ", which is not UTF-8 — want text in UTF-8 (iconv -f LATIN1 -t UTF-8 makes it so)",
                    e);
        }
    }

    @Override
    public void close() {
        try {
            input.close();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }
}
