package dev.gatun.models.text;

import static dev.gatun.models.text.TokenizerFixtures.cases;
import static dev.gatun.models.text.TokenizerFixtures.folder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.io.Json;
import dev.gatun.models.text.Tokenizer.Special;
import dev.gatun.models.text.TokenizerFixtures.Case;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerJsonTest {
    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "gpt2-prefix-space", "bloom", "llama3", "qwen2", "llama2", "llama2-metaspace"})
    void idsAndTextsEqualHuggingFace(String name) {
        Tokenizer tokenizer = Tokenizer.open(folder(name + "/tokenizer.json"));
        for (Case c : cases(folder(name + "/cases.json"))) {
            assertThat(tokenizer.encode(c.text(), Special.RECOGNISED))
                    .as(c.text())
                    .containsExactly(c.ids());
            assertThat(tokenizer.encode(c.text(), Special.RECOGNISED, Special.ADDED))
                    .as(c.text())
                    .containsExactly(c.json().at("ids_special").asInts());
            assertThat(tokenizer.decodeWithSpecial(c.ids()))
                    .as(c.text())
                    .isEqualTo(c.json().stringAt("decoded"));
            assertThat(tokenizer.decode(c.ids()))
                    .as(c.text())
                    .isEqualTo(c.json().stringAt("decoded_skip"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "gpt2-prefix-space", "bloom", "llama3", "qwen2", "llama2", "llama2-metaspace"})
    void everyIdAloneDecodesAsInHuggingFace(String name) {
        Tokenizer tokenizer = Tokenizer.open(folder(name + "/tokenizer.json"));
        Json texts = Json.read(folder(name + "/single_id_decode.json"));
        texts.forEach((id, text) -> assertThat(tokenizer.decodeWithSpecial(Integer.parseInt(id)))
                .as(id)
                .isEqualTo(text.asString()));
        assertThat(tokenizer.vocabularySize()).isEqualTo(texts.size());
        for (int id = 0; id < texts.size(); id++) {
            assertThat(tokenizer.id(tokenizer.token(id))).hasValue(id);
        }
    }

    @Test
    void gpt2FilesGiveTheSameIds() {
        Tokenizer tokenizer = Tokenizer.open(folder("gpt2/vocab.json"));
        for (Case c : cases(folder("gpt2/cases.json"))) {
            assertThat(tokenizer.encode(c.text(), Special.RECOGNISED))
                    .as(c.text())
                    .containsExactly(c.ids());
        }
        assertThat(tokenizer.bosId()).hasValue(0);
    }

    @Test
    void tiktokenRanksGiveTheSameIds() {
        Tokenizer tokenizer = Tokenizer.open(folder("llama3/tokenizer.model"));
        int ranks = tokenizer.vocabularySize() - 256;
        int compared = 0;
        for (Case c : cases(folder("llama3/cases.json"))) {
            // The special tokens of the fixture have other ids than Llama 3's.
            if (IntStream.of(c.ids()).allMatch(id -> id < ranks)) {
                assertThat(tokenizer.encode(c.text())).as(c.text()).containsExactly(c.ids());
                assertThat(tokenizer.decode(c.ids())).isEqualTo(c.json().stringAt("decoded"));
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(200);
        assertThat(tokenizer.id("<|eot_id|>")).hasValue(ranks + 9);
        assertThat(tokenizer.token(ranks + 255)).isEqualTo("<|reserved_special_token_247|>");
    }

    @Test
    void unsupportedPartsAreNamed() {
        String bpe = "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}";
        refuses("{\"model\":{\"type\":\"Unigram\"}}", "models of type BPE are supported");
        refuses("{\"model\":{\"type\":\"WordPiece\"}}", "\"model.type\" is \"WordPiece\"");
        refuses("{\"normalizer\":{\"type\":\"BertNormalizer\"}," + bpe + "}", "normalizer.type");
        refuses("{\"pre_tokenizer\":{\"type\":\"Nope\"}," + bpe + "}", "pre_tokenizer.type");
        refuses("{\"decoder\":{\"type\":\"CTC\"}," + bpe + "}", "decoder.type");
        refuses("{" + bpe + "}", "missing \"decoder\"");
        refuses("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}", "merge 0 needs \"b\", which is not in the vocabulary");
        refuses("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":2147483647},\"merges\":[]}}", "has id 2147483647");
        refuses(
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":0},\"merges\":[]}," + "\"decoder\":{\"type\":\"Fuse\"}}",
                "id 0 has two tokens");
    }

    private static void refuses(String json, String sentence) {
        assertThatThrownBy(() -> TokenizerJson.read("tokenizer.json", Json.parse("tokenizer.json", json), new TokenizerConfig(null)))
                .hasMessageStartingWith("tokenizer.json: ")
                .hasMessageContaining(sentence);
    }
}
