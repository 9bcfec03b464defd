package dev.gatun.models;

import java.util.List;

/// Watches a stream of text for texts that end it, and holds back what may be the beginning of one.
final class StopTexts {
    private final List<String> stops;
    private String held = "";
    private boolean stopped;

    StopTexts(List<String> stops) {
        this.stops = stops;
    }

    /// {@return the text that is certain to come before any stop text}
    ///
    /// @param text what comes next
    String accept(String text) {
        if (stops.isEmpty()) {
            return text;
        }
        if (stopped) {
            return "";
        }
        held += text;
        int first = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            first = at >= 0 && (first < 0 || at < first) ? at : first;
        }
        if (first >= 0) {
            stopped = true;
            String before = held.substring(0, first);
            held = "";
            return before;
        }
        int safe = held.length() - longestBeginning();
        String certain = held.substring(0, safe);
        held = held.substring(safe);
        return certain;
    }

    /// How much of the end of what is held is the beginning of a stop text.
    private int longestBeginning() {
        int longest = 0;
        for (String stop : stops) {
            for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
                if (stop.startsWith(held.substring(held.length() - n))) {
                    longest = n;
                }
            }
        }
        return longest;
    }

    /// {@return what was held back, at the end of the text}
    String finish() {
        String rest = held;
        held = "";
        return rest;
    }

    boolean stopped() {
        return stopped;
    }
}
