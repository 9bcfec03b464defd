///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// The shortest program: opens a model and continues a text.

import dev.gatun.models.CausalLm;

void main(String[] args) {
    try (var llm = CausalLm.open(Path.of(args[0]));
            var story = llm.generate("Once upon a time")) {
        story.text().forEach(IO::print);
    }
}
