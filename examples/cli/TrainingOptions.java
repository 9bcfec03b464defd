import dev.gatun.models.training.MemoryPlan;
import dev.gatun.nn.LoraConfig;
import dev.gatun.nn.WeightFormat;
import dev.gatun.nn.optim.AdamW;
import dev.gatun.nn.optim.LearningRate;
import dev.gatun.nn.optim.Lion;
import dev.gatun.nn.optim.Optimizer;
import dev.gatun.nn.optim.OptimizerOptions;
import dev.gatun.nn.optim.ParameterGroup;
import dev.gatun.nn.optim.Sgd;
import dev.gatun.nn.optim.StateFormat;
import dev.gatun.nn.optim.StateMemory;
import dev.gatun.tensor.Parameter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/// The options of programs that train.
final class TrainingOptions {
    static final int LENGTH = 256;

    private static final List<String> OPTIMIZERS = List.of("adamw", "adamw8bit", "lion", "lion8bit", "sgd");

    @Option(names = "--steps", paramLabel = "N", description = "How many steps (default 1000).")
    long steps = 1000;

    @Option(names = "--batch", paramLabel = "N", description = "How many sequences go in at once (default 8).")
    int batch = 8;

    @Option(names = "--length", paramLabel = "N", description = "How many tokens each has (default 256, or as many as the model has positions).")
    Integer length;

    @Option(names = "--accumulate", paramLabel = "N", description = "Add up the gradients of so many batches for a step (default 1).")
    int accumulate = 1;

    @Option(names = "--lr", paramLabel = "RATE", description = "The peak of the learning rate.")
    Double rate;

    @Option(names = "--lr-end", paramLabel = "RATE", description = "Its end, where the schedule falls (default: a tenth of the peak).")
    Double rateEnd;

    @Option(names = "--schedule", paramLabel = "NAME", description = "constant, linear, cosine or wsd (warm-up, stable, decay over the last fifth).")
    String schedule;

    @Option(names = "--warmup", paramLabel = "N", description = "How many steps the rate rises (default: a fiftieth of all).")
    Long warmUp;

    @Option(
            names = "--drop",
            negatable = true,
            description = "Halve the rate at half of the steps (arXiv:2406.02528), as MatMul-free models do unless --no-drop is given.")
    Boolean drop;

    @Option(names = "--optimizer", paramLabel = "NAME", description = "adamw (default), adamw8bit, lion, lion8bit or sgd.")
    String optimizer = "adamw";

    @Option(names = "--beta2", paramLabel = "B", description = "AdamW's second beta (default 0.95 from scratch, 0.999 for fine-tuning).")
    Double beta2;

    @Option(
            names = "--weight-decay",
            paramLabel = "D",
            description = "Of matrices (default 0.1 from scratch, 0 for fine-tuning and for MatMul-free models).")
    Double weightDecay;

    @Option(names = "--clip", paramLabel = "NORM", description = "Limit the gradient's length (default 1).")
    double clip = 1;

    @Option(
            names = "--paged",
            paramLabel = "MIB",
            description = "Keep the optimizer's state in a file, so many MiB of it in memory (default: all of it in memory).")
    Long paged;

    @Option(names = "--checkpointing", description = "Keep only the inputs of layers, and compute the rest again on the way back.")
    boolean checkpointing;

    @Option(names = "--seed", paramLabel = "S", description = "Of everything random (default 0).")
    long seed;

    @Option(names = "--eval-every", paramLabel = "N", description = "Measure the held-out loss every N steps (default: 10 times in all).")
    Long evalEvery;

    @Option(names = "--save-every", paramLabel = "N", description = "Write a checkpoint every N steps (default: 10 times in all).")
    Long saveEvery;

    @Option(names = "--keep", paramLabel = "N", description = "Keep the last N checkpoints (default 2).")
    int keep = 2;

    @Option(names = "--sample", paramLabel = "PROMPT", description = "Continue this text at every held-out measurement.")
    String sample;

    @Option(names = "--dry-run", description = "Print how much memory it would take, and stop.")
    boolean dryRun;

    /// What a program trains with where nothing is given.
    ///
    /// @param rate the peak of the learning rate
    /// @param drops whether it is halved at half of the steps
    /// @param beta2 AdamW's second beta
    /// @param decay of matrices
    record Usual(double rate, String schedule, boolean drops, double beta2, double decay) {}

    LearningRate learningRate(Usual usual) {
        double peak = peak(usual);
        double end = end(usual);
        long warm = warm();
        LearningRate plain = switch (schedule(usual)) {
            case "constant" -> LearningRate.constant(peak, warm);
            case "linear" -> LearningRate.linear(peak, end, warm, steps);
            case "cosine" -> LearningRate.cosine(peak, end, warm, steps);
            case "wsd" -> LearningRate.warmUpStableDecay(peak, end, warm, steps / 5, steps);
            default -> throw new IllegalArgumentException("schedule \"" + schedule + "\" — want constant, linear, cosine or wsd");
        };
        return drops(usual) ? plain.changedAt(steps / 2, 0.5) : plain;
    }

    private double peak(Usual usual) {
        return rate == null ? usual.rate : rate;
    }

    private double end(Usual usual) {
        return rateEnd == null ? peak(usual) / 10 : rateEnd;
    }

    private long warm() {
        return warmUp == null ? steps / 50 : warmUp;
    }

    private String schedule(Usual usual) {
        return schedule == null ? usual.schedule : schedule;
    }

    private boolean drops(Usual usual) {
        return drop == null ? usual.drops : drop;
    }

    private double beta2(Usual usual) {
        return beta2 == null ? usual.beta2 : beta2;
    }

    private double decay(Usual usual) {
        return weightDecay == null ? usual.decay : weightDecay;
    }

    Optimizer optimizer(List<Parameter> parameters, Usual usual, Path file) {
        StateMemory memory = paged == null ? StateMemory.resident() : StateMemory.paged(file, paged << 20);
        var options = OptimizerOptions.of(learningRate(usual))
                .withWeightDecay(decay(usual))
                .withGroup(ParameterGroup.VECTORS_AND_EMBEDDINGS)
                .withFormat(optimizer.endsWith("8bit") ? StateFormat.BLOCKWISE_8 : StateFormat.F32)
                .withMemory(memory);
        return switch (optimizer) {
            case "adamw", "adamw8bit" -> new AdamW(parameters, options, 0.9, beta2(usual), 1e-8);
            case "lion", "lion8bit" -> new Lion(parameters, options);
            case "sgd" -> new Sgd(parameters, options, 0.9, false);
            default -> throw new IllegalStateException(optimizer);
        };
    }

    MemoryPlan.Setup setup(WeightFormat weights, LoraConfig lora) {
        boolean adam = optimizer.startsWith("adamw");
        double full = adam ? 8 : 4;
        double bytes = optimizer.endsWith("8bit") ? (adam ? 2.04 : 1.02) : full;
        return new MemoryPlan.Setup(weights, lora, bytes, full, paged == null ? Long.MAX_VALUE : paged << 20, batch, length, checkpointing);
    }

    /// Refuses what cannot be, before anything is loaded.
    void check(Usual usual) {
        if (steps < 1 || batch < 1 || length != null && length < 2 || accumulate < 1 || keep < 1) {
            throw new IllegalArgumentException("steps, batch, accumulate, keep — want at least 1, length at least 2");
        }
        if (evalEvery != null && evalEvery < 1 || saveEvery != null && saveEvery < 1 || paged != null && paged < 1) {
            throw new IllegalArgumentException("--eval-every, --save-every, --paged — want at least 1");
        }
        if (!(clip > 0) || beta2 != null && !(beta2 >= 0 && beta2 < 1) || weightDecay != null && !(weightDecay >= 0)) {
            throw new IllegalArgumentException("--clip above 0, --beta2 from 0 to less than 1, --weight-decay at least 0 are wanted");
        }
        if (!OPTIMIZERS.contains(optimizer)) {
            throw new IllegalArgumentException("optimizer \"" + optimizer + "\" — want " + String.join(", ", OPTIMIZERS));
        }
        learningRate(usual);
    }

    /// Fits the length of sequences to a model's context: refuses a longer one, and shortens the default.
    void fit(int context) {
        if (length == null) {
            length = Math.min(LENGTH, context);
        }
        if (length > context) {
            throw new IllegalArgumentException("--length " + length + ": the model has " + context + " positions; want at most as many");
        }
    }

    /// What a training cannot change on its way: its state and its place in the data would mean something else.
    Map<String, String> fixed() {
        var settings = new LinkedHashMap<String, String>();
        settings.put("--seed", String.valueOf(seed));
        settings.put("--batch", String.valueOf(batch));
        settings.put("--length", String.valueOf(length));
        settings.put("--optimizer", optimizer);
        return settings;
    }

    /// What it may change from one start to the next: all as it is in effect, since what is usual may be another one day.
    Map<String, String> free(Usual usual) {
        var settings = new LinkedHashMap<String, String>();
        settings.put("--steps", String.valueOf(steps));
        settings.put("--accumulate", String.valueOf(accumulate));
        settings.put("--lr", String.valueOf(peak(usual)));
        settings.put("--lr-end", String.valueOf(end(usual)));
        settings.put("--schedule", schedule(usual));
        settings.put("--warmup", String.valueOf(warm()));
        settings.put("--drop", String.valueOf(drops(usual)));
        settings.put("--beta2", String.valueOf(beta2(usual)));
        settings.put("--weight-decay", String.valueOf(decay(usual)));
        settings.put("--clip", String.valueOf(clip));
        return settings;
    }
}
