package dev.gatun.io;

import static dev.gatun.io.RawFile.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.gatun.tensor.CheckpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Thousands of small lies that nobody thought of, in the same order in every run: a mutated file is either
/// refused with a sentence, or all its tensors can be read.
class SafeTensorsFuzzTest {
    private static final int ROUNDS = 3000;
    private static final long NANOS = 2_500_000_000L; // a busy machine does fewer rounds
    private static final List<String> SPLICES =
            List.of(
                    "0",
                    "-1",
                    "9",
                    "1e3",
                    ".5",
                    "9223372036854775807",
                    "18446744073709551616",
                    "[",
                    "]",
                    "{",
                    "}",
                    "[]",
                    "{}",
                    ",",
                    ":",
                    "\"",
                    "\\",
                    "\\u0000",
                    "null",
                    " ",
                    "\"a\":",
                    "\"dtype\"",
                    "\"shape\"",
                    "\"BF16\"",
                    "\"I64\"",
                    "\0",
                    "\n",
                    "é",
                    entry("a", "U8", "[4]", 0, 4),
                    "\"__metadata__\":{\"a\":\"b\"},");

    private static final String HEADER =
            "{\"__metadata__\":{\"format\":\"pt\",\"k\":\"é\"},"
                    + entry("a", "F32", "[2,1]", 0, 8)
                    + ","
                    + entry("b", "BF16", "[3]", 8, 14)
                    + ","
                    + entry("c", "U8", "[0,2]", 14, 14)
                    + ","
                    + entry("d", "I64", "[]", 14, 22)
                    + "}";

    @TempDir Path dir;

    @Test
    void mutatedFilesAreRefusedOrRead() throws IOException {
        long end = System.nanoTime() + NANOS;
        SplittableRandom random = new SplittableRandom(20250925);
        byte[] whole = RawFile.of(HEADER, 22);
        int read = 0;
        for (int round = 0; round < ROUNDS && System.nanoTime() - end < 0; round++) {
            byte[] mutated = whole;
            for (int n = random.nextInt(4); n >= 0; n--) {
                mutated = mutate(mutated, random);
            }
            read += attempt(mutated, round) ? 1 : 0;
        }
        assertThat(read).as("some mutations are harmless, most are not").isBetween(1, ROUNDS / 2);
    }

    @Test
    void mutatedHeadersWithATrueLengthAreRefusedOrRead() throws IOException {
        long end = System.nanoTime() + NANOS;
        SplittableRandom random = new SplittableRandom(42);
        byte[] header = HEADER.getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < ROUNDS && System.nanoTime() - end < 0; round++) {
            byte[] mutated = header;
            for (int n = random.nextInt(3); n >= 0; n--) {
                mutated = mutate(mutated, random);
            }
            attempt(RawFile.of(mutated.length, mutated, 22), round);
        }
    }

    private boolean attempt(byte[] bytes, int round) throws IOException {
        Path file = Files.write(dir.resolve("fuzz.safetensors"), bytes);
        try (CheckedFile checked = CheckedFile.open(file)) {
            Header.read(checked); // most lies end here, without the price of a shared arena
        } catch (CheckpointException e) {
            assertThat(e.getMessage()).startsWith(file + ": ").doesNotContainPattern("\\p{Cntrl}");
            return false;
        } catch (RuntimeException | Error e) {
            return fail("round " + round + ": " + HexFormat.of().formatHex(bytes), e);
        }
        try (SafeTensors opened = SafeTensors.open(file)) {
            for (String name : opened.names()) {
                assertThat(RawFile.bytes(opened.tensor(name)).length).isEqualTo((int) opened.shape(name).size() * opened.dtype(name).bytes());
            }
            return true;
        } catch (RuntimeException | Error e) {
            return fail("round " + round + ": " + HexFormat.of().formatHex(bytes), e);
        }
    }

    private static byte[] mutate(byte[] bytes, SplittableRandom random) {
        if (bytes.length == 0) {
            return bytes;
        }
        int at = random.nextInt(bytes.length);
        int end = Math.min(bytes.length, at + random.nextInt(12));
        byte[] changed = bytes.clone();
        switch (random.nextInt(6)) {
            case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> changed[at] = (byte) random.nextInt(256);
            case 2 -> changed = Arrays.copyOf(bytes, at);
            case 3 -> changed = splice(bytes, at, end, new byte[0]);
            case 4 -> changed = splice(bytes, at, at, Arrays.copyOfRange(bytes, at, end));
            default -> {
                String text = SPLICES.get(random.nextInt(SPLICES.size()));
                int from = random.nextBoolean() ? at : end;
                changed = splice(bytes, at, from, text.getBytes(StandardCharsets.UTF_8));
            }
        }
        return changed;
    }

    private static byte[] splice(byte[] bytes, int from, int to, byte[] middle) {
        byte[] joined = Arrays.copyOf(bytes, from + middle.length + bytes.length - to);
        System.arraycopy(middle, 0, joined, from, middle.length);
        System.arraycopy(bytes, to, joined, from + middle.length, bytes.length - to);
        return joined;
    }
}
