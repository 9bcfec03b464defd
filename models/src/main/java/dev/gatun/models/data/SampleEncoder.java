package dev.gatun.models.data;

import dev.gatun.models.text.Tokenizer.Special;
import dev.gatun.models.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;

/// Makes tokens of examples, as QLoRA's training does (Dettmers et al. 2023): the token that begins a text, if the tokenizer puts one there, and the prompt,
/// which are not learnt; the answer and the token that ends a text, which are. What is learnt of a text without a prompt is all of it.
///
/// Prompt and answer are encoded one without the other, so that what is learnt is what a model will see. An answer that is too long is cut and has no end.
///
/// Immutable.
public final class SampleEncoder {
    private final Tokenizer tokenizer;
    private final int longestPrompt;
    private final int longestAnswer;
    private final int longest;
    private final int begin;
    private final int end;

    /// An encoder that cuts nothing.
    ///
    /// @param tokenizer of the model that is trained
    /// @throws IllegalArgumentException if no token of it ends a text
    public SampleEncoder(Tokenizer tokenizer) {
        this(tokenizer, Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    /// An encoder that cuts prompts and answers, each for itself.
    ///
    /// @param tokenizer of the model that is trained
    /// @param longestPrompt how many tokens of a prompt are kept, with the one that begins a text: the first
    /// @param longestAnswer how many tokens of an answer or a text are kept, with the one that ends it: the first
    /// @throws IllegalArgumentException if no token ends a text, or nothing would be kept
    public SampleEncoder(Tokenizer tokenizer, int longestPrompt, int longestAnswer) {
        this(tokenizer, longestPrompt, longestAnswer, Integer.MAX_VALUE);
    }

    /// An encoder that cuts both together as well: a prompt to what its answer leaves, but not below half; the answer to what the prompt leaves then.
    ///
    /// @param tokenizer of the model that is trained
    /// @param longestPrompt how many tokens of a prompt are kept, with the one that begins a text: the first
    /// @param longestAnswer how many tokens of an answer or a text are kept, with the one that ends it: the first
    /// @param longest how many tokens of both are kept
    /// @throws IllegalArgumentException if no token ends a text, or nothing would be kept
    public SampleEncoder(Tokenizer tokenizer, int longestPrompt, int longestAnswer, int longest) {
        if (longestPrompt < 1 || longestAnswer < 1 || longest < 2) {
            throw new IllegalArgumentException("prompts of " + longestPrompt + " and answers of " + longestAnswer + " tokens, " + longest
                    + " together — want at least 1 each, and 2");
        }
        OptionalInt eos = tokenizer.eosId();
        if (eos.isEmpty()) {
            throw new IllegalArgumentException(tokenizer + " has no token that ends a text — name one in tokenizer_config.json, as \"eos_token\"");
        }
        this.tokenizer = tokenizer;
        this.longestPrompt = longestPrompt;
        this.longestAnswer = longestAnswer;
        this.longest = longest;
        this.end = eos.getAsInt();
        int[] around = tokenizer.encode("", Special.ADDED);
        OptionalInt bos = tokenizer.bosId();
        this.begin = bos.isPresent() && around.length > 0 && around[0] == bos.getAsInt() ? bos.getAsInt() : -1;
    }

    /// Encodes an example.
    ///
    /// @param example what to encode; special tokens that it spells are text
    /// @return its tokens. Of an example that is not complete: without an end
    public Sample encode(Example example) {
        return encode(example, true);
    }

    /// @param first whether a text begins here
    Sample encode(Example example, boolean first) {
        int[] prompt = tokenizer.encode(example.prompt());
        int[] answer = tokenizer.encode(example.answer());
        int beginning = first && begin >= 0 ? 1 : 0;
        int all = answer.length + (example.complete() ? 1 : 0);
        int room = Math.max(longest / 2, longest - Math.min(all, longestAnswer));
        int seen = Math.min(beginning + prompt.length, Math.min(longestPrompt, room));
        int learnt = Math.min(all, longestAnswer(seen));
        int[] ids = new int[seen + learnt];
        if (beginning > 0) {
            ids[0] = begin;
        }
        System.arraycopy(prompt, 0, ids, beginning, seen - beginning);
        System.arraycopy(answer, 0, ids, seen, Math.min(answer.length, learnt));
        if (learnt > answer.length) {
            ids[ids.length - 1] = end;
        }
        boolean cut = seen < beginning + prompt.length || learnt < all;
        return new Sample(ids, seen, cut, isSpaced(answer, example.answer()));
    }

    /// Whether a space was put before a text: then its tokens have more bytes than it has itself.
    private boolean isSpaced(int[] ids, String text) {
        if (ids.length == 0) {
            return false;
        }
        byte[] first = tokenizer.bytes(ids[0]);
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        return first.length > 0
                && first[0] == ' '
                && Arrays.stream(ids).map(id -> tokenizer.bytes(id).length).sum() > length;
    }

    /// Returns the token that ends a text, which also fills up rows.
    ///
    /// @return its id
    public int end() {
        return end;
    }

    /// How many tokens of an answer or a text are kept behind those that are not learnt.
    int longestAnswer(int seen) {
        return Math.min(longestAnswer, longest - seen);
    }

    /// How many bytes of text each token stands for: none if it is special.
    int[] bytes() {
        int[] bytes = new int[tokenizer.vocabularySize()];
        Arrays.setAll(bytes, id -> tokenizer.isSpecial(id) ? 0 : tokenizer.bytes(id).length);
        return bytes;
    }
}
