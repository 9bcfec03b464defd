import com.sun.management.OperatingSystemMXBean;
import dev.gatun.io.Json;
import dev.gatun.models.Decoder;
import dev.gatun.models.Generation;
import dev.gatun.models.GenerationOptions;
import dev.gatun.models.Session;
import dev.gatun.models.data.Batch;
import dev.gatun.models.data.Batches;
import dev.gatun.models.data.Dataset;
import dev.gatun.models.data.Position;
import dev.gatun.models.text.Tokenizer;
import dev.gatun.models.training.LossCurve;
import dev.gatun.models.training.MemoryPlan;
import dev.gatun.models.training.TrainingFolder;
import dev.gatun.nn.CheckpointedStage;
import dev.gatun.nn.optim.GradientClip;
import dev.gatun.nn.optim.Optimizer;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Workspace;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What training from scratch and fine-tuning share: the loop, and what is seen of it.
final class Training {
    /// What is trained, on what.
    ///
    /// @param origin what else cannot change on the way, by option: the data, the model
    /// @param usual what holds where nothing is given
    record Run(
            String title,
            Map<String, String> origin,
            TrainingOptions.Usual usual,
            Decoder decoder,
            List<Parameter> parameters,
            Tokenizer tokenizer,
            Set<Integer> ends,
            Batches batches,
            Iterable<Batch> heldOut) {}

    /// Options that checkpoints did not always have, and what was trained before they did.
    private static final Map<String, String> SINCE = Map.of("--drop", "false", "--modules-to-save", "none");

    private static final Map<String, String> LORA = Map.of(
            "r", "--lora-r",
            "alpha", "--lora-alpha",
            "dropout", "--lora-dropout",
            "rankStabilized", "--rslora",
            "decomposed", "--dora",
            "targets", "--lora-targets",
            "modulesToSave", "--modules-to-save");

    private final TrainingOptions options;
    private final Run run;
    private final Device device;
    private final Path out;
    private final Decoder decoder;
    private LossCurve curve = new LossCurve();
    private Path last; // checkpoint; null if there is none
    private Map<String, String> began; // what it was begun with; a checkpoint older than an option does not have it, nor do those after it

    Training(TrainingOptions options, Run run, Device device, Path out) {
        this.options = options;
        this.run = run;
        this.device = device;
        this.out = out;
        Decoder plain = run.decoder();
        decoder = options.checkpointing ? plain.withLayers(new CheckpointedStage(plain.layers())) : plain;
    }

    LossCurve curve() {
        return curve;
    }

    /// Trains to the last step, beginning where the last checkpoint ended.
    void run(Optimizer optimizer) throws IOException {
        TrainingFolder folder = folder();
        long done = goOn(folder, optimizer);
        long evalEvery = options.evalEvery == null ? Math.max(1, options.steps / 10) : options.evalEvery;
        long saveEvery = options.saveEvery == null ? Math.max(1, options.steps / 10) : options.saveEvery;
        try (var workspace = new Workspace(device);
                var gradients = new Gradients()) {
            var progress = new Progress(options.steps, done);
            for (long step = done + 1; step <= options.steps; step++) {
                long start = System.nanoTime();
                double rate = optimizer.learningRate();
                Step result = step(workspace, gradients, optimizer, step, run.batches()::next);
                double seconds = (System.nanoTime() - start) / 1e9;
                boolean due = step % evalEvery == 0 || step == options.steps;
                double heldOut =
                        due ? measure(run.decoder(), device, run.heldOut()).loss() : Double.NaN;
                curve.add(new LossCurve.Point(step, result.loss(), heldOut, rate, result.norm(), result.tokens() / seconds));
                progress.show(step, result.loss(), heldOut, result.tokens(), seconds);
                if (due) {
                    progress.line("");
                    sample(progress);
                }
                if (step % saveEvery == 0 || step == options.steps) {
                    curve.write(out, run.title()); // first: going on from an earlier checkpoint forgets what is too much of it
                    last = folder.save(step, run.parameters(), optimizer.state(), state(step));
                }
            }
            progress.line("");
        }
    }

    private Map<String, Object> state(long step) {
        var state = new LinkedHashMap<String, Object>();
        state.put("step", step);
        state.put("data", run.batches().position().members());
        var settings = new LinkedHashMap<String, String>(began);
        settings.putAll(options.free(run.usual()));
        state.put("settings", settings);
        return state;
    }

    /// Does the steps on batches of somebody else's, and keeps nothing of them: to see what they take.
    ///
    /// @return the seconds of each step
    double[] attempt(Optimizer optimizer, Supplier<Batch> source) {
        double[] seconds = new double[(int) options.steps];
        try (var workspace = new Workspace(device);
                var gradients = new Gradients()) {
            for (int i = 0; i < seconds.length; i++) {
                long start = System.nanoTime();
                Step result = step(workspace, gradients, optimizer, i + 1, source);
                seconds[i] = (System.nanoTime() - start) / 1e9;
                System.err.printf(
                        "step %d of %d: %.2f s, %,.1f tokens/s, loss %.4f, %,d MB%n",
                        i + 1, options.steps, seconds[i], result.tokens() / seconds[i], result.loss(), residentBytes() / 1_000_000);
            }
        }
        return seconds;
    }

    private record Step(double loss, double norm, int tokens) {}

    private Step step(Workspace workspace, Gradients gradients, Optimizer optimizer, long step, Supplier<Batch> source) {
        var tape = workspace.tape();
        List<Batch> batches = Stream.generate(source).limit(options.accumulate).toList();
        int counted = Math.max(1, batches.stream().mapToInt(Batch::targets).sum());
        int tokens = batches.stream()
                .mapToInt(batch -> batch.rows() * batch.length())
                .sum();
        double loss = 0;
        gradients.clear();
        for (int i = 0; i < batches.size(); i++) {
            tape.begin((step - 1) * options.accumulate + i);
            Tensor part = loss(decoder, workspace, batches.get(i), counted);
            loss += part.toArray()[0];
            tape.backward(part, gradients);
        }
        double norm = new GradientClip(options.clip).apply(gradients);
        if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
            throw new IllegalStateException(
                    "step %d: the loss is %s and the gradient's length %s; nothing was changed by it, and %s. A lower --lr, a longer --warmup or a smaller"
                                    .formatted(step, loss, norm, last == null ? "no checkpoint was written yet" : "the last checkpoint is " + last)
                            + " --clip may help");
        }
        optimizer.step(gradients);
        return new Step(loss, norm, tokens);
    }

    private static Tensor loss(Decoder decoder, Workspace workspace, Batch batch, int counted) {
        return decoder.loss(tensor(workspace, batch.ids()), tensor(workspace, batch.labels()), tensor(workspace, batch.starts()), 1f / counted);
    }

    private static Tensor tensor(Workspace workspace, int[][] rows) {
        return workspace.ints(Stream.of(rows).flatMapToInt(IntStream::of).toArray(), rows.length, rows[0].length);
    }

    /// What a model makes of texts.
    ///
    /// @param loss mean of −ln(probability) of the tokens; NaN if there are none
    /// @param bitsPerByte the same in bits for each byte of text
    /// @param tokens how many were predicted
    record Measured(double loss, double bitsPerByte, long tokens) {}

    static Measured measure(Decoder decoder, Device device, Iterable<Batch> batches) {
        double sum = 0;
        long counted = 0;
        long bytes = 0;
        try (var workspace = new Workspace(device)) {
            for (Batch batch : batches) {
                workspace.reset();
                sum += loss(decoder, workspace, batch, 1).toArray()[0];
                counted += batch.targets();
                bytes += batch.bytes();
            }
        }
        return new Measured(sum / counted, Dataset.bitsPerByte(sum, bytes), counted);
    }

    static void print(String what, Measured measured) {
        if (measured.tokens() > 0) {
            System.err.printf(
                    "%s: %.4f nats/token, %.4f bits/byte over %,d tokens%n", what, measured.loss(), measured.bitsPerByte(), measured.tokens());
        }
    }

    private void sample(Progress progress) {
        if (options.sample != null) {
            int[] prompt = run.tokenizer().encode(options.sample, Tokenizer.Special.ADDED);
            int room = Math.min(run.decoder().contextLength(), prompt.length + 100);
            var settings = GenerationOptions.standard().withMaxTokens(Math.max(1, room - prompt.length));
            var text = new StringBuilder(options.sample);
            try (var story = new Generation(new Session(run.decoder(), device, room), run.tokenizer(), prompt, run.ends(), settings)) {
                story.text().forEach(text::append);
            }
            progress.line("  | " + text.toString().strip().replaceAll("\\s*\\R\\s*", " / "));
        }
    }

    /// Refuses to go on with what was begun otherwise, before anything is computed.
    void requireSame() {
        folder().latest().ifPresent(this::requireSame);
    }

    private TrainingFolder folder() {
        return new TrainingFolder(out.resolve("checkpoints"), options.keep);
    }

    private void requireSame(TrainingFolder.Saved saved) {
        List<String> others = differences(saved, fixed());
        if (!others.isEmpty()) {
            throw new IllegalArgumentException(saved.directory() + " was trained with " + String.join(", ", others)
                    + ". Go on with what it began with, or begin anew in another --out");
        }
    }

    /// What cannot change on the way.
    private Map<String, String> fixed() {
        var fixed = new LinkedHashMap<String, String>(run.origin());
        fixed.putAll(options.fixed());
        return fixed;
    }

    private long goOn(TrainingFolder folder, Optimizer optimizer) {
        Optional<TrainingFolder.Saved> latest = folder.latest();
        if (latest.isEmpty()) {
            began = fixed();
            return 0;
        }
        TrainingFolder.Saved saved = latest.get();
        requireSame(saved);
        began = settings(saved.state());
        saved.restore(run.parameters());
        try (Checkpoint state = saved.optimizer()) {
            optimizer.restore(state);
        }
        run.batches().seek(Position.of(saved.state().at("data")));
        curve = LossCurve.read(out.resolve("loss.csv"), saved.step());
        last = saved.directory();
        List<String> changes = differences(saved, options.free(run.usual()));
        System.err.println("going on from " + last + (changes.isEmpty() ? "" : ", which was trained with " + String.join(", ", changes)));
        return saved.step();
    }

    /// What a checkpoint was written with, where that is something else than now. An option that it does not have is as it was before there was that option:
    /// off.
    private static List<String> differences(TrainingFolder.Saved saved, Map<String, String> now) {
        Map<String, String> before = settings(saved.state());
        List<String> differences = new ArrayList<>();
        now.forEach((option, value) -> {
            String was = before.getOrDefault(option, SINCE.getOrDefault(option, value));
            if (!was.equals(value)) {
                differences.add(option + " " + was + ", not " + value);
            }
        });
        return differences;
    }

    private static Map<String, String> settings(Json state) {
        var settings = new LinkedHashMap<String, String>();
        state.find("settings").ifPresent(saved -> saved.forEach((option, value) -> settings.put(option, value.asString())));
        String adapter = settings.get("--lora-…");
        if (adapter != null) {
            // once one text, as Java writes a record: LoraConfig[r=8, alpha=16.0, …, targets=[q_proj, v_proj], …]
            Matcher member = Pattern.compile("(\\w+)=(?:\\[(.*?)\\](?=, \\w+=|\\]$)|([^,\\]]*))")
                    .matcher(adapter);
            while (member.find()) {
                String option = LORA.get(member.group(1));
                if (option != null) {
                    String value = member.group(2) == null
                            ? member.group(3)
                            : member.group(2).replace(", ", ",");
                    settings.put(option, value.isEmpty() ? "none" : value);
                }
            }
        }
        settings.replaceAll(
                (option, value) -> value.equals("the default") || value.equals("null") && option.equals("--drop") ? "what was usual then" : value);
        return settings;
    }

    /// What tells a file from another of the same name.
    static String fingerprint(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            var digest = MessageDigest.getInstance("SHA-256");
            byte[] block = new byte[1 << 16];
            for (int n = in.read(block); n > 0; n = in.read(block)) {
                digest.update(block, 0, n);
            }
            return "of %,d bytes (SHA-256 %s…)"
                    .formatted(Files.size(file), HexFormat.of().formatHex(digest.digest(), 0, 6));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// Prints how much memory a training would take, beside what there is.
    static void print(MemoryPlan plan) {
        IO.println(plan);
        System.out.printf("%-20s %,12.1f MB%n", "this machine has", machineBytes() / 1e6);
    }

    /// How much memory this machine has.
    static long machineBytes() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    /// What this process has in memory, where the system says so; otherwise what the heap has.
    static long residentBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException elsewhere) {
            // no /proc on this system
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
