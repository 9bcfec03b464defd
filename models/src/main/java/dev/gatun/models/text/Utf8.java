package dev.gatun.models.text;

/// UTF-8 by hand, where the bytes of a character are wanted rather than a new array.
final class Utf8 {
    static final char REPLACEMENT = '\uFFFD';

    private Utf8() {}

    /// Writes a character, which must not be a surrogate.
    ///
    /// @return where the next one goes
    static int put(int c, byte[] to, int at) {
        if (c < 0x80) {
            to[at] = (byte) c;
            return at + 1;
        }
        if (c < 0x800) {
            to[at] = (byte) (0xC0 | c >> 6);
            to[at + 1] = (byte) (0x80 | c & 0x3F);
            return at + 2;
        }
        if (c < 0x10000) {
            to[at] = (byte) (0xE0 | c >> 12);
            to[at + 1] = (byte) (0x80 | c >> 6 & 0x3F);
            to[at + 2] = (byte) (0x80 | c & 0x3F);
            return at + 3;
        }
        to[at] = (byte) (0xF0 | c >> 18);
        to[at + 1] = (byte) (0x80 | c >> 12 & 0x3F);
        to[at + 2] = (byte) (0x80 | c >> 6 & 0x3F);
        to[at + 3] = (byte) (0x80 | c & 0x3F);
        return at + 4;
    }

    /// The text with every surrogate that has no partner replaced: UTF-8 cannot hold one.
    static String wellFormed(String text) {
        int bad = unpaired(text, 0);
        if (bad < 0) {
            return text;
        }
        StringBuilder mended = new StringBuilder(text);
        for (; bad >= 0; bad = unpaired(text, bad + 1)) {
            mended.setCharAt(bad, REPLACEMENT);
        }
        return mended.toString();
    }

    private static int unpaired(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
