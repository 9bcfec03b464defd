package dev.gatun.models.text;

import java.util.HexFormat;

/// The pieces that stand for one byte each, of characters that have no piece: `<0x00>` … `<0xFF>`.
final class BytePiece {
    private static final String DIGITS = "0123456789ABCDEF";

    private BytePiece() {}

    /// The byte that a piece stands for, −1 if it is not one of these.
    static int of(String piece) {
        if (piece.length() != 6 || !piece.startsWith("<0x") || piece.charAt(5) != '>') {
            return -1;
        }
        int high = DIGITS.indexOf(piece.charAt(3));
        int low = DIGITS.indexOf(piece.charAt(4));
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    static String spelling(int b) {
        return "<0x" + HexFormat.of().withUpperCase().toHexDigits((byte) b) + ">";
    }
}
