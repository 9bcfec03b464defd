package dev.gatun.models.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
    @TempDir
    Path folder;

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private static List<Example> read(Path file) {
        return read(file, PromptStyle.ALPACA);
    }

    private static List<Example> read(Path file, PromptStyle style) {
        try (Stream<Example> examples = Examples.read(file, style)) {
            return examples.toList();
        }
    }

    @Test
    void aLineOfItsOwnSeparatesTexts() throws IOException {
        String text = "One.\n\nTwo.\n<|end_of_text|>\n\n<|end_of_text|>\nNot <|end_of_text|> here.\r\n<|end_of_text|>\r\nÜber\n";
        assertThat(read(file("a.txt", text)))
                .containsExactly(Example.text("One.\n\nTwo."), Example.text("Not <|end_of_text|> here.\r"), Example.text("Über"));
        assertThat(read(file("b.txt", "\ufeffno line break at the end"))).containsExactly(Example.text("no line break at the end"));
        assertThat(read(file("c.txt", "last\n<|end_of_text|>"))).containsExactly(Example.text("last"));
    }

    @Test
    void longTextsComeInPartsThatAreTheText() throws IOException {
        String line = "all work and no play".repeat(50);
        String text = Stream.iterate(0, i -> i + 1)
                .limit(3000)
                .map(i -> i % 3 == 0 ? "  " + line : line)
                .collect(Collectors.joining("\n"));
        List<Example> parts = read(file("long.txt", text + "\n<|end_of_text|>\nshort"));
        assertThat(parts).hasSizeGreaterThan(3);
        assertThat(parts.subList(0, parts.size() - 2)).noneMatch(Example::complete);
        assertThat(parts.subList(parts.size() - 2, parts.size())).allMatch(Example::complete);
        assertThat(parts.stream().limit(parts.size() - 1).map(Example::answer).collect(Collectors.joining()))
                .isEqualTo(text);
    }

    @Test
    void linesOfJsonHaveSeveralForms() throws IOException {
        Path lines = file("forms.jsonl", """
                {"text": "a text", "source": 7}

                {"instruction": "Add.", "input": "1 and 2", "output": "3"}
                {"instruction": "Sing {input}.", "output": "La."}
                {"instruction": "Who?", "context": "Mia left.", "response": "Mia.", "category": "closed_qa"}
                {"prompt": "2+2=", "completion": "4"}
                {"question": "Who?", "answer": "Mia."}
                {"input": "x", "output": "y"}
                {"text": ""}
                """);
        assertThat(read(lines, PromptStyle.PLAIN))
                .containsExactly(
                        Example.text("a text"),
                        Example.answer("Add.\n1 and 2\n\n", "3"),
                        Example.answer("Sing {input}.\n\n", "La."),
                        Example.answer("Who?\nMia left.\n\n", "Mia."),
                        Example.answer("2+2=", "4"),
                        Example.answer("Who?\n", "Mia."),
                        Example.answer("x", "y"));
        assertThat(read(lines).get(1).prompt()).endsWith("\n\n### Instruction:\nAdd.\n\n### Input:\n1 and 2\n\n### Response:\n");
        assertThat(read(lines).get(5).prompt()).isEqualTo("Question: Who?\nAnswer: ");
    }

    @Test
    void anArrayIsReadAsLinesAre() throws IOException {
        assertThat(read(file("a.json", " [{\"text\": \"one\"}, {\"prompt\": \"two\", \"response\": \"three\"}]")))
                .containsExactly(Example.text("one"), Example.answer("two", "three"));
        assertThat(read(file("b.json", "{\"text\": \"one\"}\n{\"text\": \"two\"}")))
                .hasSize(2);
    }

    @Test
    void complaintsNameTheFileAndTheLine() throws IOException {
        assertThatThrownBy(() -> read(file("bad.jsonl", "{\"text\": \"fine\"}\n\n{\"text\": \"not closed}\n")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("bad.jsonl, line 3");
        assertThatThrownBy(() -> read(file("form.jsonl", "{\"text\": \"fine\"}\n{\"title\": \"no\"}\n")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("form.jsonl, line 2")
                .hasMessageContaining("[title]")
                .hasMessageContaining("want an object with \"text\"");
        assertThatThrownBy(() -> read(file("half.jsonl", "{\"instruction\": \"Add.\"}\n")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("half.jsonl, line 1")
                .hasMessageContaining("\"output\"");
        assertThatThrownBy(() -> read(file("half.json", "[{\"text\": \"a\"}, 7]")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("[1]");
        assertThatThrownBy(() -> read(file("empty.txt", "\n \n")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("empty.txt: there is nothing in it");
        assertThatThrownBy(() -> read(file("empty.json", "[]")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("nothing in it");
        assertThatThrownBy(() -> read(folder.resolve("nowhere.txt")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("nowhere.txt");
    }

    @Test
    void whatIsNotUtf8IsRefused() throws IOException {
        Path latin = Files.write(folder.resolve("latin.txt"), "good\nSüden\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> read(latin))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("latin.txt, line 2: byte 2 of the line is 0xFC, which is not UTF-8");
    }
}
