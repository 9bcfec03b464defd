package dev.gatun.models.text;

import static dev.gatun.models.text.TokenizerFixtures.cases;
import static dev.gatun.models.text.TokenizerFixtures.folder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.models.text.Detokenizer.Leading;
import dev.gatun.models.text.Tokenizer.Special;
import dev.gatun.models.text.TokenizerFixtures.Case;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextStreamTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt2/tokenizer.json", "bloom/tokenizer.json", "llama3/tokenizer.model",
                "llama2/tokenizer.model", "llama2/tokenizer.json", "llama2-metaspace/tokenizer.json"
            })
    void neverSplitsACharacterAndComesToTheSameText(String file) {
        Tokenizer tokenizer = Tokenizer.open(folder(file));
        for (Case c : cases(folder("gpt2/cases.json"))) {
            int[] ids = tokenizer.encode(c.text(), Special.ADDED);
            for (int cut : new int[] {0, ids.length / 3, ids.length}) {
                TextStream stream = tokenizer.stream(java.util.Arrays.copyOf(ids, cut));
                StringBuilder text = new StringBuilder();
                for (int i = cut; i < ids.length; i++) {
                    String piece = stream.accept(ids[i]);
                    assertThat(Utf8.wellFormed(piece)).isEqualTo(piece);
                    text.append(piece);
                }
                assertThat(stream.finish()).isEmpty();
                assertThat(tokenizer.decode(ids)).as(c.text()).endsWith(text.toString());
                if (cut == 0) {
                    assertThat(text.toString()).isEqualTo(tokenizer.decode(ids));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2/tokenizer.json", "llama3/tokenizer.model", "llama2/tokenizer.model", "llama2-metaspace/tokenizer.json"})
    void randomIdsGiveTheSameTextInOneGoAndStreamed(String file) {
        Tokenizer tokenizer = Tokenizer.open(folder(file));
        Random random = new Random(11);
        for (int round = 0; round < 300; round++) {
            // Mostly low ids: those are single bytes.
            int[] ids = random.ints(20, 0, round % 2 == 0 ? 259 : 1200).toArray();
            int cut = random.nextInt(21);
            int[] before = java.util.Arrays.copyOf(ids, cut);
            TextStream stream = tokenizer.stream();
            StringBuilder text = new StringBuilder();
            for (int id : ids) {
                text.append(stream.accept(id));
            }
            text.append(stream.finish());
            assertThat(text.toString()).isEqualTo(tokenizer.decode(ids));

            // A whole prompt's text and the continuation's are the whole text.
            TextStream prompt = tokenizer.stream();
            StringBuilder parts = new StringBuilder();
            for (int id : before) {
                parts.append(prompt.accept(id));
            }
            TextStream rest = tokenizer.stream(before);
            for (int i = cut; i < ids.length; i++) {
                parts.append(rest.accept(ids[i]));
            }
            assertThat(parts.append(rest.finish()).toString()).isEqualTo(text.toString());
        }
    }

    @Test
    void anEmojiComesWithItsLastByte() {
        Tokenizer tokenizer = Tokenizer.open(folder("llama2/tokenizer.model"));
        int[] ids = tokenizer.encode("a🦙b");
        TextStream stream = tokenizer.stream();
        assertThat(stream.accept(ids[0])).isEqualTo("a");
        assertThat(stream.accept(ids[1])).isEmpty();
        assertThat(stream.accept(ids[2])).isEmpty();
        assertThat(stream.accept(ids[3])).isEmpty();
        assertThat(stream.accept(ids[4])).isEqualTo("🦙");
        assertThat(stream.accept(ids[5])).isEqualTo("b");
        assertThat(stream.accept(ids[1])).isEmpty();
        assertThat(stream.finish()).isEqualTo("\uFFFD");
        assertThat(stream.finish()).isEmpty();
    }

    /// Java's own decoder agrees, except that it makes one character of an encoded surrogate.
    @Test
    void malformedBytesAreReplacedAsInTheUnicodeStandard() {
        byte[][] bytes = new byte[256][];
        for (int b = 0; b < 256; b++) {
            bytes[b] = new byte[] {(byte) b};
        }
        Detokenizer detokenizer = new Detokenizer(ByteStrings.of(bytes), new BitSet(), new BitSet(), Leading.KEPT, false);
        Random random = new Random(3);
        int[] likely = {0x41, 0x80, 0xBF, 0xC1, 0xC3, 0xE0, 0xA0, 0xE2, 0xF0, 0x90, 0xF4, 0x8F};
        for (int round = 0; round < 20_000; round++) {
            int[] ids = random.ints(8, 0, likely.length).map(i -> likely[i]).toArray();
            byte[] raw = new byte[ids.length];
            for (int i = 0; i < raw.length; i++) {
                raw[i] = (byte) ids[i];
            }
            assertThat(detokenizer.decode(ids, false)).isEqualTo(new String(raw, StandardCharsets.UTF_8));
        }
        assertThat(detokenizer.decode(new int[] {0xED, 0xA0, 0x80}, false)).isEqualTo("\uFFFD\uFFFD\uFFFD");
    }

    @Test
    void idsWithoutATokenHaveNoText() {
        Tokenizer tokenizer = Tokenizer.open(folder("gpt2/tokenizer.json"));
        assertThat(tokenizer.decode(1_000_000)).isEmpty();
        assertThat(tokenizer.bytes(1_000_000)).isEmpty();
        assertThat(tokenizer.token(-1)).isEmpty();
        assertThat(tokenizer.isSpecial(1_000_000)).isFalse();
        assertThatThrownBy(() -> tokenizer.decode(-1)).hasMessage("token id -1 — is negative");
    }
}
