package dev.gatun.models.text;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/// Strings to be found in text: at each place the longest. A trie; filled once, then only read.
final class Literals {
    private final Node root = new Node();
    private final BitSet first = new BitSet();

    private static final class Node {
        private final Map<Character, Node> children = new HashMap<>(2);
        private int value = -1;
    }

    void put(String literal, int value) {
        Node node = root;
        for (int i = 0; i < literal.length(); i++) {
            node = node.children.computeIfAbsent(literal.charAt(i), c -> new Node());
        }
        node.value = value;
        first.set(literal.charAt(0));
    }

    boolean isEmpty() {
        return first.isEmpty();
    }

    /// The longest literal that begins at `at`: its end ‖ its value, 32 bits each; −1 if none does.
    long longest(String text, int at, int end) {
        if (at >= end || !first.get(text.charAt(at))) {
            return -1;
        }
        long found = -1;
        Node node = root;
        for (int i = at; i < end; i++) {
            node = node.children.get(text.charAt(i));
            if (node == null) {
                break;
            }
            if (node.value >= 0) {
                found = (long) (i + 1) << 32 | node.value;
            }
        }
        return found;
    }
}
