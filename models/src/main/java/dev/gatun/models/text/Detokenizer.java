package dev.gatun.models.text;

import java.util.BitSet;

/// What the tokens of a vocabulary say when they are put together.
///
/// @param text the bytes of every id
/// @param special the ids that stand for no text
/// @param bytes the ids that stand for one byte each, whose space is never taken away
/// @param leading what happens to the space that a text begins with
/// @param eachByte whether each byte that is not UTF-8 becomes a U+FFFD of its own, as in
///     SentencePiece, rather than each beginning of a character, as in byte-level models
record Detokenizer(ByteStrings text, BitSet special, BitSet bytes, Leading leading, boolean eachByte) {
    /// Encoding may have put a space before the text; this is how decoding takes it away.
    enum Leading {
        /// It put none.
        KEPT,
        /// One space is taken from the first token that has any text.
        ONE,
        /// One space is taken from each token, until there is text.
        ONE_OF_EACH,
        /// All spaces are taken from the first token.
        ALL_OF_FIRST
    }

    String decode(int[] ids, boolean spelled) {
        Stream stream = new Stream(spelled);
        for (int id : ids) {
            stream.take(id);
        }
        stream.end();
        return stream.out.toString();
    }

    TextStream stream(int[] before) {
        Stream stream = new Stream(false);
        for (int id : before) {
            stream.take(id);
        }
        stream.out.setLength(0);
        return stream;
    }

    /// The state of decoding: what is left of the rule for leading space, and of a character.
    private final class Stream implements TextStream {
        private final StringBuilder out = new StringBuilder();
        private final boolean spelled;
        private Leading rule = leading;

        // A character of which `seen` bytes have come and `needed` are to come; the next one must
        // be in low..high, which excludes overlong forms, surrogates and what is above U+10FFFF.
        private int character;
        private int seen;
        private int needed;
        private int low = 0x80;
        private int high = 0xBF;

        Stream(boolean spelled) {
            this.spelled = spelled;
        }

        @Override
        public String accept(int id) {
            out.setLength(0);
            take(id);
            return out.toString();
        }

        @Override
        public String finish() {
            out.setLength(0);
            end();
            return out.toString();
        }

        void take(int id) {
            if (id < 0) {
                throw new IllegalArgumentException("token id " + id + " — is negative");
            }
            if (!text.has(id) || !spelled && special.get(id)) {
                return;
            }
            int from = text.start(id);
            int end = text.end(id);
            if (rule != Leading.KEPT && from < end) {
                from = leading(id, from, end);
            }
            byte[] utf8 = text.bytes();
            for (int i = from; i < end; i++) {
                take(utf8[i]);
            }
        }

        private int leading(int id, int from, int end) {
            int start = from;
            int spaces = rule == Leading.ALL_OF_FIRST ? end - from : bytes.get(id) ? 0 : 1;
            while (spaces > 0 && start < end && text.bytes()[start] == ' ') {
                start++;
                spaces--;
            }
            if (rule != Leading.ONE_OF_EACH || start < end) {
                rule = Leading.KEPT;
            }
            return start;
        }

        private void take(byte next) {
            int b = next & 0xFF;
            if (needed > 0) {
                if (b >= low && b <= high) {
                    low = 0x80;
                    high = 0xBF;
                    character = character << 6 | b & 0x3F;
                    seen++;
                    if (--needed == 0) {
                        out.appendCodePoint(character);
                    }
                    return;
                }
                end();
            }
            if (b < 0x80) {
                out.append((char) b);
            } else if (b >= 0xC2 && b <= 0xF4) {
                seen = 1;
                needed = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
                character = b & 0x3F >> needed;
                low = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
                high = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
            } else {
                out.append(Utf8.REPLACEMENT);
            }
        }

        /// Replaces a character that was begun and does not go on.
        void end() {
            if (needed > 0) {
                out.repeat(Utf8.REPLACEMENT, eachByte ? seen : 1);
                needed = 0;
                low = 0x80;
                high = 0xBF;
            }
        }
    }
}
