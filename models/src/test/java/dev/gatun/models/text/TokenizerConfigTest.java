package dev.gatun.models.text;

import static dev.gatun.models.text.TokenizerFixtures.folder;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.models.text.Tokenizer.Special;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerConfigTest {
    @TempDir Path dir;

    private Tokenizer opened(String file, String config) throws IOException {
        Path name = folder(file).getFileName();
        Files.copy(folder(file), dir.resolve(name));
        Files.writeString(dir.resolve("tokenizer_config.json"), config);
        return Tokenizer.open(dir);
    }

    @Test
    void aSentencePieceModelAddsWhatTheConfigurationSays() throws IOException {
        Tokenizer tokenizer = opened("llama2/tokenizer.model", "{\"add_bos_token\": false, \"add_eos_token\": true}");
        int[] ids = tokenizer.encode("a");
        assertThat(tokenizer.encode("a", Special.ADDED)).containsExactly(ids[0], 2);
        assertThat(tokenizer.bosId()).hasValue(1);
    }

    @Test
    void theConfigurationNamesTheEnds() throws IOException {
        Tokenizer tokenizer = opened("qwen2/tokenizer.json", "{\"bos_token\": null, \"eos_token\": {\"content\": \"<|im_end|>\"}}");
        assertThat(tokenizer.bosId()).isEmpty();
        assertThat(tokenizer.eosId()).isEqualTo(tokenizer.id("<|im_end|>"));
    }

    @Test
    void aDirectoryOfGpt2sTwoFilesIsFound() throws IOException {
        Files.copy(folder("gpt2/vocab.json"), dir.resolve("encoder.json"));
        Files.copy(folder("gpt2/merges.txt"), dir.resolve("vocab.bpe"));
        Tokenizer tokenizer = Tokenizer.open(dir);
        assertThat(tokenizer.decode(tokenizer.encode("Hello world"))).isEqualTo("Hello world");
        assertThat(tokenizer.eosId()).isEqualTo(tokenizer.id("<|endoftext|>"));
    }
}
