package dev.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.models.text.Tokenizer.Special;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A real trained LLaMA, 260 thousand parameters, against llama2.c: the same text, token for token. Skipped where the model is not at hand.
class StoriesTest {
    private static final Path FOLDER = realData("stories260K");
    private static final GenerationOptions GREEDY = GenerationOptions.standard().withFilter(LogitsFilter.greedy());
    private static CausalLm model;

    /// `shared/realdata` beside the repository.
    static Path realData(String name) {
        return Path.of("")
                .toAbsolutePath()
                .resolve("../../shared/realdata/" + name)
                .normalize();
    }

    @BeforeAll
    static void open() {
        assumeTrue(Files.isDirectory(FOLDER), "no shared/realdata/stories260K beside the repository");
        model = CausalLm.open(FOLDER);
    }

    @AfterAll
    static void close() {
        if (model != null) {
            model.close();
        }
    }

    private static String text(String prompt, GenerationOptions options) {
        try (Generation generation = model.generate(prompt, options)) {
            return generation.text().collect(Collectors.joining());
        }
    }

    @Test
    void tellsTheStoryThatLlama2cTells() throws IOException {
        String expected = Files.readString(FOLDER.resolve("expected.txt"));
        String begin = "-n 256 -i \"Once upon a time\"\n### output (stdout bytes between the markers; run.c prints a final newline):\n<<<\n";
        int from = expected.indexOf(begin) + begin.length();
        String story = expected.substring(from, expected.indexOf("\n>>>", from));
        assertThat("Once upon a time" + text("Once upon a time", GREEDY.withMaxTokens(200)))
                .startsWith(story.substring(0, 350));
        assertThat("Once upon a time" + text("Once upon a time", GREEDY.withMaxTokens(260)))
                .startsWith(story);
    }

    @Test
    void drawsTheSameIds() throws IOException {
        List<String> lines = Files.readAllLines(FOLDER.resolve("greedy_ids_expected.txt"));
        int checked = 0;
        for (int i = 0; i + 1 < lines.size(); i++) {
            if (lines.get(i).startsWith("PROMPT ")) {
                String prompt = lines.get(i).substring(8, lines.get(i).length() - 1);
                int[] expected = Arrays.stream(lines.get(i + 1).split(","))
                        .mapToInt(Integer::parseInt)
                        .toArray();
                int[] ids = model.tokenizer().encode(prompt, Special.ADDED);
                assertThat(Arrays.copyOf(expected, ids.length)).isEqualTo(ids);
                try (Generation generation = model.generate(ids, GREEDY.withMaxTokens(expected.length - ids.length))) {
                    generation.forEachRemaining(token -> {});
                    assertThat(generation.ids()).isEqualTo(Arrays.copyOfRange(expected, ids.length, expected.length));
                }
                checked++;
            }
        }
        assertThat(checked).isPositive();
    }

    @Test
    void scoresEveryPositionAlike() throws IOException {
        int[] ids = ids("logits_prompt.ids.txt");
        var expected = ByteBuffer.wrap(Files.readAllBytes(FOLDER.resolve("logits_prompt.f32")))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        try (Session session = model.newSession(ids.length)) {
            session.forward(ids, rows -> {
                for (float logit : rows.toArray()) {
                    assertThat(logit).isCloseTo(expected.get(), within(1e-4f));
                }
            });
        }
        assertThat(expected.remaining()).isZero();
    }

    private static int[] ids(String file) throws IOException {
        return Arrays.stream(Files.readString(FOLDER.resolve(file)).strip().split(","))
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    @Test
    void manySessionsShareAModel() {
        String alone = text("The little dog", GREEDY.withMaxTokens(40));
        var texts = java.util.stream.IntStream.range(0, 6)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> text("The little dog", GREEDY.withMaxTokens(40))))
                .toList();
        assertThat(texts).allSatisfy(text -> assertThat(text.join()).isEqualTo(alone));
    }

    @Test
    void stopsAtAStopText() {
        GenerationOptions options = GREEDY.withMaxTokens(200).withStop("Lily", "never said");
        try (Generation generation = model.generate("Once upon a time", options)) {
            assertThat(generation.text().collect(Collectors.joining())).isEqualTo(", there was a little girl named ");
            assertThat(generation.end()).isEqualTo(Generation.End.STOP);
        }
    }

    @Test
    void givesLogProbabilities() {
        try (Generation generation =
                model.generate("Once upon a time", GREEDY.withMaxTokens(5).withLogprobs(true))) {
            assertThat(generation.tokens().toList())
                    .hasSize(5)
                    .allSatisfy(token -> assertThat(token.logprob()).isBetween(-3f, 0f));
        }
    }

    @Test
    void drawsTheSameTextFromTheSameSeed() {
        GenerationOptions options = GenerationOptions.standard().withMaxTokens(30);
        assertThat(text("One day", options.withSeed(5)))
                .isEqualTo(text("One day", options.withSeed(5)))
                .isNotEqualTo(text("One day", options.withSeed(6)));
    }

    @Test
    void endsWhenTheContextIsFull() {
        int[] prompt = new int[508];
        Arrays.fill(prompt, 400);
        try (Generation generation = model.generate(prompt, GREEDY.withMaxTokens(100))) {
            assertThat(generation.tokens().count()).isEqualTo(5);
            assertThat(generation.end()).isEqualTo(Generation.End.CONTEXT);
        }
        assertThatThrownBy(() -> model.generate(new int[512], GREEDY)).hasMessageContaining("512 tokens; the model's context is 512");
    }

    @Test
    void refusesTokensThatDoNotExist() {
        try (Session session = model.newSession(8)) {
            assertThatThrownBy(() -> session.forward(1, 512)).hasMessage("token 512 — the model knows 0 to 511");
            assertThatThrownBy(session::forward).hasMessageContaining("no tokens");
            assertThatThrownBy(() -> session.forward(new int[9])).hasMessageContaining("9 tokens behind 0 do not fit");
            assertThat(session.position()).isZero();
        }
    }
}
