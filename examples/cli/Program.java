import dev.gatun.models.CausalLm;
import dev.gatun.models.Warmup;
import dev.gatun.nn.KvCache;
import dev.gatun.nn.WeightFormat;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.ShapeException;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;
import picocli.CommandLine;

/// What the programs of `examples/` share: how options are read, and that whatever goes wrong is one line on standard error.
///
/// The exit status is 2 if the program was asked for something that cannot be, 1 if something else went wrong.
final class Program {
    @Option(names = "--help", usageHelp = true, description = "Print this text.")
    private boolean help;

    @Option(names = "--stacktrace", description = "Print where an error came from, not only what it is.")
    private boolean stacktrace;

    /// What a program does once its options are read.
    interface Action {
        void run() throws Exception;
    }

    /// The options of programs that open a model.
    static final class Model {
        @Mixin
        private final Processor processor = new Processor();

        @Option(
                names = "--model",
                paramLabel = "DIR",
                description =
                        "The model: a folder with config.json, *.safetensors and a tokenizer. Unless given, ./gatun takes its own, which tells stories.")
        private Path directory;

        @Option(
                names = "--weights",
                paramLabel = "FORMAT",
                description = "Bring its matrices into a format while loading: int8, int8-dynamic, int4, nf4, nf4-dq, fp4 or ternary.")
        private String weights;

        @Option(names = "--adapter", paramLabel = "DIR", description = "A low-rank adapter to put beside its layers, as PEFT lays it out.")
        private Path adapter;

        /// Opens it to be used at once, with the kernels compiled meanwhile.
        ///
        /// @param reads whether it is for texts: its tokenizer, too, is read meanwhile
        CausalLm open(KvCache.Format cache, boolean reads) {
            Device device = processor.device();
            CausalLm llm;
            try (var _ = Warmup.start(directory(), device, format(), cache)) {
                llm = CausalLm.open(directory(), device, format());
                if (reads) {
                    llm.tokenizer();
                }
            }
            return adapter == null ? llm : llm.withAdapter(adapter);
        }

        /// Without the adapter.
        CausalLm openBase() {
            return CausalLm.open(directory(), processor.device(), format());
        }

        /// {@return the format to bring matrices into, or null}
        WeightFormat format() {
            return weights == null ? null : WeightFormat.named(weights);
        }

        Device device() {
            return processor.device();
        }

        boolean isGiven() {
            return directory != null;
        }

        /// {@return the adapter, or null}
        Path adapter() {
            return adapter;
        }

        /// {@return the name of a format, or null}
        String weights() {
            return weights;
        }

        Path directory() {
            if (directory == null && System.getProperty("gatun.model") != null) {
                directory = Path.of(System.getProperty("gatun.model"));
            }
            if (directory == null) {
                throw new IllegalArgumentException(
                        "no model is given; name one with --model DIR, a folder with config.json, *.safetensors and a tokenizer,"
                                + " as a model's page on huggingface.co has them under \"Files\"");
            }
            return directory;
        }
    }

    /// How sessions remember what went before.
    static final class Cache {
        @Option(
                names = "--kv-cache",
                paramLabel = "FORMAT",
                description = "How keys and values are stored: f32 (default), bf16 in half the memory, or int8 in a good quarter of it.")
        private String format = "f32";

        KvCache.Format format() {
            return KvCache.Format.named(format);
        }
    }

    /// The options of programs that compute.
    static final class Processor {
        @Option(names = "--device", paramLabel = "NAME", description = "Where to compute: cpu (default), or reference, the slow scalar kernels.")
        private String device = "cpu";

        @Option(names = "--threads", paramLabel = "N", description = "With how many threads; one for each core unless given.")
        private Integer threads;

        Device device() {
            return switch (device) {
                case "cpu" -> threads == null ? Device.cpu() : Device.cpu(threads);
                case "reference" -> Device.reference();
                default -> throw new IllegalArgumentException("device \"" + device + "\" — want cpu or reference");
            };
        }
    }

    private Program() {}

    /// Reads the options into the annotated fields of a program, runs it, and ends this JVM if it failed.
    ///
    /// @param program an object with fields that are [Option]s
    /// @param verb its name
    /// @param purpose a sentence
    /// @param action what it does
    /// @param args the command line
    static void run(Object program, String verb, String purpose, Action action, String... args) {
        System.setOut(utf8(FileDescriptor.out, false));
        System.setErr(utf8(FileDescriptor.err, true));
        Locale.setDefault(Locale.ROOT);
        var common = new Program();
        var line = new CommandLine(program).addMixin("common", common).setCommandName("gatun " + verb);
        // A text may begin with @; where there are none, @FILE stands for the options in a file.
        boolean files = line.getCommandSpec().positionalParameters().isEmpty();
        line.setExpandAtFiles(files);
        line.setOverwrittenOptionsAllowed(files && Stream.of(args).anyMatch(arg -> arg.startsWith("@"))); // what is given behind a file holds
        line.getCommandSpec()
                .usageMessage()
                .description(purpose + "%n")
                .width(110)
                .sortOptions(false)
                .showAtFileInUsageHelp(files)
                .abbreviateSynopsis(true);
        int status = 0;
        try {
            if (line.parseArgs(args).isUsageHelpRequested()) {
                line.usage(System.out);
            } else {
                action.run();
            }
        } catch (Exception | OutOfMemoryError failure) {
            boolean misuse =
                    failure instanceof ParameterException || failure instanceof IllegalArgumentException && !(failure instanceof ShapeException);
            status = misuse ? 2 : 1;
            System.out.flush();
            System.err.println(
                    "gatun " + verb + ": " + sentence(failure) + (failure instanceof ParameterException ? "; --help lists the options" : ""));
            if (common.stacktrace) {
                failure.printStackTrace();
            }
        }
        System.out.flush();
        if (status != 0) {
            System.exit(status);
        }
    }

    /// A story may have any character, whatever the locale says of the terminal.
    private static PrintStream utf8(FileDescriptor descriptor, boolean flushed) {
        return new PrintStream(new BufferedOutputStream(new FileOutputStream(descriptor)), flushed, StandardCharsets.UTF_8);
    }

    private static String sentence(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        String text = switch (failure) {
            case UncheckedIOException wrapped -> message.startsWith("java.") ? sentence(wrapped.getCause()) : message + why(wrapped.getCause());
            case IOException io when io instanceof FileSystemException file -> file.getFile() + ": cannot be read" + why(io);
            case CharacterCodingException _ -> "the text is not UTF-8";
            case OutOfMemoryError _ -> "not enough memory: " + message;
            case IOException _, IllegalArgumentException _, IllegalStateException _ -> message;
            case RuntimeException known when known.getClass().getName().startsWith("dev.gatun.") -> message;
            case UnmatchedArgumentException extra
            when extra.isUnknownOption() ->
                "unknown option "
                        + extra.getUnmatched().getFirst()
                        + (extra.getSuggestions().isEmpty()
                                ? ""
                                : "; like it is " + extra.getSuggestions().getFirst());
            case UnmatchedArgumentException extra
            when extra.getUnmatched().getFirst().startsWith("@") ->
                extra.getUnmatched().getFirst().substring(1) + ": cannot be read; @FILE stands for the options in a file";
            case UnmatchedArgumentException extra ->
                "\"" + extra.getUnmatched().getFirst() + "\" is one argument too many; a text of several words wants quotes around it";
            case ParameterException _ -> message;
            default -> failure.getClass().getSimpleName() + ": " + message + " (a mistake of ours; --stacktrace shows where)";
        };
        return text.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    private static String why(IOException failure) {
        return switch (failure) {
            case NoSuchFileException _ -> " — it does not exist";
            case AccessDeniedException _ -> " — permission denied";
            case FileSystemException file when file.getReason() != null -> " — " + file.getReason();
            default -> " — " + failure.getMessage();
        };
    }

    /// The text that an argument stands for: `-` is standard input, less one line break at its end.
    static String text(String argument) throws IOException {
        return argument.equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8).replaceFirst("\\R\\z", "") : argument;
    }

    /// The text of a file, or of standard input, to the last byte.
    static String contents(Path file) throws IOException {
        try {
            return file.toString().equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8) : Files.readString(file);
        } catch (CharacterCodingException malformed) {
            throw new IOException(file + ": is not UTF-8 text", malformed);
        } catch (FileSystemException named) {
            throw named;
        } catch (IOException failure) {
            throw new IOException(file + ": cannot be read — " + failure.getMessage(), failure);
        }
    }

    static int[] ids(String text) {
        try {
            return text.isBlank()
                    ? new int[0]
                    : java.util.Arrays.stream(text.strip().split("[\\s,]+"))
                            .mapToInt(Integer::parseInt)
                            .toArray();
        } catch (NumberFormatException malformed) {
            throw new IllegalArgumentException("ids \"" + text + "\" — want numbers with commas between them", malformed);
        }
    }

    /// The most memory this process has had so far, in bytes; null where the system does not say.
    static Long peakBytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return null;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .findFirst()
                .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .orElse(null);
    }

    /// JSON on one line: maps, lists, texts and numbers; what is no number is null.
    static String json(Object value) {
        return switch (value) {
            case null -> "null";
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .map(entry -> json(String.valueOf(entry.getKey())) + ":" + json(entry.getValue()))
                        .collect(Collectors.joining(",", "{", "}"));
            case Iterable<?> list -> {
                var texts = new java.util.StringJoiner(",", "[", "]");
                list.forEach(element -> texts.add(json(element)));
                yield texts.toString();
            }
            case Number number -> Double.isFinite(number.doubleValue()) ? number.toString() : "null";
            case Boolean bool -> bool.toString();
            default ->
                value.toString()
                        .chars()
                        .mapToObj(c -> c == '"' || c == '\\' ? "\\" + (char) c : c < ' ' ? String.format("\\u%04x", c) : String.valueOf((char) c))
                        .collect(Collectors.joining("", "\"", "\""));
        };
    }
}
