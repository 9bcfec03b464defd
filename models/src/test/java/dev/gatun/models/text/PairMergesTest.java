package dev.gatun.models.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairMergesTest {
    private record Merge(int rank, int merged) {}

    @Test
    void everyLengthOfWordMergesAsByDefinition() {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            PairMerges merges = new PairMerges(4);
            Map<List<Integer>, Merge> table = new HashMap<>();
            boolean ties = random.nextBoolean();
            for (int i = 0; i < 60; i++) {
                int left = random.nextInt(12);
                int right = random.nextInt(12);
                Merge merge = new Merge(ties ? random.nextInt(5) : i, 4 + random.nextInt(8));
                merges.put(left, right, merge.rank, merge.merged);
                table.put(List.of(left, right), merge);
            }
            int[] word = random.ints(1 + random.nextInt(150), 0, 4).toArray();
            EncodingState state = new EncodingState(0);
            state.reserve(word.length);
            System.arraycopy(word, 0, state.symbols, 0, word.length);
            int left = merges.merge(state, word.length);
            List<Integer> actual = new ArrayList<>();
            for (int i = 0; i < left; i++) {
                actual.add(state.symbols[i]);
            }
            assertThat(actual).as("round %d", round).isEqualTo(defined(word, table));
        }
    }

    /// The pair of lowest rank, the leftmost of equals, again and again.
    private static List<Integer> defined(int[] word, Map<List<Integer>, Merge> table) {
        List<Integer> symbols = new ArrayList<>();
        for (int symbol : word) {
            symbols.add(symbol);
        }
        while (true) {
            Merge best = null;
            int at = -1;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                Merge merge = table.get(symbols.subList(i, i + 2));
                if (merge != null && (best == null || merge.rank < best.rank)) {
                    best = merge;
                    at = i;
                }
            }
            if (best == null) {
                return symbols;
            }
            symbols.set(at, best.merged);
            symbols.remove(at + 1);
        }
    }
}
