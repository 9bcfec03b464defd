package dev.gatun.models.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The unigram model of SentencePiece: of all ways to write a text as pieces, the one whose scores
/// (log-probabilities) have the greatest sum, by Viterbi's algorithm. arXiv:1804.10959.
///
/// A character that is no piece is unknown and costs more than the worst piece. Sums are rounded as
/// SentencePiece rounds them, so that texts with two equally good ways come out the same.
///
/// @param pieces the strings of the pieces that text may become
/// @param scores by id
/// @param longest the length in bytes of the longest piece
/// @param unknown the id of unknown characters
/// @param unknownScore what one costs
/// @param bytes the ids of the 256 bytes for unknown characters, or null
record UnigramPieces(ByteStrings.Index pieces, double[] scores, int longest, int unknown, float unknownScore, int @Nullable [] bytes)
        implements WordModel {
    @Override
    public void encode(String text, int from, int to, EncodingState state) {
        byte[] utf8 = text.substring(from, to).getBytes(StandardCharsets.UTF_8);
        // The best way to write utf8[0, end): its score, its last piece and where that begins.
        float[] best = new float[utf8.length + 1];
        int[] last = new int[utf8.length + 1];
        int[] begin = new int[utf8.length + 1];
        Arrays.fill(begin, -1);
        for (int start = 0; start < utf8.length; ) {
            int character = next(utf8, start);
            boolean known = false;
            int limit = Math.min(utf8.length, start + longest);
            long hash = 0;
            for (int end = start; end < limit; ) {
                int stop = Math.min(next(utf8, end), limit);
                for (; end < stop; end++) {
                    hash = ByteStrings.Index.append(hash, utf8[end]);
                }
                int id = pieces.find(utf8, start, end, hash);
                if (id >= 0) {
                    double score = scores[id] + best[start];
                    if (begin[end] < 0 || score > best[end]) {
                        best[end] = (float) score;
                        last[end] = id;
                        begin[end] = start;
                    }
                    known |= end == character;
                }
            }
            float score = unknownScore + best[start];
            if (!known && (begin[character] < 0 || score > best[character])) {
                best[character] = score;
                last[character] = unknown;
                begin[character] = start;
            }
            start = character;
        }
        emit(utf8, last, begin, state);
    }

    private static int next(byte[] utf8, int at) {
        int end = at + 1;
        while (end < utf8.length && (utf8[end] & 0xC0) == 0x80) {
            end++;
        }
        return end;
    }

    private void emit(byte[] utf8, int[] last, int[] begin, EncodingState state) {
        // The way is found from its end; `ends` turns it round.
        state.reserve(utf8.length);
        int[] ends = state.symbols;
        int count = 0;
        for (int end = utf8.length; end > 0; end = begin[end]) {
            ends[count++] = end;
        }
        int previous = -1;
        for (int i = count - 1; i >= 0; i--) {
            int id = last[ends[i]];
            if (id == unknown && bytes != null) {
                for (int b = begin[ends[i]]; b < ends[i]; b++) {
                    state.add(bytes[utf8[b] & 0xFF]);
                }
            } else if (id != unknown || previous != unknown) {
                state.add(id);
            }
            previous = id;
        }
    }
}
