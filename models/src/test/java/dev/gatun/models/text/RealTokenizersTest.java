package dev.gatun.models.text;

import static dev.gatun.models.text.TokenizerFixtures.cases;
import static dev.gatun.models.text.TokenizerFixtures.realData;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.models.text.Tokenizer.Special;
import dev.gatun.models.text.TokenizerFixtures.Case;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Published tokenizers, where a developer has them.
class RealTokenizersTest {
    @ParameterizedTest
    @CsvSource({
        "gpt2/tokenizer.json, gpt-2",
        "gpt2/encoder.json, gpt-2",
        "llama3/llama3.tokenizer.model, llama-bpe",
        "llama2/tokenizer.model, llama-spm"
    })
    void idsEqualLlamaCpp(String file, String expected) {
        Tokenizer tokenizer = Tokenizer.open(realData("tokenizers/" + file));
        for (Case c : cases(realData("tokenizers/expected/llamacpp_" + expected + ".json"))) {
            assertThat(tokenizer.encode(c.text())).as(c.text()).containsExactly(c.ids());
            assertThat(tokenizer.decode(c.ids())).as(c.text()).isEqualTo(c.text());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt2/tokenizer.json",
                "gpt2/encoder.json",
                "llama3/llama3.tokenizer.model",
                "llama2/tokenizer.model",
                "mistral/tokenizer.model"
            })
    void wholeCorporaComeBack(String file) throws IOException {
        Tokenizer tokenizer = Tokenizer.open(realData("tokenizers/" + file));
        for (String corpus : new String[] {"tinyshakespeare.txt", "wikitext2_valid.txt"}) {
            String text = Files.readString(realData("corpora/" + corpus));
            int[] ids = tokenizer.encode(text);
            assertThat(tokenizer.decode(ids)).isEqualTo(text);
            StringBuilder streamed = new StringBuilder();
            TextStream stream = tokenizer.stream();
            for (int id : ids) {
                streamed.append(stream.accept(id));
            }
            assertThat(streamed.append(stream.finish()).toString()).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stories260K", "tokenizers/llama2", "tokenizers/mistral"})
    void aContinuationKeepsItsSpaces(String model) {
        Tokenizer tokenizer = Tokenizer.open(realData(model));
        int[] prompt = tokenizer.encode("Once upon a time", Special.ADDED);
        int[] all = tokenizer.encode("Once upon a time, there was a girl", Special.ADDED);
        TextStream stream = tokenizer.stream(prompt);
        StringBuilder text = new StringBuilder();
        for (int i = prompt.length; i < all.length; i++) {
            text.append(stream.accept(all[i]));
        }
        assertThat(text.append(stream.finish()).toString()).isEqualTo(", there was a girl");
        assertThat(tokenizer.decode(all)).isEqualTo("Once upon a time, there was a girl");
        assertThat(tokenizer.decodeWithSpecial(prompt)).isEqualTo("<s> Once upon a time");
    }
}
