package dev.gatun.models.data;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Encoded samples in memory, 4 bytes a token. Immutable; its parts share the tokens.
public final class Dataset {
    private static final int AT_ONCE = 512;

    /// What all parts of a dataset share.
    private record Samples(TokenStore tokens, long[] starts, int[] prompts, boolean[] cuts, boolean[] spaced, int[] bytes, int end) {}

    private final Samples samples;
    private final int[] members;
    private final long tokens;

    /// A dataset in two parts.
    ///
    /// @param train what is learnt
    /// @param heldOut what is not, to measure by
    public record Split(Dataset train, Dataset heldOut) {}

    private Dataset(Samples samples, int[] members) {
        this.samples = samples;
        this.members = members;
        this.tokens = Arrays.stream(members).mapToLong(this::lengthOf).sum();
    }

    /// Reads and encodes files, each as [Examples] reads it, with Alpaca's prompts.
    ///
    /// @param encoder encodes the examples
    /// @param files the files, one behind the other
    /// @return the samples in the files' order
    /// @throws DataException if a file is empty or malformed
    /// @throws java.io.UncheckedIOException if one cannot be read
    public static Dataset read(SampleEncoder encoder, Path... files) {
        return read(encoder, PromptStyle.ALPACA, files);
    }

    /// Reads and encodes files, each as [Examples] reads it.
    ///
    /// @param encoder encodes the examples
    /// @param style how prompts are made of instructions and questions
    /// @param files the files, one behind the other
    /// @return the samples in the files' order
    /// @throws DataException if a file is empty or malformed
    /// @throws java.io.UncheckedIOException if one cannot be read
    public static Dataset read(SampleEncoder encoder, PromptStyle style, Path... files) {
        var filling = new Filling(encoder);
        for (Path file : files) {
            try (Stream<Example> examples = Examples.read(file, style)) {
                filling.add(examples);
            }
        }
        return filling.dataset();
    }

    /// Encodes examples.
    ///
    /// @param encoder encodes them, several at a time
    /// @param examples the examples, which are not kept
    /// @return the samples in the same order
    public static Dataset of(SampleEncoder encoder, Stream<Example> examples) {
        var filling = new Filling(encoder);
        filling.add(examples);
        return filling.dataset();
    }

    private static final class Filling {
        private final SampleEncoder encoder;
        private final TokenStore tokens = new TokenStore();
        private long[] starts = new long[1 << 10];
        private int[] prompts = new int[1 << 10];
        private boolean[] cuts = new boolean[1 << 10];
        private boolean[] spaced = new boolean[1 << 10];
        private int count;

        Filling(SampleEncoder encoder) {
            this.encoder = encoder;
        }

        void add(Stream<Example> examples) {
            Iterator<Example> each = examples.iterator();
            Example[] some = new Example[AT_ONCE];
            boolean first = true;
            while (each.hasNext()) {
                int size = 0;
                while (size < AT_ONCE && each.hasNext()) {
                    some[size++] = each.next();
                }
                boolean begins = first;
                Sample[] encoded = IntStream.range(0, size)
                        .parallel()
                        .mapToObj(i -> encoder.encode(some[i], i == 0 ? begins : some[i - 1].complete()))
                        .toArray(Sample[]::new);
                for (int i = 0; i < size; i++) {
                    append(encoded[i], i == 0 ? begins : some[i - 1].complete());
                }
                first = some[size - 1].complete();
            }
        }

        private void append(Sample sample, boolean begins) {
            if (begins) {
                if (count + 1 == starts.length) {
                    starts = Arrays.copyOf(starts, 2 * count + 2);
                    prompts = Arrays.copyOf(prompts, 2 * count + 2);
                    cuts = Arrays.copyOf(cuts, 2 * count + 2);
                    spaced = Arrays.copyOf(spaced, 2 * count + 2);
                }
                starts[count] = tokens.size();
                prompts[count] = sample.prompt();
                spaced[count] = sample.spaced();
                count++;
            }
            // Parts of a text are cut where the whole is too long.
            long learnt = tokens.size() - starts[count - 1] - prompts[count - 1];
            int[] ids = sample.ids();
            long most = encoder.longestAnswer(prompts[count - 1]);
            if (!begins && learnt + ids.length > most) {
                ids = Arrays.copyOf(ids, (int) Math.max(0, most - learnt));
                cuts[count - 1] = true;
            }
            cuts[count - 1] |= sample.cut();
            tokens.append(ids);
            starts[count] = tokens.size();
            if (starts[count] - starts[count - 1] > Integer.MAX_VALUE) {
                throw new DataException("text " + count + " has more than " + Integer.MAX_VALUE + " tokens — put a line " + Examples.SEPARATOR
                        + " between documents");
            }
        }

        Dataset dataset() {
            if (count == 0) {
                throw new DataException("no examples — want at least one");
            }
            var samples = new Samples(tokens, Arrays.copyOf(starts, count + 1), prompts, cuts, spaced, encoder.bytes(), encoder.end());
            return new Dataset(samples, IntStream.range(0, count).toArray());
        }
    }

    /// Divides the samples by what they say: wherever a text stands, and however often, it is always in the same part.
    ///
    /// @param heldOut the share that is held out, about, from 0 to less than 1
    /// @return both parts, in this dataset's order
    /// @throws DataException if one of them would be empty, unless nothing was to be held out
    public Split split(double heldOut) {
        if (!(heldOut >= 0 && heldOut < 1)) {
            throw new IllegalArgumentException("hold out " + heldOut + " of the data — want 0 to less than 1");
        }
        int[] train = Arrays.stream(members).filter(i -> share(i) >= heldOut).toArray();
        int[] held = Arrays.stream(members).filter(i -> share(i) < heldOut).toArray();
        if (train.length == 0 || held.length == 0 && heldOut > 0) {
            throw new DataException("of " + size() + " samples " + held.length + " would be held out, " + train.length
                    + " learnt — want more samples, or another share than " + heldOut);
        }
        return new Split(new Dataset(samples, train), new Dataset(samples, held));
    }

    /// Where a sample is between 0 and 1, by its tokens.
    private double share(int member) {
        long hash = 0;
        for (long i = samples.starts[member]; i < samples.starts[member + 1]; i++) {
            hash = Mixing.mix(hash + samples.tokens.get(i) + 1);
        }
        return (hash >>> 11) * 0x1p-53;
    }

    /// Returns the first samples.
    ///
    /// @param count how many, at most
    /// @return a part
    public Dataset first(int count) {
        return new Dataset(samples, Arrays.copyOf(members, Math.min(count, members.length)));
    }

    /// Returns the number of samples.
    ///
    /// @return the number
    public int size() {
        return members.length;
    }

    /// Returns the number of tokens of all samples.
    ///
    /// @return the number
    public long tokens() {
        return tokens;
    }

    /// Returns how many samples were too long and have been cut.
    ///
    /// @return the number
    public int cut() {
        return (int) Arrays.stream(members).filter(i -> samples.cuts[i]).count();
    }

    /// Returns a sample.
    ///
    /// @param index from 0 to less than [#size]
    /// @return a copy
    public Sample sample(int index) {
        int[] ids = new int[length(index)];
        copy(index, 0, ids, 0, ids.length);
        return new Sample(ids, prompt(index), samples.cuts[members[index]], samples.spaced[members[index]]);
    }

    /// Returns the number of tokens of a sample.
    ///
    /// @param index from 0 to less than [#size]
    /// @return the number
    public int length(int index) {
        return lengthOf(members[index]);
    }

    private int lengthOf(int member) {
        return (int) (samples.starts[member + 1] - samples.starts[member]);
    }

    /// How many tokens of a sample are not learnt.
    int prompt(int index) {
        return samples.prompts[members[index]];
    }

    void copy(int index, int from, int[] to, int at, int count) {
        samples.tokens.copy(samples.starts[members[index]] + from, to, at, count);
    }

    int token(int index, int at) {
        return samples.tokens.get(samples.starts[members[index]] + at);
    }

    /// The token that fills up rows.
    int end() {
        return samples.end;
    }

    /// How many bytes of text a token stands for: a space that the tokenizer put before the text is none of them.
    int bytes(int index, int at) {
        int added = at == prompt(index) && samples.spaced[members[index]] ? 1 : 0;
        return samples.bytes[token(index, at)] - added;
    }

    /// What a loss is in bits for each byte of text, which does not depend on the vocabulary.
    ///
    /// @param nats the sum of −ln(probability) over all targets
    /// @param bytes the sum of their [Batch#bytes]
    /// @return bits per byte
    public static double bitsPerByte(double nats, long bytes) {
        return nats / Math.log(2) / bytes;
    }

    @Override
    public String toString() {
        return "Dataset[" + size() + " samples, " + tokens + " tokens]";
    }
}
