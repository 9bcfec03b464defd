package dev.gatun.models;

import dev.gatun.models.text.TextStream;
import dev.gatun.models.text.Tokenizer;
import dev.gatun.tensor.Tensor;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// A text that is being generated: an iterator over its tokens, each computed when it is asked for.
/// Closing ends it and gives its memory back.
public final class Generation implements Iterator<Generation.Token>, AutoCloseable {
    /// One token.
    ///
    /// @param id its number
    /// @param text what it adds to the text: often a word, and nothing as long as a character is
    ///     incomplete or a stop text may have begun
    /// @param logprob its log-probability before any filter, in nats; NaN if not asked for
    public record Token(int id, String text, float logprob) {}

    /// Why it ended.
    public enum End {
        /// As many tokens as wanted.
        LENGTH,
        /// The model said so.
        END_OF_TEXT,
        /// A stop text.
        STOP,
        /// The context is full.
        CONTEXT,
        /// It was closed.
        CLOSED
    }

    /// How long it took.
    ///
    /// @param promptTokens how many tokens the prompt had
    /// @param promptSeconds until the first token was drawn
    /// @param generatedTokens how many tokens were drawn
    /// @param generatedSeconds for all but the first of them
    public record Timing(int promptTokens, double promptSeconds, int generatedTokens, double generatedSeconds) {
        /// {@return the speed of the prompt}
        public double promptTokensPerSecond() {
            return promptTokens / promptSeconds;
        }

        /// {@return the speed behind the first token}
        public double generatedTokensPerSecond() {
            return generatedTokens < 2 ? 0 : (generatedTokens - 1) / generatedSeconds;
        }
    }

    private final Session session;
    private final GenerationOptions options;
    private final Sampler sampler;
    private final Set<Integer> ends;
    private final TextStream stream;
    private final StopTexts stops;
    private final int promptLength;
    private final float[] scores;
    private int[] history;
    private int known;
    private int[] pending;
    private @Nullable Token next;
    private @Nullable End end;
    private long promptNanos;
    private long firstAt;
    private long lastAt;

    /// Continues a text in a session of the caller's.
    ///
    /// @param session where; closed with this
    /// @param tokenizer of the model
    /// @param prompt its ids, at least one
    /// @param ends the ids that end a text
    /// @param options how
    public Generation(Session session, Tokenizer tokenizer, int[] prompt, Set<Integer> ends, GenerationOptions options) {
        this.session = session;
        this.options = options;
        this.ends = ends;
        sampler = new Sampler(options.filter(), options.seed());
        stream = tokenizer.stream(prompt);
        stops = new StopTexts(options.stop());
        promptLength = prompt.length;
        pending = prompt;
        scores = new float[session.vocabSize()];
        history = prompt.clone();
        known = prompt.length;
    }

    /// {@return the text as it comes; closing this generation ends it}
    public Stream<String> text() {
        return tokens().map(Token::text).filter(text -> !text.isEmpty());
    }

    /// {@return the tokens as they come}
    public Stream<Token> tokens() {
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED | Spliterator.NONNULL), false);
    }

    @Override
    public boolean hasNext() {
        if (next == null && end == null) {
            next = compute();
        }
        return next != null;
    }

    @Override
    public Token next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the text has ended: " + end);
        }
        Token token = java.util.Objects.requireNonNull(next);
        next = null;
        return token;
    }

    /// {@return why it ended; null while it goes on}
    public @Nullable End end() {
        return end;
    }

    private @Nullable Token compute() {
        int drawn = known - promptLength;
        if (session.position() + pending.length > session.length()) {
            return finish(End.CONTEXT);
        }
        long start = System.nanoTime();
        Tensor logits = session.forward(pending);
        logits.read(scores);
        double normalizer = options.logprobs() ? logSum(scores) : Double.NaN;
        int id = sampler.draw(scores, Arrays.copyOf(history, known));
        lastAt = System.nanoTime();
        if (drawn == 0) {
            promptNanos = lastAt - start;
            firstAt = lastAt;
        }
        if (ends.contains(id)) {
            return finish(End.END_OF_TEXT);
        }
        if (known == history.length) {
            history = Arrays.copyOf(history, 2 * known);
        }
        history[known++] = id;
        pending = new int[] {id};
        float logprob = options.logprobs() ? (float) (logits.get(id) - normalizer) : Float.NaN;
        String text = stops.accept(stream.accept(id));
        if (stops.stopped()) {
            end = End.STOP;
        } else if (drawn + 1 == options.maxTokens()) {
            end = End.LENGTH;
            text += stops.accept(stream.finish()) + stops.finish();
        }
        return new Token(id, text, logprob);
    }

    /// The text that was held back still has to come out, with no token of its own.
    private @Nullable Token finish(End reason) {
        end = reason;
        String rest = stops.accept(stream.finish()) + stops.finish();
        return rest.isEmpty() ? null : new Token(history[known - 1], rest, Float.NaN);
    }

    private static double logSum(float[] logits) {
        double most = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            most = Math.max(most, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - most);
        }
        return most + Math.log(sum);
    }

    /// {@return the ids so far, without the prompt}
    public int[] ids() {
        return Arrays.copyOfRange(history, promptLength, known);
    }

    /// {@return how long it took so far}
    public Timing timing() {
        return new Timing(promptLength, promptNanos / 1e9, known - promptLength, (lastAt - firstAt) / 1e9);
    }

    @Override
    public void close() {
        if (end == null) {
            end = End.CLOSED;
        }
        next = null;
        session.close();
    }
}
