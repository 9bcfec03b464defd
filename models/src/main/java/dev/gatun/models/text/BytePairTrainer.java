package dev.gatun.models.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// Learns a byte-level byte-pair vocabulary from texts (Sennrich et al. 2016, over bytes as in GPT-2).
///
/// ```java
/// var trainer = new BytePairTrainer(2048);
/// documents.forEach(trainer::add);
/// BytePairs pairs = trainer.train();
/// pairs.write(Path.of("my-model"));
/// ```
///
/// Texts are cut into words by GPT-2's expression. Ids are given to the special tokens first, then to the 256 bytes in the order of the characters that
/// spell them, then to merged tokens: again and again the pair of neighbours that is most frequent becomes a token. Of pairs that are equally frequent
/// the one whose left token has the lower id is taken, then the one whose right token has. Two merges may make one token, `a`+`bc` and `ab`+`c`; it has one
/// id then, and the vocabulary does not grow. All of this is as in Hugging Face's `BpeTrainer` with the alphabet of `ByteLevel`, and so are the merges.
///
/// The result depends on the texts alone, not on their order. Not for use by several threads.
public final class BytePairTrainer {
    /// The special token that begins a text, unless others are given.
    public static final String BEGIN = "<|begin_of_text|>";

    /// The special token that ends a text, unless others are given.
    public static final String END = "<|end_of_text|>";

    private static final int BYTES = 256;

    private final int vocabularySize;
    private final List<String> special;
    private final PreTokenizer words = RegexSplit.isolated(JsonPreTokenizer.GPT2);
    private final Map<String, Count> counts = new LinkedHashMap<>();

    private static final class Count {
        private long value;
    }

    /// A trainer with the special tokens [#BEGIN] and [#END].
    ///
    /// @param vocabularySize how many ids there will be, the special tokens and the 256 bytes among them
    /// @throws IllegalArgumentException if that is too few
    public BytePairTrainer(int vocabularySize) {
        this(vocabularySize, List.of(BEGIN, END));
    }

    /// A trainer.
    ///
    /// @param vocabularySize how many ids there will be, the special tokens and the 256 bytes among them
    /// @param special the special tokens, which get the ids from 0: the first begins a text, the second, or the only one, ends it
    /// @throws IllegalArgumentException if that is too few, or a special token is missing, empty or given twice
    public BytePairTrainer(int vocabularySize, List<String> special) {
        if (special.isEmpty()
                || special.contains("")
                || special.stream().distinct().count() < special.size()) {
            throw new IllegalArgumentException("special tokens " + special + " — want at least one, no two alike and none empty");
        }
        if (vocabularySize < BYTES + special.size() || vocabularySize > BytePairVocabulary.MAX_IDS) {
            throw new IllegalArgumentException("vocabulary of " + vocabularySize + " — want " + (BYTES + special.size()) + " (" + BYTES
                    + " bytes and " + special.size() + " special tokens) to " + BytePairVocabulary.MAX_IDS);
        }
        this.vocabularySize = vocabularySize;
        this.special = List.copyOf(special);
    }

    /// Counts the words of a text. Special tokens that it spells count as text: hand over documents, not a file of them.
    ///
    /// @param text a document, or a part of one that ends where a word does
    public void add(String text) {
        String wellFormed = Utf8.wellFormed(text);
        if (!wellFormed.isEmpty()) {
            words.cut(
                    wellFormed,
                    0,
                    wellFormed.length(),
                    true,
                    (t, from, to, first) -> counts.computeIfAbsent(t.substring(from, to), word -> new Count()).value++);
        }
    }

    /// Learns the merges of the texts that were added.
    ///
    /// @return the vocabulary, smaller than asked for where the texts have no more pairs to merge
    public BytePairs train() {
        return new Merging().result();
    }

    /// Learns a vocabulary.
    ///
    /// @param texts documents, each asked for once
    /// @param vocabularySize how many ids there will be
    /// @return the vocabulary
    /// @throws IllegalArgumentException if the vocabulary is too small
    public static BytePairs train(Iterator<String> texts, int vocabularySize) {
        var trainer = new BytePairTrainer(vocabularySize);
        texts.forEachRemaining(trainer::add);
        return trainer.train();
    }

    /// A pair waiting to be merged, with the words it was found in when it was put there. A pair may wait twice, with different words, where merges of
    /// two kinds make its left or right token.
    private static final class Waiting implements Comparable<Waiting> {
        private final long pair;
        private long count;
        private int[] places = new int[4];
        private int size;

        Waiting(long pair) {
            this.pair = pair;
        }

        /// Words are found in ascending order.
        void foundIn(int word) {
            if (size > 0 && places[size - 1] == word) {
                return;
            }
            if (size == places.length) {
                places = Arrays.copyOf(places, 2 * size);
            }
            places[size++] = word;
        }

        @Override
        public int compareTo(Waiting other) {
            int byCount = Long.compare(other.count, count);
            return byCount != 0 ? byCount : Long.compare(pair, other.pair);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Waiting waiting && compareTo(waiting) == 0;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(pair);
        }
    }

    /// One training: words as symbols, counts of their pairs, and a queue in which the most frequent is first. A count in the queue may be out of date, but
    /// only too high, for counts of pairs that wait only fall; it is corrected when the pair comes first.
    private final class Merging {
        private final Map<String, Integer> ids = new HashMap<>();
        private final List<String> tokens = new ArrayList<>();
        private final List<int[]> symbols = new ArrayList<>();
        private final int[] lengths = new int[counts.size()];
        private final long[] weights = new long[counts.size()];
        private final Map<Long, Count> pairs = new HashMap<>();
        private final PriorityQueue<Waiting> queue = new PriorityQueue<>();
        private Map<Long, Waiting> found = new HashMap<>();
        private final LinkedHashSet<Long> merges = new LinkedHashSet<>();

        BytePairs result() {
            special.forEach(this::id);
            char[] alphabet = new char[BYTES];
            for (int b = 0; b < BYTES; b++) {
                alphabet[b] = ByteAlphabet.spelling(b).charAt(0);
            }
            Arrays.sort(alphabet);
            for (char spelling : alphabet) {
                id(String.valueOf(spelling));
            }
            countPairs();
            while (tokens.size() < vocabularySize) {
                Waiting best = queue.poll();
                if (best == null) {
                    break;
                }
                long count = count(best.pair).value;
                if (count != best.count) {
                    best.count = count;
                    queue.add(best);
                } else if (count == 0) {
                    break; // no pair is left
                } else {
                    merge(best);
                }
            }
            List<BytePairs.Merge> learnt = new ArrayList<>();
            for (long pair : merges) {
                learnt.add(new BytePairs.Merge(tokens.get((int) (pair >>> 32)), tokens.get((int) pair)));
            }
            return new BytePairs(tokens, learnt, special);
        }

        private int id(String token) {
            Integer known = ids.putIfAbsent(token, tokens.size());
            if (known != null) {
                return known;
            }
            tokens.add(token);
            return tokens.size() - 1;
        }

        private void countPairs() {
            counts.forEach((word, count) -> {
                byte[] utf8 = word.getBytes(StandardCharsets.UTF_8);
                int[] bytes = new int[utf8.length];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = id(ByteAlphabet.spelling(utf8[i] & 0xFF));
                }
                int at = symbols.size();
                symbols.add(bytes);
                lengths[at] = bytes.length;
                weights[at] = count.value;
                for (int i = 0; i + 1 < bytes.length; i++) {
                    appears(at, bytes[i], bytes[i + 1]);
                }
            });
            enqueue();
        }

        private void appears(int word, int left, int right) {
            long pair = pair(left, right);
            pairs.computeIfAbsent(pair, p -> new Count()).value += weights[word];
            found.computeIfAbsent(pair, Waiting::new).foundIn(word);
        }

        /// How often a pair stands somewhere, which has stood somewhere before.
        private Count count(long pair) {
            return Objects.requireNonNull(pairs.get(pair));
        }

        private void disappears(int word, int left, int right) {
            count(pair(left, right)).value -= weights[word];
        }

        private static long pair(int left, int right) {
            return (long) left << 32 | right;
        }

        /// What was found anew waits with the count it has once a merge is done.
        private void enqueue() {
            for (Waiting waiting : found.values()) {
                waiting.count = count(waiting.pair).value;
                if (waiting.count > 0) {
                    queue.add(waiting);
                }
            }
            found = new HashMap<>();
        }

        private void merge(Waiting best) {
            int left = (int) (best.pair >>> 32);
            int right = (int) best.pair;
            int merged = id(tokens.get(left) + tokens.get(right));
            merges.remove(best.pair); // merged a second time, a pair has the later rank
            merges.add(best.pair);
            for (int i = 0; i < best.size; i++) {
                merge(best.places[i], left, right, merged);
            }
            enqueue();
        }

        private void merge(int word, int left, int right, int merged) {
            int[] of = symbols.get(word);
            int length = lengths[word];
            int kept = 0;
            int i = 0;
            while (i < length) {
                if (of[i] != left || i + 1 == length || of[i + 1] != right) {
                    of[kept++] = of[i++];
                    continue;
                }
                if (kept > 0) {
                    disappears(word, of[kept - 1], left);
                    appears(word, of[kept - 1], merged);
                }
                of[kept++] = merged;
                i += 2;
                if (i < length) {
                    disappears(word, right, of[i]);
                    appears(word, merged, of[i]);
                }
            }
            lengths[word] = kept;
        }
    }
}
