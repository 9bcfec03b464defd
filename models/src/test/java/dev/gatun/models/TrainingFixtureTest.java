package dev.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.gatun.io.Json;
import dev.gatun.io.SafeTensors;
import dev.gatun.nn.CheckpointedStage;
import dev.gatun.nn.KvCache;
import dev.gatun.nn.LoraWeights;
import dev.gatun.nn.TrainableWeights;
import dev.gatun.nn.Weights;
import dev.gatun.nn.optim.AdamW;
import dev.gatun.nn.optim.GradientClip;
import dev.gatun.nn.optim.LearningRate;
import dev.gatun.nn.optim.OptimizerOptions;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Workspace;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Gradients against PyTorch's, through transformers and PEFT, on small random models: the fixtures say how they were made.
class TrainingFixtureTest {
    private static final Device DEVICE = Device.cpu();
    private static final double TOLERANCE = 1e-5;

    private final Resident memory = new Resident(DEVICE, "parameters");

    /// The batch of a fixture, its labels shifted so that each stands at the position that predicts it.
    record Batch(int[] ids, int[] labels, long rows, long columns, int counted) {
        static Batch of(Path file) {
            try (Checkpoint batch = SafeTensors.open(file)) {
                Tensor ids = batch.tensor("input_ids");
                int t = (int) ids.dim(1);
                int[] given = batch.tensor("labels").toInts();
                int[] labels = new int[given.length];
                for (int i = 0; i < labels.length; i++) {
                    labels[i] = i % t == t - 1 ? -100 : given[i + 1];
                }
                return new Batch(ids.toInts(), labels, ids.dim(0), t, (int)
                        Arrays.stream(labels).filter(l -> l != -100).count());
            }
        }

        Tensor loss(Decoder decoder, Memory step) {
            return decoder.loss(step.ints(ids, rows, columns), step.ints(labels, rows, columns), null, 1f / counted);
        }
    }

    private static Path fixture(String name) {
        return LlamaFixtureTest.folder(name);
    }

    static void requireEqual(Checkpoint want, String prefix, Gradients got, List<Parameter> parameters) {
        for (Parameter parameter : parameters) {
            float[] expected = want.tensor(prefix + parameter.name())
                    .copyTo(Memory.collected(DEVICE))
                    .to(DType.F32)
                    .toArray();
            float[] actual = got.of(parameter).toArray();
            double largest = 0;
            for (float e : expected) {
                largest = Math.max(largest, Math.abs(e));
            }
            for (int i = 0; i < expected.length; i++) {
                assertThat((double) actual[i])
                        .as(parameter.name() + "[" + i + "]")
                        .isCloseTo(expected[i], offset(TOLERANCE * largest));
            }
        }
    }

    /// The gradients of a step, the loss being compared.
    static Gradients gradients(Decoder decoder, Batch batch, double loss) {
        var gradients = new Gradients();
        try (var workspace = new Workspace(DEVICE)) {
            var tape = workspace.tape();
            Tensor value = batch.loss(decoder, workspace);
            assertThat((double) value.toArray()[0]).isCloseTo(loss, offset(TOLERANCE * loss));
            tape.backward(value, gradients);
        }
        return gradients;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gradientsOfAllParametersAreThoseOfPyTorch(boolean checkpointed) {
        try (var llm = CausalLm.open(fixture("llama-tiny"));
                Checkpoint want = SafeTensors.open(fixture("finetune").resolve("grads_step1.safetensors"))) {
            var weights = new TrainableWeights(Weights.from(llm.checkpoint(), DEVICE), memory);
            Decoder decoder = CausalLm.decoder(llm.config(), weights);
            if (checkpointed) {
                decoder = decoder.withLayers(new CheckpointedStage(decoder.layers()));
            }
            Batch batch = Batch.of(fixture("finetune").resolve("batch.safetensors"));
            assertThat(weights.parameters()).hasSameSizeAs(want.names());
            requireEqual(want, "", gradients(decoder, batch, 6.549828052520752), weights.parameters());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gradientsOfAnAdapterAreThoseOfPeft(boolean checkpointed) {
        Path lora = fixture("lora");
        try (var llm = CausalLm.open(fixture("llama-tiny"));
                var adapter = LoraAdapter.open(lora.resolve("adapter"), DEVICE);
                Checkpoint want = SafeTensors.open(lora.resolve("train_lora_grads_step1.safetensors"))) {
            LoraWeights weights = adapter.over(llm.weights(), memory, 0);
            Decoder decoder = CausalLm.decoder(llm.config(), weights);
            weights.requireFit();
            if (checkpointed) {
                decoder = decoder.withLayers(new CheckpointedStage(decoder.layers()));
            }
            assertThat(weights.parameters()).hasSameSizeAs(want.names());
            Batch batch = Batch.of(lora.resolve("outputs.safetensors"));
            requireEqual(want, "", gradients(decoder, batch, 6.492753505706787), weights.parameters());
        }
    }

    /// Losses and gradient norms of all steps of a training.
    private static void requireTrace(Path json, Decoder decoder, List<Parameter> parameters, Batch batch, LearningRate rate, double clip) {
        var gradients = new Gradients();
        var options = OptimizerOptions.of(rate).withWeightDecay(0.01);
        try (var workspace = new Workspace(DEVICE);
                var optimizer = new AdamW(parameters, options)) {
            var tape = workspace.tape();
            Json run = Json.read(json);
            for (Json step : (run.isArray() ? run : run.at("steps")).elements()) {
                tape.begin(optimizer.steps());
                gradients.clear();
                Tensor loss = batch.loss(decoder, workspace);
                double want = step.doubleAt("loss");
                assertThat((double) loss.toArray()[0]).as(step.where()).isCloseTo(want, offset(TOLERANCE * want));
                tape.backward(loss, gradients);
                double norm = step.doubleAt("grad_norm");
                assertThat(new GradientClip(clip).apply(gradients))
                        .as(step.where())
                        .isCloseTo(norm, offset(1e-4 * norm));
                assertThat(optimizer.learningRate()).isCloseTo(step.doubleAt("lr", 1e-3), offset(1e-9));
                optimizer.step(gradients);
            }
        }
    }

    @Test
    void fullFineTuningFollowsPyTorch() {
        try (var llm = CausalLm.open(fixture("llama-tiny"))) {
            var weights = new TrainableWeights(llm.weights(), memory);
            Decoder decoder = CausalLm.decoder(llm.config(), weights);
            Path folder = fixture("finetune");
            Batch batch = Batch.of(folder.resolve("batch.safetensors"));
            requireTrace(folder.resolve("train_full.json"), decoder, weights.parameters(), batch, LearningRate.constant(1e-3), 1e9);
        }
    }

    @Test
    void anAdapterIsTrainedAsByPeft() {
        requireAdapterTrace("train_lora.json", "adapter_after20", LearningRate.constant(1e-3), 1e9);
    }

    @Test
    void anAdapterIsTrainedAsByPeftWithClippingAndCosine() {
        requireAdapterTrace("train_lora_clip_cosine.json", "adapter_after20_clip_cosine", LearningRate.cosine(2e-3, 0, 4, 20), 0.5);
    }

    private void requireAdapterTrace(String trace, String after, LearningRate rate, double clip) {
        Path lora = fixture("lora");
        try (var llm = CausalLm.open(fixture("llama-tiny"));
                var adapter = LoraAdapter.open(lora.resolve("adapter"), DEVICE);
                var trained = LoraAdapter.open(lora.resolve(after), DEVICE)) {
            LoraWeights weights = adapter.over(llm.weights(), memory, 0);
            Decoder decoder = CausalLm.decoder(llm.config(), weights);
            requireTrace(lora.resolve(trace), decoder, weights.parameters(), Batch.of(lora.resolve("outputs.safetensors")), rate, clip);
            for (Parameter parameter : weights.parameters()) {
                float[] want = trained.tensors().tensor(parameter.name()).toArray();
                assertThat(parameter.value().toArray())
                        .as(parameter.name())
                        .usingComparatorWithPrecision(2e-4f)
                        .containsExactly(want);
            }
        }
    }

    @Test
    void anAdapterOverFourBitsIsTrainedAsByQlora() {
        Path qlora = fixture("qlora");
        try (var llm = CausalLm.open(fixture("llama-tiny-bnb-nf4-dq"));
                var adapter = LoraAdapter.open(fixture("lora").resolve("adapter"), DEVICE)) {
            LoraWeights weights = adapter.over(llm.weights(), memory, 0);
            Decoder decoder = CausalLm.decoder(llm.config(), weights);
            Batch batch = Batch.of(fixture("finetune").resolve("batch.safetensors"));
            requireTrace(qlora.resolve("train_qlora.json"), decoder, weights.parameters(), batch, LearningRate.constant(1e-3), 1e9);
        }
    }

    /// Two texts in one row, told apart, and each in a row of its own.
    @Test
    void textsInOneRowAreTrainedAsIfEachHadItsOwn() {
        Batch batch = Batch.of(fixture("finetune").resolve("batch.safetensors"));
        int n = 24;
        int half = 4 * n / 2;
        int[] starts = new int[4 * n];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = i % half < n ? 0 : n;
        }
        try (var llm = CausalLm.open(fixture("llama-tiny"))) {
            var weights = new TrainableWeights(llm.weights(), memory);
            Decoder decoder = CausalLm.decoder(llm.config(), weights);
            var apart = new Gradients();
            var together = new Gradients();
            try (var workspace = new Workspace(DEVICE)) {
                var tape = workspace.tape();
                tape.backward(batch.loss(decoder, workspace), apart);
                tape.begin(1);
                Tensor loss = decoder.loss(
                        workspace.ints(batch.ids(), 2, half),
                        workspace.ints(batch.labels(), 2, half),
                        workspace.ints(starts, 2, half),
                        1f / batch.counted());
                tape.backward(loss, together);
            }
            for (Parameter parameter : weights.parameters()) {
                float[] want = apart.of(parameter).toArray();
                float[] got = together.of(parameter).toArray();
                for (int i = 0; i < want.length; i++) {
                    assertThat((double) got[i])
                            .as(parameter.name() + "[" + i + "]")
                            .isCloseTo(want[i], offset(1e-5));
                }
            }
        }
    }

    @Test
    void gradientsOfATiedTableAddUp() {
        try (var llm = CausalLm.open(fixture("llama-tiny-tied"));
                Checkpoint want = SafeTensors.open(fixture("llama-tiny-tied").resolve("grads.safetensors"))) {
            var weights = new TrainableWeights(llm.weights(), memory);
            Decoder decoder = CausalLm.decoder(llm.config(), weights);
            Batch batch = Batch.of(fixture("finetune").resolve("batch.safetensors"));
            requireEqual(
                    want, "", gradients(decoder, batch, want.tensor("__loss").toArray()[0]), weights.parameters());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"adapter", "adapter_rslora", "adapter_patterns"})
    void adaptersGiveTheLogitsOfPeft(String name) {
        Path lora = fixture("lora");
        UnaryOperator<String> output = n -> n.equals("adapter") ? "adapter_logits" : n.substring("adapter_".length()) + "_logits";
        try (var llm = CausalLm.open(fixture("llama-tiny"));
                var adapted = llm.withAdapter(lora.resolve(name));
                Checkpoint want = SafeTensors.open(lora.resolve("outputs.safetensors"))) {
            requireLogits(llm.decoder(), want, "base_logits");
            requireLogits(adapted.decoder(), want, output.apply(name));
            requireLogits(llm.decoder(), want, "base_logits"); // the base is as it was
        }
    }

    private static void requireLogits(Decoder decoder, Checkpoint want, String name) {
        requireClose(name, logits(decoder, want), want.tensor(name).toArray(), 2e-5);
    }

    /// What a model makes of the `input_ids` of a fixture.
    static float[] logits(Decoder decoder, Checkpoint fixture) {
        try (var workspace = new Workspace(DEVICE);
                var states = new Resident(DEVICE, "states")) {
            Tensor ids = fixture.tensor("input_ids").copyTo(workspace).to(DType.I32);
            var room = new KvCache.Room(states, ids.dim(0), ids.dim(1), KvCache.Format.F32, null);
            return decoder.forward(ids, decoder.layers().newStates(room)).toArray();
        }
    }

    static void requireClose(String name, float[] got, float[] want, double tolerance) {
        assertThat(got).as(name).hasSameSizeAs(want);
        for (int i = 0; i < got.length; i++) {
            assertThat((double) got[i]).as(name + "[" + i + "]").isCloseTo(want[i], offset(tolerance));
        }
    }

    @Test
    void anAdapterWrittenAndReadIsTheSame(@TempDir Path folder) {
        Path lora = fixture("lora");
        try (var llm = CausalLm.open(fixture("llama-tiny"));
                var adapter = LoraAdapter.open(lora.resolve("adapter_patterns"), DEVICE);
                Checkpoint want = SafeTensors.open(lora.resolve("outputs.safetensors"))) {
            LoraWeights weights = adapter.over(llm.weights(), memory, 0);
            CausalLm.decoder(llm.config(), weights);
            LoraAdapter.write(folder.resolve("out"), weights, llm, adapter.json());
            try (var again = llm.withAdapter(folder.resolve("out"));
                    var written = LoraAdapter.open(folder.resolve("out"), DEVICE)) {
                requireLogits(again.decoder(), want, "patterns_logits");
                assertThat(written.json().at("target_modules").asStrings()).containsExactlyInAnyOrder("down_proj", "q_proj", "v_proj");
                assertThat(written.json().keys()).containsAll(adapter.json().keys());
            }
        }
    }
}
