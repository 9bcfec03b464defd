package stories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Stories by the thousand, read with an editor's pencil.
class StorytellerTest {
    private static final List<String> STORIES =
            LongStream.range(0, 4000).mapToObj(i -> Storyteller.story(1, i)).toList();

    @Test
    void fewerNamesAreTheFirstOnes() {
        for (long i = 0; i < 300; i++) {
            assertThat(Storyteller.story(1, i, 2))
                    .doesNotContainPattern("\\b(Anna|Lucy|Emma|Kate|Leila|Amina|Priya|Max|Sam|Henry|Mateo|Kenji|Tilly|Biscuit|Waffles)\\b");
        }
        assertThatThrownBy(() -> Storyteller.story(1, 0, 1)).hasMessageContaining("names 1 — want at least 2");
    }

    @Test
    void noTwoAreAlike() {
        assertThat(new HashSet<>(STORIES)).hasSameSizeAs(STORIES);
        assertThat(Storyteller.story(2, 0)).isNotEqualTo(Storyteller.story(1, 0));
        assertThat(Storyteller.story(1, 3999)).isEqualTo(STORIES.get(3999));
    }

    @Test
    void theyAreShort() {
        for (String story : STORIES) {
            assertThat(story.split("\\s+").length).as(story).isBetween(Storyteller.SHORTEST, Storyteller.LONGEST);
        }
    }

    @Test
    void theirWordsAreFew() {
        Set<String> words = new HashSet<>();
        for (String story : STORIES) {
            words.addAll(List.of(story.toLowerCase(java.util.Locale.ROOT)
                    .replaceAll("'s\\b|[^a-z' \\n]", "")
                    .split("\\s+")));
        }
        assertThat(words.size()).isBetween(1200, 2500);
    }

    @Test
    void punctuationIsInOrder() {
        for (String story : STORIES) {
            assertThat(story).doesNotContainPattern("[\\[\\]{}|#“”/]|  | [.,!?]|\\.\\.|,\\.|[a-z]\"[a-z]| \\n|\\n\\n\\n");
            for (String paragraph : story.split("\n\n")) {
                assertThat(paragraph).as(story).matches("(?s)[A-Z\"].*[.!?]\"?");
                assertThat(paragraph.chars().filter(c -> c == '"').count() % 2)
                        .as(paragraph)
                        .isZero();
                assertThat(paragraph)
                        .as("a sentence begins with a capital letter")
                        .doesNotContainPattern("[.!?] \"?[a-z]|[.]\" [a-z]");
            }
        }
    }

    @Test
    void articlesAreInOrder() {
        for (String story : STORIES) {
            assertThat(story)
                    .doesNotContainPattern(
                            "\\b[Aa] [aeiouAEIO]|\\b[Aa]n (?!hour)[^aeiouAEIOU]|\\b(the|a|an|my|his) (the|a|an|my|his)\\b|\\b(and and|to to|of of)\\b");
        }
    }

    @Test
    void whatIsLostIsFound() {
        List<String> lost = STORIES.stream()
                .filter(story -> story.contains("I have lost my "))
                .toList();
        assertThat(lost).hasSizeGreaterThan(20);
        for (String story : lost) {
            String thing = story.replaceFirst("(?s).*I have lost my ([a-z ]+)[,.!].*", "$1");
            String noun = thing.substring(thing.lastIndexOf(' ') + 1);
            assertThat(story.split("\n\n")[1]).contains(noun);
            assertThat(story.split("\n\n")[2]).contains(noun);
        }
    }

    @Test
    void manyBeginOnceUponATime() {
        long classic = STORIES.stream()
                .filter(story -> story.startsWith("Once upon a time,"))
                .count();
        assertThat(classic).isBetween(2000L, 2800L);
    }

    @Test
    void lettersAreInOrder() {
        Set<String> letters = new HashSet<>();
        for (int i = 0; i < 2000; i++) {
            String letter = Letters.letter(1, i);
            assertThat(letter)
                    .matches("(?s)Dear \\w+,\n\n.*[.!?]\n\n[^\n]*\n\n[^\n]+,\n\\w+")
                    .doesNotContainPattern("[\\[\\]{}|#“”]|  | [.,!?]|\\ba [aeio]");
            letters.add(letter);
        }
        assertThat(letters).hasSizeGreaterThan(1950);
    }

    @Test
    void recipesAreOfAnotherKind() {
        Set<String> recipes = new HashSet<>();
        for (long i = 0; i < 2000; i++) {
            String recipe = Recipes.recipe(1, i);
            assertThat(recipe).contains("\n- ", "\n\n1. ").doesNotContainPattern("[\\[\\]{}|#“”]|  | [.,!?]|\\b1 (tea|table)spoons");
            recipes.add(recipe);
        }
        assertThat(recipes).hasSizeGreaterThan(1950);
        assertThat(recipes).doesNotContainAnyElementsOf(STORIES);
    }

    @Test
    void answersAreRight() {
        Set<String> questions = new HashSet<>();
        for (long i = 0; i < 2000; i++) {
            var pair = Questions.pair(1, i);
            assertThat(pair.question() + pair.answer()).doesNotContainPattern("[\\[\\]{}|#“”]|  | [.,!?]");
            assertThat(pair.answer()).endsWith(".");
            questions.add(pair.question());
        }
        assertThat(questions).hasSizeGreaterThan(1000);
    }

    @Test
    void patternsThatAreWrongAreRefused() {
        var phrases = new Phrases(new Dice(0, 0));
        assertThatIllegalStateException()
                .isThrownBy(() -> phrases.sentence("{X} sang."))
                .withMessageContaining("{X}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> phrases.sentence("[a|b sang."))
                .withMessageContaining("[ without ]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> phrases.sentence("{#nothing}"))
                .withMessageContaining("{#nothing}");
    }

    @Test
    void choicesMayHoldChoices() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            seen.add(new Phrases(new Dice(5, i)).sentence("a [owl|[big|old] fox] ran[| off]. “who?” it [said|]."));
        }
        assertThat(seen)
                .contains("An owl ran. \"Who?\" it said.", "A big fox ran off. \"Who?\" it.", "An old fox ran. \"Who?\" it said.")
                .hasSize(12);
    }
}
