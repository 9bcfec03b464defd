package dev.gatun.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    private static final Json CONFIG = Json.parse("config.json", """
                    {"hidden_size": 64, "eps": 1e-5, "tied": true, "torch_dtype": "bf16",
                     "rope_scaling": {"factor": 8.0, "type": null}, "eos": [1, 2],
                     "big": 12345678901234567890, "many": 5000000000, "inf": Infinity}
                    """);

    @Test
    void readsEveryKind() {
        assertThat(CONFIG.intAt("hidden_size")).isEqualTo(64);
        assertThat(CONFIG.doubleAt("eps")).isEqualTo(1e-5);
        assertThat(CONFIG.floatAt("hidden_size")).isEqualTo(64f);
        assertThat(CONFIG.booleanAt("tied", false)).isTrue();
        assertThat(CONFIG.stringAt("torch_dtype")).isEqualTo("bf16");
        assertThat(CONFIG.at("rope_scaling").intAt("factor")).isEqualTo(8);
        assertThat(CONFIG.at("eos").asInts()).containsExactly(1, 2);
        assertThat(CONFIG.longAt("many")).isEqualTo(5_000_000_000L);
        assertThat(CONFIG.doubleAt("inf")).isInfinite();
        List<String> keys = new ArrayList<>();
        CONFIG.at("rope_scaling").forEach((key, value) -> keys.add(key + value.isNull()));
        assertThat(keys).containsExactly("factorfalse", "typetrue");
    }

    @Test
    void absentAndNullTakeTheDefault() {
        assertThat(CONFIG.intAt("layers", 3)).isEqualTo(3);
        assertThat(CONFIG.at("rope_scaling").stringAt("type", "linear")).isEqualTo("linear");
        assertThat(CONFIG.at("rope_scaling").has("type")).isFalse();
        assertThat(CONFIG.find("layers")).isEmpty();
    }

    @Test
    void errorsNameTheFileThePlaceAndWhatThereIs() {
        assertThatThrownBy(() -> Json.parse("config.json", "{\"a\":1,\"b\":2}").intAt("c"))
                .isInstanceOf(JsonException.class)
                .hasMessage("config.json: missing \"c\"; it has [a, b]");
        assertThatThrownBy(() -> CONFIG.at("rope_scaling").at("low")).hasMessage("config.json: rope_scaling: missing \"low\"; it has [factor, type]");
        assertThatThrownBy(() -> CONFIG.intAt("torch_dtype"))
                .hasMessage("config.json: \"torch_dtype\" is \"bf16\"," + " expected an integer of 32 bits");
        assertThatThrownBy(() -> CONFIG.intAt("many")).isInstanceOf(JsonException.class);
        assertThatThrownBy(() -> CONFIG.longAt("big")).isInstanceOf(JsonException.class);
        assertThatThrownBy(() -> CONFIG.intAt("eps")).isInstanceOf(JsonException.class);
        assertThatThrownBy(() -> CONFIG.at("eos").elements().get(1).asString()).hasMessage("config.json: \"eos[1]\" is 2, expected a string");
        assertThat(CONFIG.at("eos").refused("must be one id")).hasMessage("config.json: \"eos\" is an array of 2 — must be one id");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[1,",
                "{\"a\":1,\"a\":2}",
                "[1] 2",
                "{\"a\"}",
                "tru",
                "\"\\x\"",
                "[01]",
                "{'a':1}",
                "[1,]",
                "\u0000",
                "\"a",
                "{\"a\":1,}",
                "// no\n1"
            })
    void malformedTextIsRefused(String text) {
        assertThatThrownBy(() -> Json.parse("x.json", text))
                .isInstanceOf(JsonException.class)
                .hasMessageStartingWith("x.json");
    }

    @Test
    void depthAndNumbersAreBounded() {
        assertThatThrownBy(() -> Json.parse("x.json", "[".repeat(1_000_000)))
                .isInstanceOf(JsonException.class)
                .hasMessageContaining("depth");
        assertThatThrownBy(() -> Json.parse("x.json", "9".repeat(100_000))).isInstanceOf(JsonException.class);
    }

    @Test
    void bytesMustBeUtf8() {
        ByteBuffer utf8 = ByteBuffer.wrap("\"né\"".getBytes(StandardCharsets.UTF_8));
        assertThat(Json.parse("h", utf8).asString()).isEqualTo("né");
        assertThat(utf8.position()).isZero();
        ByteBuffer latin1 = ByteBuffer.wrap("\"né\"".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> Json.parse("h", latin1)).hasMessage("h: byte 2 is not UTF-8");
    }

    @Test
    void missingFileIsNamed() {
        assertThatThrownBy(() -> Json.read(Path.of("no-such.json")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("no-such.json");
    }
}
