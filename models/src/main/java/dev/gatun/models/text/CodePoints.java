package dev.gatun.models.text;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A map from code points to symbols: one page of 256 for each block that has any.
final class CodePoints {
    private final int[] @Nullable [] pages = new int[(Character.MAX_CODE_POINT >> 8) + 1][];

    void put(int codePoint, int symbol) {
        int[] page = pages[codePoint >> 8];
        if (page == null) {
            page = new int[256];
            Arrays.fill(page, -1);
            pages[codePoint >> 8] = page;
        }
        page[codePoint & 0xFF] = symbol;
    }

    /// The symbol of a code point, −1 if it has none.
    int get(int codePoint) {
        int[] page = pages[codePoint >> 8];
        return page == null ? -1 : page[codePoint & 0xFF];
    }
}
