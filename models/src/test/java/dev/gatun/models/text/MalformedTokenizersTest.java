package dev.gatun.models.text;

import static dev.gatun.models.text.TokenizerFixtures.folder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MalformedTokenizersTest {
    @TempDir Path dir;

    /// Whatever a file holds, it is opened or refused with its name, and nothing else happens.
    @ParameterizedTest
    @ValueSource(strings = {"sp-unigram/tokenizer.model", "llama2/tokenizer.model", "llama3/tokenizer.model", "gpt2/tokenizer.json"})
    void damagedFilesAreRefusedByName(String name) throws IOException {
        byte[] whole = Files.readAllBytes(folder(name));
        Path file = dir.resolve(folder(name).getFileName());
        Random random = new Random(5);
        for (int round = 0; round < 150; round++) {
            byte[] damaged = whole.clone();
            if (round % 4 == 0) {
                damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
            } else {
                for (int i = 0; i <= random.nextInt(4); i++) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                }
            }
            Files.write(file, damaged);
            try {
                Tokenizer tokenizer = Tokenizer.open(file);
                tokenizer.decode(tokenizer.encode("Hello wörld 🦙"));
            } catch (TokenizerException e) {
                assertThat(e).hasMessageStartingWith(file.toString());
            }
        }
    }

    @Test
    void aTruncatedModelIsRefusedUnlessItEndsBetweenPieces() throws IOException {
        byte[] unknown = piece("<unk>", 2);
        byte[] a = piece("a", 1);
        byte[] whole = model(unknown, a, a.clone());
        whole[whole.length - 3] = 'b';
        for (int end = 0; end < whole.length; end++) {
            Path file = Files.write(dir.resolve("tokenizer.model"), Arrays.copyOf(whole, end));
            if (end == unknown.length || end == unknown.length + a.length) {
                assertThat(Tokenizer.open(dir).decode(1)).isEqualTo(end > 12 ? "a" : "");
            } else {
                assertThatThrownBy(() -> Tokenizer.open(dir)).hasMessageStartingWith(file.toString());
            }
        }
    }

    @Test
    void sentencesSayWhatIsWrong() throws IOException {
        byte[] unknown = piece("<unk>", 2);
        byte[] bpe = {18, 2, 24, 2};
        refuses("offset 0: field 1 is 100 bytes long, but 0 are left", new byte[] {10, 100});
        refuses("has a number of more than 10 bytes", filled(20, 0xFF));
        refuses("wire type 7", new byte[] {15});
        refuses("is not the number of a field", new byte[] {0});
        refuses("has no pieces", bpe);
        refuses("piece 1 (\"a\") has type 9, expected 1 to 6", unknown, piece("a", 9));
        refuses("piece 1 (\"\") is empty", unknown, piece("", 1));
        refuses("offset 18: field 1 piece 2 (\"a\") occurs twice", unknown, piece("a", 1), piece("a", 1));
        refuses("has 0 pieces of type unknown", piece("a", 1));
        refuses("has 2 pieces of type unknown", unknown, piece("a", 2));
        refuses("is not UTF-8", new byte[] {10, 3, 10, 1, (byte) 0xFF});
        refuses("is longer than", unknown, piece("x".repeat(2000), 1));
        refuses("score NaN", unknown, new byte[] {10, 8, 10, 1, 'a', 21, 0, 0, (byte) 0xC0, 127});
        refuses("model type is word", unknown, new byte[] {18, 2, 24, 3});
        refuses("byte_fallback is set, but piece <0x00> of type byte is missing", unknown, new byte[] {18, 5, 24, 2, (byte) 0x98, 2, 1});
        refuses("is of type byte and spelled \"a\"", unknown, piece("a", 6), bpe);
        refuses("treat_whitespace_as_suffix", unknown, new byte[] {18, 5, 24, 2, (byte) 0xC0, 1, 1});
    }

    @Test
    void tiktokenLinesAreChecked() throws IOException {
        refuses("has rank \"2\"", "YQ== 0\nYg== 2\n".getBytes(StandardCharsets.UTF_8));
        refuses("is not base64", "YQ== 0\n!!!! 1\n".getBytes(StandardCharsets.UTF_8));
        refuses("has no token for the byte 0", "YQ== 0\n".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void anEmptyDirectorySaysWhatWasLookedFor() throws IOException {
        Files.createFile(dir.resolve("config.json"));
        assertThatThrownBy(() -> Tokenizer.open(dir))
                .hasMessage(
                        dir
                                + ": no tokenizer — looked for tokenizer.json, tokenizer.model and"
                                + " vocab.json with merges.txt; it has [config.json]");
        assertThatThrownBy(() -> Tokenizer.open(dir.resolve("nothing"))).hasMessageContaining("nothing");
    }

    private void refuses(String sentence, byte[]... parts) throws IOException {
        Path file = Files.write(dir.resolve("tokenizer.model"), model(parts));
        assertThatThrownBy(() -> Tokenizer.open(dir))
                .isInstanceOf(TokenizerException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(sentence);
    }

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static byte[] model(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] piece(String text, int type) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        byte[] body = model(new byte[] {10}, varint(utf8.length), utf8, new byte[] {24, (byte) type});
        return model(new byte[] {10}, varint(body.length), body);
    }

    private static byte[] varint(int value) {
        return value < 128 ? new byte[] {(byte) value} : new byte[] {(byte) (value | 0x80), (byte) (value >> 7)};
    }
}
