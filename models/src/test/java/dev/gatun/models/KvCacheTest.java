package dev.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.io.SafeTensors;
import dev.gatun.nn.KvCache.Format;
import dev.gatun.nn.KvCache;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Keys and values in fewer bits: near the f32 ones, and the same however they came in.
class KvCacheTest {
    private static final int WIDTH = 512;
    private static final int T = 24;
    private static final Memory MEMORY = Memory.collected(Device.cpu());

    private static Tensor random(long seed, long... dims) {
        Tensor x = MEMORY.allocate(dev.gatun.tensor.DType.F32, dims);
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[(int) x.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        x.write(values);
        return x;
    }

    /// An element of a key or value is off by ε of the largest in its vector at most: 2⁻⁹ in bf16, half of 1/127 in 8 bits. Off by ε are then the
    /// attention's weights (the scores of these small random models are about 1, and a score off by δ is a factor e^δ), and off by ε what they
    /// weigh; so each layer adds 2ε at most, and rounding errors, which have any sign, far less.
    @ParameterizedTest
    @ValueSource(strings = {"llama-tiny", "llama-tiny-bf16", "llama-tiny-llama3rope", "llama-tiny-bias"})
    void logitsAreNearThoseOfF32(String name) {
        try (CausalLm model = CausalLm.open(LlamaFixtureTest.folder(name));
                Checkpoint outputs =
                        SafeTensors.open(LlamaFixtureTest.folder(name).resolve("outputs.safetensors"))) {
            int[] ids = Arrays.copyOf(outputs.tensor("input_ids").toInts(), T);
            float[] exact = logits(model, ids, Format.F32, T);
            int layers = model.decoder().layers().size();
            for (int chunk : new int[] {T, 5, 1}) {
                assertThat(difference(logits(model, ids, Format.BF16, chunk), exact))
                        .isBetween(1e-5, 2 * layers * 0x1p-9);
                assertThat(difference(logits(model, ids, Format.INT8, chunk), exact))
                        .isBetween(1e-5, 2 * layers / 254.0);
            }
        }
    }

    private static float[] logits(CausalLm model, int[] ids, Format format, int chunk) {
        float[] logits = new float[ids.length * WIDTH];
        try (Session session = model.newSession(ids.length, format)) {
            int[] at = {0};
            for (int from = 0; from < ids.length; from += chunk) {
                session.forward(Arrays.copyOfRange(ids, from, Math.min(ids.length, from + chunk)), rows -> {
                    float[] some = rows.toArray();
                    System.arraycopy(some, 0, logits, at[0], some.length);
                    at[0] += some.length;
                });
            }
        }
        return logits;
    }

    private static double difference(float[] actual, float[] expected) {
        double worst = 0;
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        return worst / largest;
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void chunksAndSinglePositionsGiveTheSameBits(Format format) {
        Tensor q = random(1, 1, 100, 8, 64);
        Tensor k = random(2, 1, 100, 2, 64);
        Tensor v = random(3, 1, 100, 2, 64);
        float[] whole = attention(format, q, k, v, 100);
        assertThat(attention(format, q, k, v, 33)).isEqualTo(whole);
        assertThat(attention(format, q, k, v, 1)).isEqualTo(whole);
    }

    private static float[] attention(Format format, Tensor q, Tensor k, Tensor v, int chunk) {
        KvCache cache = KvCache.of(KvCache.Room.of(MEMORY, 100, format), 2, 64);
        float[] all = new float[(int) q.size()];
        for (int from = 0, at = 0; from < 100; from += chunk) {
            int to = Math.min(100, from + chunk);
            cache.append(k.slice(1, from, to), v.slice(1, from, to));
            float[] some = cache.attend(q.slice(1, from, to), 0.125f).toArray();
            System.arraycopy(some, 0, all, at, some.length);
            at += some.length;
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void aRewoundSessionGoesOnAsIfNothingHadBeen(Format format) {
        try (CausalLm model = CausalLm.open(LlamaFixtureTest.folder("llama-tiny"));
                Session session = model.newSession(12, format)) {
            session.forward(1, 2, 3, 4);
            float[] first = session.forward(5, 6).toArray();
            session.forward(7, 8, 9);
            session.rewind(4);
            session.forward(300, 301, 302);
            session.rewind(4);
            assertThat(session.forward(5, 6).toArray()).isEqualTo(first);
            assertThatThrownBy(() -> session.forward(new int[7])).hasMessage("7 tokens behind 6 do not fit this session's context of 12");
        }
    }

    @Test
    void takesTheMemoryItSays() {
        assertThat(KvCache.of(KvCache.Room.of(MEMORY, 10, Format.F32), 2, 64).bytes())
                .isEqualTo(2 * 10 * 2 * 64 * 4);
        assertThat(KvCache.of(KvCache.Room.of(MEMORY, 10, Format.BF16), 2, 64).bytes())
                .isEqualTo(2 * 10 * 2 * 64 * 2);
        assertThat(KvCache.of(KvCache.Room.of(MEMORY, 10, Format.INT8), 2, 64).bytes())
                .isEqualTo(2 * 10 * 2 * (64 + 4));
    }

    @Test
    void refusesWhatDoesNotFit() {
        KvCache cache = KvCache.of(KvCache.Room.of(MEMORY, 3, Format.INT8), 2, 8);
        Tensor four = random(4, 1, 4, 2, 8);
        assertThatThrownBy(() -> cache.append(four, four)).hasMessageContaining("holds 3 positions and 4 are wanted");
        assertThatThrownBy(() -> cache.attend(random(5, 1, 1, 2, 8), 1)).hasMessageContaining("0 positions");
        assertThatThrownBy(() -> Format.named("int4")).hasMessage("key-value cache \"int4\"; known are f32, bf16, int8");
    }
}
