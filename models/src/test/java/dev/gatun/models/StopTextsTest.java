package dev.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StopTextsTest {
    @Test
    void endsAtTheFirstStopTextAcrossPieces() {
        StopTexts stops = new StopTexts(List.of("END", "EN route"));
        assertThat(stops.accept("The E")).isEqualTo("The ");
        assertThat(stops.accept("N")).isEmpty();
        assertThat(stops.accept("D of it")).isEmpty();
        assertThat(stops.stopped()).isTrue();
        assertThat(stops.finish()).isEmpty();
    }

    @Test
    void givesBackWhatWasNoStopText() {
        StopTexts stops = new StopTexts(List.of("END"));
        assertThat(stops.accept("BEN")).isEqualTo("B");
        assertThat(stops.accept("T")).isEqualTo("ENT");
        assertThat(stops.accept("E")).isEmpty();
        assertThat(stops.finish()).isEqualTo("E");
    }

    @Test
    void passesEverythingWithoutStopTexts() {
        assertThat(new StopTexts(List.of()).accept("END")).isEqualTo("END");
    }
}
