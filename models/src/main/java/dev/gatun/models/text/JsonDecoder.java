package dev.gatun.models.text;

import dev.gatun.io.Json;
import dev.gatun.models.text.Detokenizer.Leading;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The `decoder` of a `tokenizer.json`. Everything it does to single tokens is done once, when the
/// file is read; what is left is the rule for the space that a text begins with.
final class JsonDecoder {
    private final List<UnaryOperator<String>> steps = new ArrayList<>();
    private boolean byteLevel;
    private boolean byteFallback;
    private boolean fused;
    private Leading leading = Leading.KEPT;

    private JsonDecoder() {}

    static JsonDecoder of(Json json) {
        JsonDecoder decoder = new JsonDecoder();
        decoder.add(json);
        return decoder;
    }

    private void add(Json json) {
        if (byteLevel) {
            throw json.refused("a decoder after ByteLevel is not supported");
        }
        switch (json.stringAt("type")) {
            case "Sequence" -> json.at("decoders").elements().forEach(this::add);
            case "ByteLevel" -> byteLevel = true;
            case "ByteFallback" -> byteFallback = true;
            case "Fuse" -> fused = true;
            case "Replace" -> {
                UnaryOperator<String> replace = JsonNormalizer.of(json);
                if (fused) {
                    throw json.refused("a Replace after Fuse is not supported");
                }
                steps.add(replace);
            }
            case "Strip" -> strip(json);
            case "Metaspace" -> metaspace(json);
            default ->
                    throw json.at("type")
                            .refused("supported decoders are Sequence, ByteLevel, ByteFallback," + " Fuse, Replace, Strip and Metaspace");
        }
    }

    private void strip(Json json) {
        boolean oneSpace = json.stringAt("content").equals(" ") && json.intAt("start") == 1 && json.intAt("stop") == 0;
        if (!fused || !oneSpace) {
            throw json.refused("a Strip is only supported after Fuse and of one leading space");
        }
        leading = Leading.ONE;
    }

    private void metaspace(Json json) {
        String mark = json.stringAt("replacement");
        String legacy = json.booleanAt("add_prefix_space", true) ? "always" : "never";
        if (!json.stringAt("prepend_scheme", legacy).equals("never")) {
            leading = Leading.ALL_OF_FIRST;
        }
        steps.add(token -> token.replace(mark, " "));
    }

    /// @param tokens the spelling of every token, null where no token has the id
    Detokenizer detokenizer(@Nullable String[] tokens, BitSet special) {
        byte[][] texts = new byte[tokens.length][];
        for (int id = 0; id < tokens.length; id++) {
            String token = tokens[id];
            texts[id] = token == null ? ByteStrings.NONE : bytes(token);
        }
        return new Detokenizer(ByteStrings.of(texts), special, new BitSet(), leading, byteFallback);
    }

    private byte[] bytes(String token) {
        String text = token;
        for (UnaryOperator<String> step : steps) {
            text = step.apply(text);
        }
        int b = byteFallback ? BytePiece.of(text) : -1;
        if (b >= 0) {
            return new byte[] {(byte) b};
        }
        return byteLevel ? ByteAlphabet.bytes(text) : text.getBytes(StandardCharsets.UTF_8);
    }
}
