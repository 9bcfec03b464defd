package dev.gatun.models.text;

import static dev.gatun.models.text.TokenizerFixtures.cases;
import static dev.gatun.models.text.TokenizerFixtures.folder;
import static dev.gatun.models.text.TokenizerFixtures.realData;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.io.Json;
import dev.gatun.models.text.Tokenizer.Special;
import dev.gatun.models.text.TokenizerFixtures.Case;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SentencePieceTest {
    private static final Tokenizer LLAMA = Tokenizer.open(folder("llama2/tokenizer.model"));

    @Test
    void idsAndTextsEqualSentencePiece() {
        for (Case c : cases(folder("llama2/sentencepiece_cases.json"))) {
            assertThat(LLAMA.encode(c.text())).as(c.text()).containsExactly(c.ids());
            assertThat(LLAMA.decode(c.ids())).as(c.text()).isEqualTo(c.json().stringAt("decoded"));
        }
    }

    @Test
    void idsEqualHuggingFaceWhereSpecialTokensAreRecognised() {
        for (Case c : cases(folder("llama2/cases.json"))) {
            assertThat(LLAMA.encode(c.text(), Special.RECOGNISED)).as(c.text()).containsExactly(c.ids());
            assertThat(LLAMA.encode(c.text(), Special.RECOGNISED, Special.ADDED)).as(c.text()).containsExactly(c.json().at("ids_special").asInts());
            if (Stream.of(c.json().at("ids").asInts()).noneMatch(ids -> has(ids, 0))) {
                assertThat(LLAMA.decode(c.ids())).isEqualTo(c.json().stringAt("decoded_skip"));
                assertThat(LLAMA.decodeWithSpecial(c.ids())).isEqualTo(c.json().stringAt("decoded"));
            }
        }
    }

    private static boolean has(int[] ids, int id) {
        return java.util.stream.IntStream.of(ids).anyMatch(i -> i == id);
    }

    @Test
    void everyIdAloneDecodesAsInHuggingFace() {
        Json.read(folder("llama2/single_id_decode.json"))
                .forEach(
                        (id, text) -> {
                            // Hugging Face spells the unknown token, and takes a space away even
                            // from the byte 0x20; SentencePiece does neither.
                            if (!id.equals("0") && !id.equals("35")) {
                                assertThat(LLAMA.decodeWithSpecial(Integer.parseInt(id))).as(id).isEqualTo(text.asString());
                            }
                        });
    }

    @Test
    void unigramIdsAndTextsEqualSentencePiece() {
        Tokenizer tokenizer = Tokenizer.open(folder("sp-unigram"));
        for (Case c : cases(folder("sp-unigram/sentencepiece_cases.json"))) {
            assertThat(tokenizer.encode(c.text())).as(c.text()).containsExactly(c.ids());
            assertThat(tokenizer.decode(c.ids())).as(c.text()).isEqualTo(c.json().stringAt("decoded"));
        }
    }

    @Test
    void realLlamaIdsEqualLlamaCpp() {
        Tokenizer llama = Tokenizer.open(realData("tokenizers/llama2"));
        Path expected = realData("tokenizers/expected/llamacpp_llama-spm.json");
        for (Case c : cases(expected)) {
            assertThat(llama.encode(c.text())).as(c.text()).containsExactly(c.ids());
            assertThat(llama.decode(c.ids())).isEqualTo(c.text());
        }
        assertThat(llama.vocabularySize()).isEqualTo(32000);
        assertThat(llama.bosId()).hasValue(1);
        assertThat(llama.eosId()).hasValue(2);
    }

    @Test
    void stories260KIdsEqualLlama2C() throws IOException {
        Tokenizer stories = Tokenizer.open(realData("stories260K"));
        List<String> lines = Files.readAllLines(realData("stories260K/encode_expected.txt")).stream().filter(line -> !line.startsWith("#")).toList();
        for (int i = 0; i + 1 < lines.size(); i += 2) {
            String text = Json.parse("TEXT", lines.get(i).substring(5)).asString();
            String ids = "[" + lines.get(i + 1).substring(4) + "]";
            // llama2.c puts no space before an empty text, and neither does SentencePiece.
            assertThat(stories.encode(text, Special.ADDED)).as(text).containsExactly(Json.parse("IDS", ids).asInts());
        }
        assertThat(lines).hasSize(20);
    }
}
