///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// The ids of a text, or the text of ids.

import module java.base;

import dev.gatun.models.text.Tokenizer;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Parameters(paramLabel = "TEXT", description = "A text, or with --decode ids like 1,403,407; - reads standard input.")
String text;

@Option(
        names = "--model",
        required = true,
        defaultValue = "${sys:gatun.model}",
        paramLabel = "DIR",
        description = "The model's folder, or a tokenizer's file. ./gatun has one of its own.")
Path model;

@Option(names = "--decode", description = "From ids to text.")
boolean decode;

@Option(
        names = "--special",
        negatable = true,
        description = "Special tokens such as <s>: unless given, the ones that belong around a text are added, as before a prompt."
                + " --special recognises those that the text spells, too, and spells them in decoded text; --no-special adds none.")
Boolean special;

void main(String[] args) {
    Program.run(this, "tokenize", "Prints the ids of a text, with commas between them, or the text of ids.", this::tokenize, args);
}

void tokenize() throws Exception {
    var tokenizer = Tokenizer.open(model);
    String input = Program.text(text);
    if (decode) {
        int[] ids = Program.ids(input);
        IO.println(special != null && special ? tokenizer.decodeWithSpecial(ids) : tokenizer.decode(ids));
    } else {
        var treatment = special == null
                ? new Tokenizer.Special[] {Tokenizer.Special.ADDED}
                : special ? Tokenizer.Special.values() : new Tokenizer.Special[] {};
        IO.println(Arrays.stream(tokenizer.encode(input, treatment))
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(",")));
    }
}
