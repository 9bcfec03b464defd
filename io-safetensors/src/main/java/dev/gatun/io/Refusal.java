package dev.gatun.io;

import dev.gatun.tensor.CheckpointException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import tools.jackson.core.JacksonException;

/// The sentences in which a file is refused: `path: tensor "x" at offset n: problem`, one line
/// each, whatever the file holds. Offsets are counted from the beginning of the file.
final class Refusal {
    private static final int SHOWN_CHARS = 120;

    private Refusal() {}

    static CheckpointException of(Path file, String problem) {
        return new CheckpointException(file + ": " + problem);
    }

    static CheckpointException of(Path file, String problem, Throwable cause) {
        return new CheckpointException(file + ": " + problem, cause);
    }

    static CheckpointException at(Path file, long offset, String problem) {
        return new CheckpointException(file + ": at offset " + offset + ": " + problem);
    }

    static CheckpointException at(Path file, String tensor, long offset, String problem) {
        return new CheckpointException(file + ": tensor " + quoted(tensor) + " at offset " + offset + ": " + problem);
    }

    /// What the file system said, without the path that it likes to repeat.
    static CheckpointException io(Path file, String attempt, IOException e) {
        String reason = switch (e) {
            case NoSuchFileException none -> "it does not exist";
            case AccessDeniedException denied -> "permission denied";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
        return new CheckpointException(file + ": cannot be " + attempt + " — " + line(reason), e);
    }

    /// What the parser said, without the second location that it likes to add.
    static String json(JacksonException e) {
        String said = e.getOriginalMessage().replaceFirst(" \\(for \\w+ starting at .*", "");
        return "the header is not JSON: " + line(said);
    }

    /// A name out of a file, fit to be printed: a terminal obeys control characters.
    static String quoted(String text) {
        boolean whole = text.length() <= SHOWN_CHARS;
        return "\"" + line(whole ? text : text.substring(0, SHOWN_CHARS) + "…") + "\"";
    }

    static String line(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                shown.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                shown.append(c);
            }
        }
        return shown.toString();
    }
}
