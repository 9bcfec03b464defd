package dev.gatun.models.text;

import dev.gatun.io.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Makes a tokenizer of a `tokenizer.json`, the format of Hugging Face's tokenizers, where its
/// model is byte-pair encoding. What the file asks for and this cannot do is refused when it is
/// read.
final class TokenizerJson {
    private final Json json;
    private final String source;
    private final BytePairVocabulary vocabulary;
    private final List<AddedTokens.Token> added = new ArrayList<>();
    private int[] before = {};
    private int[] after = {};

    private TokenizerJson(String source, Json json) {
        this.json = json;
        this.source = source;
        this.vocabulary = new BytePairVocabulary(source);
    }

    static Tokenizer read(String source, Json json, TokenizerConfig config) {
        return new TokenizerJson(source, json).tokenizer(config);
    }

    private Tokenizer tokenizer(TokenizerConfig config) {
        Json model = json.at("model");
        String type = model.stringAt("type", model.has("merges") ? "BPE" : "unnamed");
        if (!type.equals("BPE")) {
            throw model.find("type").orElse(model).refused("models of type BPE are supported, this is " + type);
        }
        readVocabulary(model);
        UnaryOperator<String> normalizer = json.find("normalizer").map(JsonNormalizer::of).orElse(UnaryOperator.identity());
        JsonPreTokenizer preTokenizer = json.find("pre_tokenizer").map(JsonPreTokenizer::of).orElse(new JsonPreTokenizer(PreTokenizer.NONE, false));
        WordModel words = words(model, preTokenizer.byteLevel());
        readAddedTokens();
        json.find("post_processor").ifPresent(this::readPostProcessor);
        return assembled(normalizer, preTokenizer.steps(), words, config);
    }

    private Tokenizer assembled(UnaryOperator<String> normalizer, PreTokenizer preTokenizer, WordModel words, TokenizerConfig config) {
        @Nullable String[] tokens = vocabulary.tokens();
        Map<String, Integer> special = new HashMap<>();
        BitSet specials = new BitSet();
        for (AddedTokens.Token token : added) {
            if (token.special()) {
                specials.set(token.id());
                special.put(token.content(), token.id());
            }
        }
        return new ModelTokenizer(
                new AddedTokens(added, normalizer),
                normalizer,
                preTokenizer,
                words,
                before,
                after,
                names(tokens),
                JsonDecoder.of(json.at("decoder")).detokenizer(tokens, specials),
                config.bos(name -> special.getOrDefault(name, -1)),
                config.eos(name -> special.getOrDefault(name, -1)));
    }

    static ModelTokenizer.Names names(@Nullable String[] tokens) {
        byte[][] spelled = new byte[tokens.length][];
        for (int id = 0; id < tokens.length; id++) {
            String token = tokens[id];
            spelled[id] = token == null ? ByteStrings.NONE : token.getBytes(StandardCharsets.UTF_8);
        }
        return new ModelTokenizer.Names(ByteStrings.of(spelled));
    }

    private void readVocabulary(Json model) {
        model.at("vocab").forEach((token, id) -> vocabulary.add(token, id.asInt()));
        for (Json merge : model.at("merges").elements()) {
            if (merge.isString()) {
                vocabulary.merge(merge.asString());
                continue;
            }
            List<String> pair = merge.asStrings();
            if (pair.size() != 2) {
                throw merge.refused("expected two tokens");
            }
            vocabulary.merge(pair.get(0), pair.get(1));
        }
    }

    private WordModel words(Json model, boolean byteLevel) {
        for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            if (!model.stringAt(affix, "").isEmpty()) {
                throw model.at(affix).refused("is not supported");
            }
        }
        if (model.doubleAt("dropout", 0) != 0) {
            throw model.at("dropout").refused("is not supported");
        }
        int unknown = -1;
        if (model.has("unk_token")) {
            unknown = vocabulary.id(model.stringAt("unk_token"));
            if (unknown < 0) {
                throw model.at("unk_token").refused("is not in the vocabulary");
            }
        }
        boolean fuse = model.booleanAt("fuse_unk", false);
        boolean ignoreMerges = model.booleanAt("ignore_merges", false);
        if (byteLevel) {
            return vocabulary.bytes(ignoreMerges, unknown, fuse);
        }
        if (ignoreMerges) {
            throw model.at("ignore_merges").refused("is supported with ByteLevel only");
        }
        return vocabulary.characters(model.booleanAt("byte_fallback", false), unknown, fuse);
    }

    private void readAddedTokens() {
        if (!json.has("added_tokens")) {
            return;
        }
        for (Json token : json.at("added_tokens").elements()) {
            String content = token.stringAt("content");
            int id = token.intAt("id");
            vocabulary.add(content, id);
            added.add(
                    new AddedTokens.Token(
                            id,
                            content,
                            token.booleanAt("special", false),
                            token.booleanAt("single_word", false),
                            token.booleanAt("lstrip", false),
                            token.booleanAt("rstrip", false),
                            token.booleanAt("normalized", false)));
        }
    }

    private void readPostProcessor(Json processor) {
        switch (processor.stringAt("type")) {
            case "ByteLevel" -> {} // changes offsets only
            case "Sequence" -> processor.at("processors").elements().forEach(this::readPostProcessor);
            case "TemplateProcessing" -> readTemplate(processor);
            case "BertProcessing", "RobertaProcessing" ->
                    around(new int[] {pairedId(processor.at("cls"))}, new int[] {pairedId(processor.at("sep"))});
            default ->
                    throw processor
                            .at("type")
                            .refused(
                                    "supported post-processors are ByteLevel, Sequence,"
                                            + " TemplateProcessing, BertProcessing and"
                                            + " RobertaProcessing");
        }
    }

    /// The id of `["</s>", 2]`.
    private int pairedId(Json pair) {
        if (pair.elements().size() != 2) {
            throw pair.refused("expected a token and its id");
        }
        return known(pair.elements().get(1));
    }

    private void readTemplate(Json processor) {
        int[] ids = {};
        int[] first = null;
        for (Json item : processor.at("single").elements()) {
            if (item.has("SpecialToken")) {
                Json name = item.at("SpecialToken").at("id");
                Json known = processor.at("special_tokens").at(name.asString()).at("ids");
                int[] added = known.elements().stream().mapToInt(this::known).toArray();
                ids = IntStream.concat(Arrays.stream(ids), Arrays.stream(added)).toArray();
            } else if (item.has("Sequence") && first == null) {
                first = ids;
                ids = new int[0];
            } else {
                throw item.refused("expected special tokens around one sequence");
            }
        }
        if (first == null) {
            throw processor.at("single").refused("has no sequence");
        }
        around(first, ids);
    }

    private int known(Json id) {
        if (id.asInt() < 0 || id.asInt() >= vocabulary.size()) {
            throw id.refused("is not the id of a token of " + source);
        }
        return id.asInt();
    }

    private void around(int[] first, int[] last) {
        before = IntStream.concat(Arrays.stream(first), Arrays.stream(before)).toArray();
        after = IntStream.concat(Arrays.stream(after), Arrays.stream(last)).toArray();
    }
}
