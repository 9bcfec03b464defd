package dev.gatun.models.text;

import static dev.gatun.models.text.TokenizerFixtures.cases;
import static dev.gatun.models.text.TokenizerFixtures.folder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.gatun.io.Json;
import dev.gatun.models.text.Tokenizer.Special;
import dev.gatun.models.text.TokenizerFixtures.Case;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BytePairTrainerTest {
    private static List<String> corpus() throws IOException {
        return List.of(Files.readString(folder("trained/corpus.txt")).split("\n<\\|end_of_text\\|>\n"));
    }

    private static Json model(Path folder) {
        return Json.read(folder.resolve("tokenizer.json")).at("model");
    }

    private static List<String> spelled(Json model) {
        return model.at("merges").elements().stream()
                .map(merge -> String.join(" ", merge.asStrings()))
                .toList();
    }

    @Test
    void learnsWhatHuggingFaceLearns(@TempDir Path written) throws IOException {
        BytePairTrainer.train(corpus().iterator(), 900).write(written);
        Json learnt = model(written);
        Json expected = model(folder("trained"));
        assertThat(spelled(learnt)).isEqualTo(spelled(expected));
        assertThat(learnt.at("vocab").size()).isEqualTo(expected.at("vocab").size());
        expected.at("vocab")
                .forEach((token, id) ->
                        assertThat(learnt.at("vocab").intAt(token)).as(token).isEqualTo(id.asInt()));
    }

    @Test
    void encodesAsHuggingFaceDoes(@TempDir Path written) throws IOException {
        var pairs = BytePairTrainer.train(corpus().iterator(), 900);
        pairs.write(written);
        for (Tokenizer tokenizer : List.of(pairs.tokenizer(), Tokenizer.open(written), Tokenizer.open(folder("trained")))) {
            List<Case> cases = cases(folder("trained/cases.json"));
            assertThat(cases).hasSize(1000);
            for (Case c : cases) {
                assertThat(tokenizer.encode(c.text(), Special.RECOGNISED))
                        .as(c.text())
                        .containsExactly(c.ids());
                assertThat(tokenizer.decodeWithSpecial(c.ids())).isEqualTo(c.text());
            }
        }
    }

    @Test
    void theFilesSayWhereTextsBeginAndEnd(@TempDir Path written) throws IOException {
        BytePairTrainer.train(corpus().iterator(), 300).write(written.resolve("new/folder"));
        Tokenizer tokenizer = Tokenizer.open(written.resolve("new/folder"));
        assertThat(tokenizer.vocabularySize()).isEqualTo(300);
        assertThat(tokenizer.bosId()).hasValue(0);
        assertThat(tokenizer.eosId()).hasValue(1);
        assertThat(tokenizer.token(1)).isEqualTo("<|end_of_text|>");
        assertThat(tokenizer.isSpecial(1)).isTrue();
        assertThat(tokenizer.encode("a", Special.ADDED)).startsWith(0).hasSize(2);
        assertThat(tokenizer.encode("<|end_of_text|>").length).isGreaterThan(1);
    }

    @Test
    void oneSpecialTokenBeginsAndEnds() {
        var trainer = new BytePairTrainer(260, List.of("<|endoftext|>"));
        trainer.add("the the the");
        Tokenizer tokenizer = trainer.train().tokenizer();
        assertThat(tokenizer.bosId()).hasValue(0);
        assertThat(tokenizer.eosId()).hasValue(0);
        assertThat(tokenizer.encode("the the")).containsExactly(258, 259); // of h e, t he and Ġ the
    }

    @Test
    void theOrderOfTextsDoesNotMatter() throws IOException {
        List<String> shuffled = new ArrayList<>(corpus());
        Collections.shuffle(shuffled, new Random(1));
        assertThat(BytePairTrainer.train(shuffled.iterator(), 600)).isEqualTo(BytePairTrainer.train(corpus().iterator(), 600));
    }

    @Test
    void aSmallTextGivesASmallVocabulary() {
        var trainer = new BytePairTrainer(5000);
        trainer.add("");
        assertThat(trainer.train().tokens()).hasSize(258);
        trainer.add("ab \ud83d");
        BytePairs pairs = trainer.train();
        assertThat(pairs.tokens()).hasSize(258 + 1 + 3);
        assertThat(pairs.merges()).contains(new BytePairs.Merge("a", "b"));
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BytePairTrainer(257))
                .withMessage("vocabulary of 257 — want 258 (256 bytes and 2 special tokens) to 4194304");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BytePairTrainer(500, List.of("<s>", "<s>")))
                .withMessageContaining("no two alike");
    }
}
