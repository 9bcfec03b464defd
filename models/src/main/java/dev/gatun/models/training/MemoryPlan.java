package dev.gatun.models.training;

import dev.gatun.models.LlamaConfig;
import dev.gatun.models.MatMulFreeConfig;
import dev.gatun.nn.LoraConfig;
import dev.gatun.nn.WeightFormat;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How much memory training takes, before it begins: weights, adapters, gradients, the optimizer's state, activations.
///
/// The counts follow what this library keeps. Recorded, a layer keeps every result of its operations; recomputed (`checkpointing`), only its output, and
/// one layer's results at a time.
///
/// @param parts bytes of each part, by name
public record MemoryPlan(SequencedMap<String, Long> parts) {
    /// The JVM itself, its compiled code, and the packed panels of matrix products.
    private static final long PROCESS = 260L << 20;

    private static final String TABLE = "model.embed_tokens";
    private static final String HEAD = "lm_head";

    /// Logits that are in memory at once, as the head's loss cuts them, and their gradient.
    private static final long LOGITS = 3L * (16 << 20);

    /// How a training is set up.
    ///
    /// @param weights format of the matrices that are not trained; null if the whole model is trained in f32
    /// @param lora the adapter; null if the whole model is trained
    /// @param optimizerBytes of state for each trained element of a matrix: 8 for AdamW in f32, about 2 in 8 bits
    /// @param fullStateBytes of state for each trained element of a vector or an embedding, which is kept in f32 in any case: 8 for AdamW, 4 for Lion
    /// @param residentState at most so many bytes of that are in memory
    /// @param rows sequences of a batch
    /// @param columns tokens of each
    /// @param checkpointing whether layers are computed again on the way back
    public record Setup(
            @Nullable WeightFormat weights,
            @Nullable LoraConfig lora,
            double optimizerBytes,
            double fullStateBytes,
            long residentState,
            long rows,
            long columns,
            boolean checkpointing) {
        /// What of an optimizer's state is in memory.
        private long state(long matrices, long vectorsAndEmbeddings) {
            return Math.min(residentState, (long) (matrices * optimizerBytes + vectorsAndEmbeddings * fullStateBytes));
        }
    }

    /// A module that has weights.
    ///
    /// @param name its full name
    /// @param rows of its matrix; of a vector, how long it is
    /// @param columns of its matrix; of a vector 1
    /// @param isLinear whether it is a linear layer, not the table of tokens or a norm
    /// @param hasBias whether there is a vector of so many rows beside the matrix
    private record Module(String name, long rows, long columns, boolean isLinear, boolean hasBias) {
        long elements() {
            return rows * columns + bias();
        }

        long bias() {
            return hasBias ? rows : 0;
        }

        /// Elements of vectors and embeddings.
        long full() {
            return isLinear ? bias() : elements();
        }

        boolean isTableOrHead() {
            return name.equals(TABLE) || name.equals(HEAD);
        }

        long bytes(@Nullable WeightFormat format) {
            if (columns == 1) {
                return 4 * rows;
            }
            return 4 * bias()
                    + (format == null || isTableOrHead()
                            ? 2 * rows * columns
                            : format.parts(rows, columns).values().stream()
                                    .mapToLong(part ->
                                            part.shape().size() * part.dtype().bytes())
                                    .sum());
        }
    }

    /// Checks that a model has the layers that a new adapter names.
    ///
    /// @param c the model
    /// @param lora the adapter
    /// @throws dev.gatun.tensor.CheckpointException if it has not
    public static void requireFit(LlamaConfig c, LoraConfig lora) {
        Map<Boolean, List<String>> names =
                modules(c).stream().collect(Collectors.partitioningBy(Module::isLinear, Collectors.mapping(Module::name, Collectors.toList())));
        lora.requireFit(Objects.requireNonNull(names.get(true)), Objects.requireNonNull(names.get(false)));
    }

    /// Plans a training.
    ///
    /// @param c the model
    /// @param setup how it is trained
    /// @return the plan
    public static MemoryPlan of(LlamaConfig c, Setup setup) {
        LoraConfig lora = setup.lora;
        long matrices = 0; // trained elements
        long full = 0;
        long plain = 0; // bytes of what is not trained
        long ends = 0;
        for (Module module : modules(c)) {
            if (lora == null || lora.saves(module.name)) {
                matrices += module.elements() - module.full();
                full += module.full();
                continue;
            }
            if (module.isTableOrHead()) {
                ends += module.bytes(setup.weights);
            } else {
                plain += module.bytes(setup.weights);
            }
            if (module.isLinear && lora.adapts(module.name)) {
                matrices += lora.rank(module.name) * (module.rows + module.columns);
                full += lora.decomposed() ? module.rows : 0;
            }
        }
        long trained = matrices + full;
        var parts = new LinkedHashMap<String, Long>();
        if (lora != null) {
            parts.put("weights", plain);
            parts.put("embedding and head", ends);
            parts.put("adapters", 4 * trained);
        } else {
            parts.put("weights", 4 * trained);
        }
        parts.put("gradients", 4 * trained);
        parts.put("optimizer", setup.state(matrices, full));
        parts.put("activations", activations(c, setup));
        parts.put("logits", LOGITS);
        parts.put("process", PROCESS);
        return new MemoryPlan(parts);
    }

    /// Plans the training of a MatMul-free model, of all its parameters.
    ///
    /// Of a linear map its input and its result are kept, and of what lies between them nothing but the output of the recurrence; what the rest takes is there
    /// for one operation at a time.
    ///
    /// @param c the model
    /// @param setup how it is trained
    /// @return the plan
    /// @throws IllegalArgumentException if it is to have an adapter
    public static MemoryPlan of(MatMulFreeConfig c, Setup setup) {
        if (setup.lora != null || setup.weights != null) {
            throw new IllegalArgumentException("a MatMul-free model is trained as a whole: its matrices are rounded while it is");
        }
        var parts = new LinkedHashMap<String, Long>();
        long trained = c.parameters();
        long tokens = setup.rows * setup.columns;
        long d = c.hiddenSize();
        long inner = c.intermediateSize();
        long layer = 4 * tokens * (6 * d + 5L * c.inputDim() + 3 * inner);
        long hidden = 4 * tokens * d;
        long layers = c.numHiddenLayers();
        long once = 4 * tokens * 4 * inner + 4 * 2 * inner * d; // on the way back through the widest map: gradients, its rounded input and matrix
        parts.put("weights", 4 * trained);
        parts.put("gradients", 4 * trained);
        long table = c.vocabSize() * d; // the norms' vectors are few beside it
        parts.put("optimizer", setup.state(trained - table, table));
        parts.put("activations", 4 * hidden + once + (setup.checkpointing ? (layers + 2) * hidden + layer : layers * layer));
        parts.put("logits", LOGITS);
        parts.put("process", PROCESS);
        return new MemoryPlan(parts);
    }

    /// {@return the same with what is learnt from}: its tokens are in memory, which take about as much as the file does, four bytes for each of about four
    /// characters.
    ///
    /// @param fileBytes how large the file is
    public MemoryPlan withData(long fileBytes) {
        var all = new LinkedHashMap<>(parts);
        all.put("data", fileBytes);
        return new MemoryPlan(all);
    }

    private static Map<String, long[]> linears(LlamaConfig c) {
        long q = (long) c.numAttentionHeads() * c.headDim();
        long kv = (long) c.numKeyValueHeads() * c.headDim();
        long hidden = c.hiddenSize();
        long inner = c.intermediateSize();
        var sizes = new LinkedHashMap<String, long[]>();
        sizes.put("self_attn.q_proj", new long[] {q, hidden});
        sizes.put("self_attn.k_proj", new long[] {kv, hidden});
        sizes.put("self_attn.v_proj", new long[] {kv, hidden});
        sizes.put("self_attn.o_proj", new long[] {hidden, q});
        sizes.put("mlp.gate_proj", new long[] {inner, hidden});
        sizes.put("mlp.up_proj", new long[] {inner, hidden});
        sizes.put("mlp.down_proj", new long[] {hidden, inner});
        return sizes;
    }

    private static List<Module> modules(LlamaConfig c) {
        var modules = new ArrayList<Module>();
        long hidden = c.hiddenSize();
        modules.add(new Module(TABLE, c.vocabSize(), hidden, false, false));
        if (!c.tieWordEmbeddings()) {
            modules.add(new Module(HEAD, c.vocabSize(), hidden, true, false));
        }
        for (int i = 0; i < c.numHiddenLayers(); i++) {
            String layer = "model.layers." + i + ".";
            linears(c).forEach((name, size) -> {
                boolean bias = name.startsWith("mlp") ? c.mlpBias() : c.attentionBias();
                modules.add(new Module(layer + name, size[0], size[1], true, bias));
            });
            modules.add(new Module(layer + "input_layernorm", hidden, 1, false, false));
            modules.add(new Module(layer + "post_attention_layernorm", hidden, 1, false, false));
        }
        modules.add(new Module("model.norm", hidden, 1, false, false));
        return modules;
    }

    /// What one layer keeps of a token, in elements: the results of its operations, in their order.
    private static long layer(LlamaConfig c, @Nullable LoraConfig lora) {
        long hidden = c.hiddenSize();
        long q = (long) c.numAttentionHeads() * c.headDim();
        long kv = (long) c.numKeyValueHeads() * c.headDim();
        long norms = 2 * hidden;
        long rotated = q + kv;
        long attention = q + c.numAttentionHeads();
        long sums = 2 * hidden;
        long swiglu = c.intermediateSize();
        long products = 0;
        for (var linear : linears(c).entrySet()) {
            long out = linear.getValue()[0];
            String name = "model.layers.0." + linear.getKey();
            products += lora != null && lora.adapts(name) ? 3 * out + 2L * lora.rank(name) : out;
        }
        return norms + rotated + attention + sums + swiglu + products;
    }

    private static long activations(LlamaConfig c, Setup setup) {
        long tokens = setup.rows * setup.columns;
        long hidden = 4L * c.hiddenSize() * tokens;
        long layer = 4 * layer(c, setup.lora) * tokens;
        long widest = 4L * Math.max(c.hiddenSize(), c.intermediateSize()) * tokens;
        long gradients = 4 * widest + 3 * hidden; // those that are alive together on the way back
        long ends = 4 * hidden; // embedding, last norm, and the head's gradient
        return ends + gradients + (setup.checkpointing ? c.numHiddenLayers() * hidden + layer + 2 * hidden : c.numHiddenLayers() * layer);
    }

    /// {@return all parts together, in bytes}
    public long total() {
        return parts.values().stream().mapToLong(Long::longValue).sum();
    }

    /// {@return the parts and their sum, a line for each}
    @Override
    public String toString() {
        var text = new StringBuilder();
        parts.forEach((name, bytes) -> text.append(String.format(Locale.ROOT, "%-20s %,12.1f MB%n", name, bytes / 1e6)));
        return text.append(String.format(Locale.ROOT, "%-20s %,12.1f MB", "together", total() / 1e6))
                .toString();
    }
}
