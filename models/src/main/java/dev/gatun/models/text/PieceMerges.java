package dev.gatun.models.text;

import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/// The merges of a vocabulary that lists none, only how good each token is (SentencePiece scores,
/// tiktoken ranks): any two tokens that put together are a token merge into it.
final class PieceMerges {
    /// So much longer than any real token that a file which has a longer one is not a vocabulary.
    static final int MAX_BYTES = 1024;

    private PieceMerges() {}

    /// @param symbols the strings of all symbols
    /// @param index those symbols that may be merged and be the result of a merge
    /// @param result which ids are results
    /// @param rank how early a result is merged, 0 first
    static PairMerges of(ByteStrings symbols, ByteStrings.Index index, IntPredicate result, IntUnaryOperator rank) {
        PairMerges merges = new PairMerges(4 * symbols.size());
        byte[] bytes = symbols.bytes();
        for (int id = 0; id < symbols.size(); id++) {
            if (!result.test(id)) {
                continue;
            }
            int start = symbols.start(id);
            int end = symbols.end(id);
            long all = ByteStrings.Index.hash(bytes, start, end);
            long beginning = 0;
            long power = power(end - start);
            for (int cut = start + 1; cut < end; cut++) {
                beginning = ByteStrings.Index.append(beginning, bytes[cut - 1]);
                power *= ByteStrings.Index.INVERSE;
                int left = index.find(bytes, start, cut, beginning);
                int right = left < 0 ? -1 : index.find(bytes, cut, end, all - beginning * power);
                if (right >= 0) {
                    merges.put(left, right, rank.applyAsInt(id), id);
                }
            }
        }
        return merges;
    }

    private static long power(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= ByteStrings.Index.BASE;
        }
        return power;
    }
}
