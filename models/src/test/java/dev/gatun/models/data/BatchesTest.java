package dev.gatun.models.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.io.Json;
import dev.gatun.models.text.BytePairTrainer;
import dev.gatun.models.text.Tokenizer;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchesTest {
    private static final int BOS = 0;
    private static final int EOS = 1;

    /// Without merges: a token is a byte.
    private static final Tokenizer BYTES = new BytePairTrainer(258).train().tokenizer();

    private static Dataset texts(int count) {
        return Dataset.of(
                new SampleEncoder(BYTES), IntStream.range(0, count).mapToObj(i -> Example.text("text " + i + " " + "x".repeat(i * 7 % 13))));
    }

    private static String string(int[] ids) {
        return BYTES.decodeWithSpecial(Arrays.stream(ids).filter(id -> id >= 0).toArray());
    }

    private static List<List<int[]>> rows(Batches batches, int count) {
        List<List<int[]>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Batch batch = batches.next();
            for (int row = 0; row < batch.rows(); row++) {
                all.add(List.of(batch.ids()[row], batch.labels()[row], batch.starts()[row]));
            }
        }
        return all;
    }

    private static void assertSame(List<List<int[]>> some, List<List<int[]>> others) {
        assertThat(some).hasSameSizeAs(others);
        for (int i = 0; i < some.size(); i++) {
            for (int j = 0; j < 3; j++) {
                assertThat(some.get(i).get(j)).containsExactly(others.get(i).get(j));
            }
        }
    }

    @Test
    void onlyTheAnswerIsLearnt() {
        Dataset data = Dataset.of(new SampleEncoder(BYTES), Stream.of(Example.answer("2+2=", "4!")));
        Batch batch = Batches.padded(data, 3, 0).next();
        assertThat(string(batch.ids()[0])).isEqualTo("<|begin_of_text|>2+2=4!");
        assertThat(string(batch.labels()[0])).isEqualTo("4!<|end_of_text|>");
        assertThat(batch.labels()[0])
                .startsWith(Batch.NONE, Batch.NONE, Batch.NONE, Batch.NONE)
                .endsWith(EOS);
        assertThat(batch.rows()).isEqualTo(1);
        assertThat(batch.targets()).isEqualTo(3);
        assertThat(batch.bytes()).isEqualTo(2);
    }

    @Test
    void packedRowsHoldEveryTokenOnce() {
        Dataset data = texts(40);
        Batches batches = Batches.packed(data, 2, 16, 5, true);
        List<int[]> ids = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        var text = new StringBuilder();
        int targets = 0;
        while (batches.position().epoch() == 0) {
            Batch batch = batches.next();
            for (int row = 0; row < 2; row++) {
                ids.add(batch.ids()[row]);
                text.append(string(batch.ids()[row]));
                int start = 0;
                for (int t = 0; t < 16; t++) {
                    start = batch.ids()[row][t] == BOS ? t : start;
                    assertThat(batch.starts()[row][t]).isEqualTo(start);
                    if (batch.ids()[row][t] == EOS) {
                        assertThat(batch.labels()[row][t]).isEqualTo(Batch.NONE);
                    } else if (t < 15) {
                        assertThat(batch.labels()[row][t]).isEqualTo(batch.ids()[row][t + 1]);
                    }
                }
            }
            targets += batch.targets();
        }
        for (String one : text.toString().split("<\\|end_of_text\\|>")) {
            seen.merge(one, 1, Integer::sum);
        }
        for (int i = 0; i < 40; i++) {
            assertThat(seen).containsKey("<|begin_of_text|>text " + i + " " + "x".repeat(i * 7 % 13));
        }
        assertThat(targets).isBetween((int) data.tokens() - 40, (int) data.tokens() - 40 + 32);
        assertThat(batches.perEpoch()).isEqualTo((data.tokens() + 31) / 32);
        for (int i = 0; i + 1 < ids.size(); i++) { // the last label of a row is the first token of the next
            assertThat(ids.get(i)).hasSize(16);
        }
    }

    @Test
    void textsNeedNotBeKeptApart() {
        Batches batches = Batches.packed(texts(5), 1, 40, 5, false);
        List<List<int[]>> rows = rows(batches, 4);
        for (List<int[]> row : rows) {
            assertThat(Arrays.copyOf(row.get(1), 39)).containsExactly(Arrays.copyOfRange(row.get(0), 1, 40));
            assertThat(row.get(2)).containsOnly(0);
        }
        for (int i = 0; i + 1 < rows.size(); i++) {
            assertThat(rows.get(i).get(1)[39]).isEqualTo(rows.get(i + 1).get(0)[0]);
        }
    }

    @Test
    void goesOnWhereItWas() {
        Dataset data = texts(30);
        for (int kind = 0; kind < 3; kind++) {
            Batches whole = batches(data, kind);
            for (int stop = 0; stop < 40; stop++) {
                Position here = Position.of(Json.parse("state", json(whole.position())));
                Batches again = batches(data, kind);
                again.seek(here);
                assertThat(again.position()).isEqualTo(whole.position());
                List<List<int[]>> expected = rows(whole, 2);
                assertSame(rows(again, 2), expected);
            }
            assertThat(whole.position().epoch()).isGreaterThan(1);
        }
    }

    private static Batches batches(Dataset data, int kind) {
        return kind == 0 ? Batches.padded(data, 4, 9) : Batches.packed(data, 3, 11, 9, kind == 1);
    }

    private static String json(Position position) {
        return position.members().entrySet().stream()
                .map(e -> "\"" + e.getKey() + "\":" + e.getValue())
                .toList()
                .toString()
                .replace('[', '{')
                .replace(']', '}');
    }

    @Test
    void epochsAndSeedsHaveOrdersOfTheirOwn() {
        int[] first = Mixing.order(1000, 1, 0);
        assertThat(first)
                .containsExactly(Mixing.order(1000, 1, 0))
                .isNotEqualTo(Mixing.order(1000, 1, 1))
                .isNotEqualTo(Mixing.order(1000, 2, 0));
        assertThat(Arrays.stream(first).sorted().toArray())
                .containsExactly(IntStream.range(0, 1000).toArray());
        double displacement = IntStream.range(0, 1000)
                .map(i -> Math.abs(first[i] - i))
                .average()
                .orElseThrow();
        assertThat(displacement).isCloseTo(333, within(40.0));
    }

    @Test
    void equallyLongSamplesShareABatch() {
        Dataset data =
                Dataset.of(new SampleEncoder(BYTES), IntStream.range(0, 333).mapToObj(i -> Example.text("y".repeat(1 + i * 31 % 97))));
        Batches batches = Batches.padded(data, 8, 3);
        assertThat(batches.perEpoch()).isEqualTo(42);
        int positions = 0;
        int longest = 0;
        Set<Integer> lengths = new HashSet<>();
        for (int i = 0; i < 42; i++) {
            Batch batch = batches.next();
            assertThat(batch.rows()).isEqualTo(i < 41 ? 8 : 5);
            positions += batch.rows() * batch.length();
            for (int[] labels : batch.labels()) {
                int length = (int) Arrays.stream(labels)
                        .filter(label -> label != Batch.NONE)
                        .count();
                lengths.add(length);
                longest = Math.max(longest, length);
            }
            if (i == 0) {
                assertThat(batch.labels()[0][batch.length() - 1]).isEqualTo(EOS);
                assertThat(batch.length()).as("the longest of all comes first").isEqualTo(98);
            }
        }
        assertThat(longest).isEqualTo(98);
        assertThat(lengths).hasSize(97);
        assertThat(positions).as("little is filled up").isLessThan((int) (1.15 * data.tokens()));
    }

    @Test
    void everythingOnceInOrder() {
        Dataset data = texts(7);
        int targets = 0;
        long bytes = 0;
        var text = new StringBuilder();
        for (Batch batch : Batches.once(data, 2, 10)) {
            for (int[] row : batch.ids()) {
                text.append(string(row));
            }
            targets += batch.targets();
            bytes += batch.bytes();
        }
        assertThat(targets).isEqualTo((int) data.tokens() - 7);
        assertThat(bytes).isEqualTo(data.tokens() - 14);
        assertThat(text).startsWith("<|begin_of_text|>text 0 <|end_of_text|><|begin_of_text|>text 1 xxxxxxx<|end_of_text|>");
        assertThat(Dataset.bitsPerByte(8 * Math.log(2), 4)).isCloseTo(2, within(1e-12));
    }

    @Test
    void theSameTextIsAlwaysOnTheSameSide() {
        Dataset data =
                Dataset.of(new SampleEncoder(BYTES), IntStream.range(0, 2000).mapToObj(i -> Example.text("text " + i % 1000)));
        var split = data.split(0.1);
        assertThat(split.train().size() + split.heldOut().size()).isEqualTo(2000);
        assertThat(split.heldOut().size()).isBetween(120, 280).isEven();
        Set<String> held = new HashSet<>();
        for (int i = 0; i < split.heldOut().size(); i++) {
            held.add(string(split.heldOut().sample(i).ids()));
        }
        for (int i = 0; i < split.train().size(); i++) {
            assertThat(held).doesNotContain(string(split.train().sample(i).ids()));
        }
        assertThat(data.split(0).heldOut().size()).isZero();
        assertThatThrownBy(() -> texts(1).split(0.5))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("1 samples");
    }

    @Test
    void whatIsTooLongIsCutAndCounted() {
        var encoder = new SampleEncoder(BYTES, 4, 5);
        Dataset data = Dataset.of(encoder, Stream.of(Example.answer("abcdef", "12345678"), Example.answer("ab", "1234"), Example.text("12345")));
        assertThat(data.cut()).isEqualTo(2);
        assertThat(string(data.sample(0).ids())).isEqualTo("<|begin_of_text|>abc12345");
        assertThat(data.sample(0).cut()).isTrue();
        assertThat(string(data.sample(1).ids())).isEqualTo("<|begin_of_text|>ab1234<|end_of_text|>");
        assertThat(string(data.sample(2).ids())).isEqualTo("<|begin_of_text|>12345");
    }

    @Test
    void promptAndAnswerShareALength() {
        var encoder = new SampleEncoder(BYTES, 8, 8, 8);
        Dataset data = Dataset.of(
                encoder,
                Stream.of(
                        Example.answer("abcdef", "123"),
                        Example.answer("ab", "123456789"),
                        Example.answer("abcdef", "1234567"),
                        Example.text("123456789")));
        assertThat(string(data.sample(0).ids())).isEqualTo("<|begin_of_text|>abc123<|end_of_text|>");
        assertThat(string(data.sample(1).ids())).isEqualTo("<|begin_of_text|>ab12345");
        assertThat(string(data.sample(2).ids())).isEqualTo("<|begin_of_text|>abc1234");
        assertThat(string(data.sample(3).ids())).isEqualTo("<|begin_of_text|>1234567");
        assertThat(data.cut()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "gpt2-prefix-space", "llama2", "llama2-metaspace", "llama3", "sp-unigram"})
    void theSpaceThatATokenizerPutsBeforeATextIsNoByteOfIt(String name) throws URISyntaxException {
        Tokenizer words = Tokenizer.open(
                Path.of(BatchesTest.class.getResource("/tokenizers/" + name).toURI()));
        Assumptions.assumeTrue(words.eosId().isPresent());
        for (String answer : List.of("Yes", "Yes it is", " Yes")) {
            Dataset data = Dataset.of(new SampleEncoder(words), Stream.of(Example.answer("Is it?", answer)));
            assertThat(Batches.padded(data, 1, 0).next().bytes()).as(answer).isEqualTo(answer.length());
            assertThat(Batches.packed(data, 1, data.length(0) - 1, 0, true)
                            .next()
                            .bytes())
                    .as(answer)
                    .isEqualTo(answer.length());
        }
    }

    @Test
    void partsOfATextAreOneSample() {
        var parts = new ArrayList<Example>();
        for (int i = 0; i < 1200; i++) {
            parts.add(new Example("", i + " ", false));
        }
        parts.add(Example.text("end"));
        parts.add(Example.text("next"));
        Dataset data = Dataset.of(new SampleEncoder(BYTES), parts.stream());
        assertThat(data.size()).isEqualTo(2);
        assertThat(string(data.sample(0).ids()))
                .startsWith("<|begin_of_text|>0 1 2 ")
                .endsWith(" 1199 end<|end_of_text|>");
        assertThat(data.sample(0).prompt()).isEqualTo(1);
        Dataset cut = Dataset.of(new SampleEncoder(BYTES, 10, 1500), parts.stream());
        assertThat(cut.length(0)).isEqualTo(1501);
        assertThat(cut.cut()).isEqualTo(1);
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> Dataset.of(new SampleEncoder(BYTES), Stream.of()))
                .isInstanceOf(DataException.class);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Batches.packed(texts(3), 0, 8, 0, true))
                .withMessageContaining("0 rows of 8 tokens");
        assertThatThrownBy(() -> Batches.packed(texts(3), 1, 8, 0, true).seek(new Position(0, 3, 0)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("3 samples");
    }
}
