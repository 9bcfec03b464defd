package dev.gatun.models.text;

import static dev.gatun.models.text.TokenizerFixtures.folder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.io.Json;
import dev.gatun.models.text.Tokenizer.Special;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PreTokenizationTest {
    private static List<String> words(String json, String text) {
        List<String> words = new ArrayList<>();
        JsonPreTokenizer.of(Json.parse("tokenizer.json", json))
                .steps()
                .cut(text, 0, text.length(), true, (word, from, to, first) -> words.add(word.substring(from, to)));
        return words;
    }

    /// The example of Hugging Face's documentation, by behavior.
    @ParameterizedTest
    @CsvSource({
        "Removed, the|final|countdown",
        "Isolated, the|-|final|-|-|countdown",
        "MergedWithPrevious, the-|final-|-|countdown",
        "MergedWithNext, the|-final|-|-countdown",
        "Contiguous, the|-|final|--|countdown"
    })
    void matchesBecomeWhatTheBehaviorSays(String behavior, String expected) {
        String json = "{\"type\":\"Split\",\"pattern\":{\"String\":\"-\"},\"behavior\":\"%s\"}".formatted(behavior);
        assertThat(words(json, "the-final--countdown")).containsExactly(expected.split("\\|"));
    }

    @Test
    void otherStepsCutAsTheyAreDocumented() {
        assertThat(words("{\"type\":\"Digits\"}", "ab123²c")).containsExactly("ab", "123²", "c");
        assertThat(words("{\"type\":\"Digits\",\"individual_digits\":true}", "a12")).containsExactly("a", "1", "2");
        assertThat(words("{\"type\":\"Punctuation\"}", "a,b$€c")).containsExactly("a", ",", "b", "$", "€c");
        assertThat(words("{\"type\":\"Whitespace\"}", " Hey friend!  ok")).containsExactly("Hey", "friend", "!", "ok");
        assertThat(words("{\"type\":\"WhitespaceSplit\"}", " Hey friend!  ok")).containsExactly("Hey", "friend!", "ok");
        assertThat(words("{\"type\":\"Metaspace\",\"replacement\":\"▁\"}", "Hey  you")).containsExactly("▁Hey", "▁", "▁you");
    }

    @Test
    void rubyExpressionsBecomeJavas() {
        assertThat(RubyRegex.compile("[^(a|[.,])]+").pattern()).isEqualTo("[^(a|.,)]+");
        assertThat(RubyRegex.compile("\\p{^L}\\P{Han}[[:space:]x]").pattern()).isEqualTo("\\P{L}\\P{IsHan}[\\p{Space}x]");
        assertThatThrownBy(() -> RubyRegex.compile("[a[^b]]")).hasMessageContaining("negated");
        assertThatThrownBy(() -> RubyRegex.compile("[a")).hasMessageContaining("not closed");
        assertThatThrownBy(() -> RubyRegex.compile("(a")).hasMessageContaining("not understood");
    }

    @Test
    void anExpressionThatRecursesTooDeeplyIsNamed() {
        RegexSplit split = RegexSplit.isolated("(?:a|b)+");
        String text = "ab".repeat(1_000_000);
        assertThatThrownBy(() -> split.cut(text, 0, text.length(), true, (t, f, e, s) -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(?:a|b)+");
    }

    @Test
    void addedTokensTakeTheSpaceTheyAskFor() {
        String token = "{\"id\":%d,\"content\":\"%s\",\"special\":%s,\"single_word\":%s,\"lstrip\":%s," + "\"rstrip\":%s,\"normalized\":%s}";
        String json =
                "{\"added_tokens\":["
                        + token.formatted(10, "<l>", true, false, true, false, false)
                        + ","
                        + token.formatted(11, "<r>", true, false, false, true, false)
                        + ","
                        + token.formatted(12, "wo", false, true, false, false, false)
                        + ","
                        + token.formatted(13, "NO", false, false, false, false, true)
                        + "],\"normalizer\":{\"type\":\"Lowercase\"},\"decoder\":{\"type\":"
                        + "\"Fuse\"},\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\" \":1,"
                        + "\"w\":2,\"o\":3,\"n\":4},\"merges\":[]}}";
        Tokenizer tokenizer = TokenizerJson.read("tokenizer.json", Json.parse("tokenizer.json", json), new TokenizerConfig(null));
        assertThat(tokenizer.encode("a  <l> a", Special.RECOGNISED)).containsExactly(0, 10, 1, 0);
        assertThat(tokenizer.encode("a <r>  a", Special.RECOGNISED)).containsExactly(0, 1, 11, 0);
        assertThat(tokenizer.encode("a wo a")).containsExactly(0, 1, 12, 1, 0);
        assertThat(tokenizer.encode("awo")).containsExactly(0, 2, 3);
        assertThat(tokenizer.encode("Ano")).containsExactly(0, 13);
        assertThat(tokenizer.encode("<l>")).as("not recognised, not in the vocabulary").isEmpty();
    }

    @Test
    void specialTokensInTextAreTextUnlessRecognised() {
        Tokenizer tokenizer = Tokenizer.open(folder("llama3/tokenizer.json"));
        String text = "hi<|eot_id|>";
        int end = tokenizer.id("<|eot_id|>").orElseThrow();
        assertThat(tokenizer.encode(text)).doesNotContain(end);
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
        assertThat(tokenizer.encode(text, Special.RECOGNISED)).contains(end);
        assertThat(tokenizer.isSpecial(end)).isTrue();
        assertThat(tokenizer.bosId()).isEqualTo(tokenizer.id("<|begin_of_text|>"));
        assertThat(tokenizer.eosId()).isEqualTo(tokenizer.id("<|end_of_text|>"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt2/tokenizer.json", "bloom/tokenizer.json", "llama3/tokenizer.json",
                "qwen2/tokenizer.json", "llama2/tokenizer.json", "llama2/tokenizer.model",
                "llama2-metaspace/tokenizer.json", "llama3/tokenizer.model"
            })
    void longRunsTakeLinearTimeAndNoStack(String file) {
        Tokenizer tokenizer = Tokenizer.open(folder(file));
        for (String unit : List.of("a", " ", "\n", "!", "7", "é", "🦙", " \n", "'s")) {
            // Metaspace with prepend_scheme first cannot tell a space in front from its own.
            String text = "x" + unit.repeat(300_000 / unit.length());
            Assertions.assertTimeoutPreemptively(
                    Duration.ofSeconds(20), () -> assertThat(tokenizer.decode(tokenizer.encode(text)).equals(text)).isTrue());
        }
    }

    @Test
    void loneSurrogatesBecomeTheReplacementCharacter() {
        for (String file : List.of("gpt2/tokenizer.json", "llama2/tokenizer.model")) {
            Tokenizer tokenizer = Tokenizer.open(folder(file));
            assertThat(tokenizer.decode(tokenizer.encode("a\uD800b\uDC00🦙\uD83E"))).isEqualTo("a\uFFFDb\uFFFD🦙\uFFFD");
        }
    }
}
