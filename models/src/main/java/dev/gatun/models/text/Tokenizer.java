package dev.gatun.models.text;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/// Text to token ids and back.
///
/// ```java
/// Tokenizer tokenizer = Tokenizer.open(Path.of("SmolLM2-135M"));
/// int[] prompt = tokenizer.encode("Once upon a time", Special.ADDED);
/// TextStream text = tokenizer.stream(prompt);
/// while (tokens.hasNext()) {
///     IO.print(text.accept(tokens.nextInt()));
/// }
/// IO.print(text.finish());
/// ```
///
/// A *special* token, such as `<s>` or `<|eot_id|>`, stands for no text. Text that spells one is
/// ordinary text unless the caller says [Special#RECOGNISED]: whoever may write `<|eot_id|>` into a
/// prompt may otherwise end the turn and speak as somebody else.
///
/// Immutable and safe for use by many threads; a [TextStream] belongs to one.
public interface Tokenizer {
    /// The files of a model's folder that say what its tokens are and how to talk to it: to be copied, where they are there, beside what was made of the model.
    List<String> FILES = List.of(
            "tokenizer.json",
            "tokenizer.model",
            "vocab.json",
            "merges.txt",
            "encoder.json",
            "vocab.bpe",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja");

    /// What [#encode] does about special tokens.
    enum Special {
        /// The ones that the tokenizer's configuration puts around a text, such as `<s>` before it.
        ADDED,
        /// The ones spelled out in the text become themselves: for text that a chat template made.
        RECOGNISED
    }

    /// Opens the tokenizer of a model as published: `tokenizer.json` if it is there (byte-pair
    /// models), else `tokenizer.model` (SentencePiece, or the ranks of tiktoken as Llama 3 has
    /// them), else `vocab.json` with `merges.txt` (GPT-2).
    ///
    /// @param path the model's directory, or one of these files
    /// @return the tokenizer
    /// @throws TokenizerException if there is none, or it is malformed or of an unsupported kind
    /// @throws java.io.UncheckedIOException if a file cannot be read
    static Tokenizer open(Path path) {
        return TokenizerFiles.open(path);
    }

    /// Encodes a text. Surrogates without a partner are encoded as U+FFFD.
    ///
    /// @param text any text
    /// @param special what is done about special tokens, nothing unless given
    /// @return the ids
    int[] encode(String text, Special... special);

    /// Decodes a whole text. Special tokens, and ids that no token has, give nothing; bytes that
    /// are not UTF-8 give U+FFFD; the space that encoding puts before a text, if this tokenizer
    /// does so, is taken away. To decode what continues a text, use [#stream].
    ///
    /// @param ids the ids
    /// @return the text
    String decode(int... ids);

    /// Decodes a whole text as [#decode] does, with special tokens spelled out.
    ///
    /// @param ids the ids
    /// @return the text
    String decodeWithSpecial(int... ids);

    /// Returns a decoder of the ids that follow others, one at a time. Together
    /// `decode(before) + all it returns` is `decode(before and all ids)`.
    ///
    /// @param before what came before, such as the prompt: its text is not returned, but decides
    ///     whether a space that a token begins with is text. None to decode from the beginning
    /// @return a new stream, for one thread
    TextStream stream(int... before);

    /// Returns the bytes that a token stands for, which need not be whole characters. Those of a
    /// special token are its name.
    ///
    /// @param id an id
    /// @return a new array of UTF-8, empty if no token has the id
    byte[] bytes(int id);

    /// Returns a token as the tokenizer's file spells it, such as `▁the`, `Ġthe` or `<s>`.
    ///
    /// @param id an id
    /// @return its spelling, empty if no token has the id
    String token(int id);

    /// Returns the id of a token.
    ///
    /// @param token its spelling in the tokenizer's file, such as `<|eot_id|>`
    /// @return its id, empty if there is no such token
    OptionalInt id(String token);

    /// Returns whether a token is special: it stands for no text.
    ///
    /// @param id an id
    /// @return true if it is special
    boolean isSpecial(int id);

    /// Returns the number of ids: one more than the highest. The rows of a model's embedding may be
    /// more, as padding.
    ///
    /// @return the number
    int vocabularySize();

    /// Returns the token that begins a text.
    ///
    /// @return its id, empty if there is none
    OptionalInt bosId();

    /// Returns the token that ends a text. A chat model may end its turns with another one, which
    /// its `generation_config.json` names.
    ///
    /// @return its id, empty if there is none
    OptionalInt eosId();
}
