package dev.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.io.SafeTensors;
import dev.gatun.nn.KvCache;
import dev.gatun.nn.LayerState;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Workspace;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// LLaMA against Hugging Face transformers, on small random models: the fixtures say how they were made.
class LlamaFixtureTest {
    private static final double TOLERANCE = 2e-5;

    private record Fixture(CausalLm model, Checkpoint outputs) implements AutoCloseable {
        static Fixture open(String name) {
            return open(name, Device.cpu());
        }

        static Fixture open(String name, Device device) {
            Path outputs = folder(name).resolve("outputs.safetensors");
            if (!Files.exists(outputs)) { // the same weights in several files
                outputs = folder("llama-tiny").resolve("outputs.safetensors");
            }
            return new Fixture(CausalLm.open(folder(name), device), SafeTensors.open(outputs, device));
        }

        /// An integer tensor in the memory of a step.
        Tensor ids(Memory memory, String name) {
            return outputs.tensor(name).copyTo(memory).to(DType.I32);
        }

        int[] ints(String name) {
            return outputs.tensor(name).toInts();
        }

        @Override
        public void close() {
            outputs.close();
            model.close();
        }
    }

    static Path folder(String name) {
        try {
            return Path.of(
                    LlamaFixtureTest.class.getResource("/fixtures/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama-tiny",
                "llama-tiny-bf16",
                "llama-tiny-f16",
                "llama-tiny-linearrope",
                "llama-tiny-llama3rope",
                "llama-tiny-sharded",
                "llama-tiny-tied",
                "llama-tiny-yarn",
                "bitnet-tiny",
                "llama-tiny-bias",
                "llama-tiny-dynamic"
            })
    void agreesWithTransformers(String name) {
        try (Fixture fixture = Fixture.open(name)) {
            hiddenStatesAndLogits(fixture);
            leftPaddedBatch(fixture);
            cachedDecode(fixture);
            greedyTokens(fixture);
        }
    }

    private static void hiddenStatesAndLogits(Fixture fixture) {
        Decoder decoder = fixture.model().decoder();
        try (Workspace memory = new Workspace(Device.cpu())) {
            Tensor ids = fixture.ids(memory, "input_ids");
            List<LayerState> states =
                    decoder.layers().newStates(new KvCache.Room(Memory.collected(Device.cpu()), 2, 24, KvCache.Format.F32, null, null));
            Tensor h = decoder.embed(ids);
            int layers = decoder.layers().size();
            for (int i = 0; i < layers; i++) {
                assertClose("hidden_states." + i, h, fixture.outputs());
                h = decoder.layers().slice(i, i + 1).forward(h, states.subList(i, i + 1));
            }
            h = decoder.norm(h);
            assertClose("hidden_states." + layers, h, fixture.outputs());
            assertClose("logits", decoder.logits(h), fixture.outputs());
        }
    }

    private static void leftPaddedBatch(Fixture fixture) {
        Decoder decoder = fixture.model().decoder();
        int[] mask = fixture.ints("leftpad.attention_mask");
        int[] padding = IntStream.range(0, 2)
                .map(b -> (int) IntStream.range(0, 24)
                        .filter(t -> mask[b * 24 + t] == 0)
                        .count())
                .toArray();
        try (Workspace memory = new Workspace(Device.cpu());
                Resident resident = new Resident(Device.cpu(), "a batch")) {
            Tensor ids = fixture.ids(memory, "leftpad.input_ids");
            Tensor padded = resident.ints(padding);
            float[] logits = decoder.forward(ids, decoder.layers().newStates(new KvCache.Room(resident, 2, 24, KvCache.Format.F32, padded, null)))
                    .toArray();
            float[] expected = fixture.outputs().tensor("leftpad.logits").toArray();
            int width = decoder.vocabSize();
            for (int row = 0; row < mask.length; row++) {
                if (mask[row] == 0) {
                    Arrays.fill(logits, row * width, (row + 1) * width, 0);
                    Arrays.fill(expected, row * width, (row + 1) * width, 0);
                }
            }
            assertClose("leftpad.logits", logits, expected);
        }
    }

    private static void cachedDecode(Fixture fixture) {
        Decoder decoder = fixture.model().decoder();
        int[] ids = fixture.ints("input_ids");
        float[] expected = fixture.outputs().tensor("decode.logits_15_to_23").toArray();
        int width = decoder.vocabSize();
        for (int b = 0; b < 2; b++) {
            try (Session session = fixture.model().newSession(24)) {
                for (int t = 0; t < 9; t++) {
                    int[] next = t == 0 ? Arrays.copyOfRange(ids, b * 24, b * 24 + 16) : new int[] {ids[b * 24 + 15 + t]};
                    float[] logits = session.forward(next).toArray();
                    int at = (b * 9 + t) * width;
                    assertClose("decode " + b + "," + t, logits, Arrays.copyOfRange(expected, at, at + width));
                }
            }
        }
    }

    private static void greedyTokens(Fixture fixture) {
        int[] expected = fixture.ints("greedy.tokens");
        float[] margin = fixture.outputs().tensor("greedy.top1_margin").toArray();
        int[] next = fixture.ints("greedy.prompt");
        try (Session session = fixture.model().newSession(next.length + expected.length)) {
            for (int i = 0; i < expected.length; i++) {
                int best = session.forward(next).argMax().toInts()[0];
                assertThat(best).as("token %d, margin %s", i, margin[i]).isEqualTo(expected[i]);
                next = new int[] {best};
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-tiny", "llama-tiny-bf16", "llama-tiny-f16"})
    void givesTheSameBitsForAnyNumberOfThreads(String name) {
        float[] one = logits(name, 1);
        assertThat(logits(name, 2)).isEqualTo(one);
        assertThat(logits(name, 3)).isEqualTo(one);
    }

    private static float[] logits(String name, int threads) {
        try (Device device = Device.cpu(threads);
                Fixture fixture = Fixture.open(name, device);
                Session session = fixture.model().newSession(24)) {
            return session.forward(Arrays.copyOf(fixture.ints("input_ids"), 24)).toArray();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-tiny"})
    void continuesARewoundSession(String name) {
        try (Fixture fixture = Fixture.open(name);
                Session session = fixture.model().newSession(24)) {
            int[] ids = Arrays.copyOf(fixture.ints("input_ids"), 24);
            session.forward(Arrays.copyOf(ids, 10));
            session.forward(1, 2, 3);
            session.rewind(10);
            float[] again = session.forward(Arrays.copyOfRange(ids, 10, 24)).toArray();
            assertClose(
                    "logits",
                    again,
                    Arrays.copyOfRange(fixture.outputs().tensor("logits").toArray(), 23 * 512, 24 * 512));
        }
    }

    private static void assertClose(String name, Tensor actual, Checkpoint outputs) {
        assertThat(actual.shape()).as(name).isEqualTo(outputs.shape(name));
        assertClose(name, actual.toArray(), outputs.tensor(name).toArray());
    }

    /// The largest difference relative to the largest value.
    private static void assertClose(String name, float[] actual, float[] expected) {
        assertThat(actual).as(name).hasSameSizeAs(expected);
        double worst = 0;
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        assertThat(worst / largest).as(name).isLessThan(TOLERANCE);
    }
}
