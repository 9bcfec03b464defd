package dev.gatun.models.text;

import dev.gatun.io.Json;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/// Where the files of the tests are.
final class TokenizerFixtures {
    private TokenizerFixtures() {}

    record Case(String text, int[] ids, Json json) {}

    /// A folder of the small tokenizers that were trained for these tests.
    static Path folder(String name) {
        try {
            return Path.of(
                    TokenizerFixtures.class.getResource("/tokenizers/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<Case> cases(Path file) {
        List<Case> cases = new ArrayList<>();
        for (Json json : Json.read(file).elements()) {
            cases.add(new Case(json.stringAt("text"), json.at("ids").asInts(), json));
        }
        return cases;
    }

    /// A file of the real models and texts that some developers have beside the repository.
    static Path realData(String name) {
        Path at = Path.of("").toAbsolutePath();
        for (Path dir = at; dir != null; dir = dir.getParent()) {
            Path file = dir.resolve("shared/realdata").resolve(name);
            if (Files.exists(file)) {
                return file;
            }
        }
        Assumptions.abort("no shared/realdata/" + name + " in or above " + at.getFileName());
        throw new IllegalStateException();
    }
}
