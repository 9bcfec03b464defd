///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//SOURCES stories/*.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// Writes stories to train a model on.

import module java.base;

import dev.gatun.models.data.Examples;
import picocli.CommandLine.Option;
import stories.Letters;
import stories.Questions;
import stories.Recipes;
import stories.Storyteller;

@Option(
        names = "--domain",
        paramLabel = "NAME",
        description = "stories (default), or to fine-tune on: letters, recipes, or questions with answers in JSON lines.")
String domain = "stories";

@Option(names = "--count", paramLabel = "N", description = "How many (default 10).")
long count = 10;

@Option(
        names = "--names",
        paramLabel = "N",
        description = "How many names stories have for girls, for boys, and for animals that are she or he (default: all, 20 to 35).")
Integer names;

@Option(names = "--seed", paramLabel = "S", description = "Which ones: the same seed gives the same texts (default 0).")
long seed = 0;

@Option(names = "--out", paramLabel = "FILE", description = "Where to; standard output unless given.")
Path out;

void main(String[] args) {
    String purpose = "Writes short stories for children, made of patterns, to train and test models with: texts with a line " + Examples.SEPARATOR
            + " between them, as the other verbs read them.";
    Program.run(this, "stories", purpose, this::write, args);
}

void write() throws IOException {
    LongFunction<String> texts = switch (domain) {
        case "stories" -> index -> names == null ? Storyteller.story(seed, index) : Storyteller.story(seed, index, names);
        case "letters" -> index -> Letters.letter(seed, index);
        case "recipes" -> index -> Recipes.recipe(seed, index);
        case "questions" -> index -> line(Questions.pair(seed, index));
        default -> throw new IllegalArgumentException("domain \"" + domain + "\" — want stories, letters, recipes or questions");
    };
    if (names != null && !domain.equals("stories")) {
        throw new IllegalArgumentException("--names is of stories; " + domain + " have all of them");
    }
    if (count < 1) {
        throw new IllegalArgumentException("count " + count + " — want at least 1");
    }
    if (names != null) {
        Storyteller.requireEnough(names);
    }
    if (out == null) {
        write(new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8)), texts);
        return;
    }
    if (Files.isSymbolicLink(out) || Files.exists(out) && !Files.isRegularFile(out)) {
        write(Files.newBufferedWriter(out), texts); // a link, a pipe or a device is not to be replaced
        return;
    }
    // Beside the target first: whatever fails, a file that was there stays.
    Path partial = out.resolveSibling("." + out.getFileName() + ".partial");
    try {
        write(Files.newBufferedWriter(partial), texts);
        Files.move(partial, out, StandardCopyOption.REPLACE_EXISTING);
    } finally {
        Files.deleteIfExists(partial);
    }
}

void write(Writer target, LongFunction<String> texts) throws IOException {
    try (var writer = target) {
        for (long i = 0; i < count; i++) {
            if (i > 0 && !domain.equals("questions")) {
                writer.write(Examples.SEPARATOR + "\n");
            }
            writer.write(texts.apply(i));
            writer.write("\n");
        }
    }
}

static String line(Questions.Pair pair) {
    var members = new LinkedHashMap<String, String>();
    members.put("question", pair.question());
    members.put("answer", pair.answer());
    return Program.json(members);
}
