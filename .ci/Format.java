import com.google.common.collect.Range;
import com.google.googlejavaformat.CommentsHelper;
import com.google.googlejavaformat.Doc;
import com.google.googlejavaformat.DocBuilder;
import com.google.googlejavaformat.Input;
import com.google.googlejavaformat.OpsBuilder;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaCommentsHelper;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.JavaInput;
import com.google.googlejavaformat.java.JavaInputAstVisitor;
import com.google.googlejavaformat.java.JavaOutput;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import com.sun.tools.javac.tree.JCTree.JCCompilationUnit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// Formats every Java file below the working directory (`write`), or says which ones are not formatted (`check`).
///
/// The layout is google-java-format's in its AOSP style, with two differences that its own program cannot be asked for. Lines hold 150 columns, so
/// that a message which names its operands stays one line. And `//` comments stay as they are: the original turns the end of a long `///` line into
/// an ordinary comment and puts spaces into the `//DEPS` headers of jbang.
///
/// A file that reads better as its author aligned it says so in a line `// Formatted by hand: <why>`, and is left alone, as are [#GENERATED] ones.
final class Format {
    private static final int WIDTH = 150;
    private static final List<String> GENERATED = List.of("gpu/src/main/java/dev/gatun/gpu/driver");
    private static final JavaFormatterOptions AOSP = JavaFormatterOptions.builder().style(JavaFormatterOptions.Style.AOSP).build();

    private Format() {}

    public static void main(String[] args) throws IOException {
        boolean write = List.of(args).equals(List.of("write"));
        var complaints = new ConcurrentSkipListSet<String>();
        sources().parallelStream()
                .forEach(
                        file -> {
                            try {
                                String text = Files.readString(file);
                                String formatted = text.contains("\n// Formatted by hand: ") ? text : format(file, text);
                                if (!formatted.equals(text)) {
                                    if (write) {
                                        Files.writeString(file, formatted);
                                        System.out.println("formatted " + file);
                                    } else {
                                        complaints.add(file + " is not formatted; mend it with: mvn -q -N -Pformat process-sources");
                                    }
                                }
                            } catch (IOException | FormatterException failure) {
                                complaints.add(file + ": " + failure.getMessage());
                            }
                        });
        complaints.forEach(System.err::println);
        System.exit(complaints.isEmpty() ? 0 : 1);
    }

    private static List<Path> sources() throws IOException {
        try (var files = Files.walk(Path.of("."))) {
            return files.map(Path::normalize)
                    .filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> GENERATED.stream().noneMatch(file::startsWith))
                    .filter(file -> Stream.of("target", ".gatun", ".git").noneMatch(name -> contains(file, name)))
                    .toList();
        }
    }

    private static boolean contains(Path file, String folder) {
        for (Path name : file) {
            if (name.toString().equals(folder)) {
                return true;
            }
        }
        return false;
    }

    private static String format(Path file, String text) throws FormatterException {
        String source = ImportOrderer.reorderImports(RemoveUnusedImports.removeUnusedImports(text), JavaFormatterOptions.Style.GOOGLE);
        var input = new JavaInput(source);
        var output = new JavaOutput("\n", input, new Comments());
        CompilationUnitTree unit = parse(file, source);
        input.setCompilationUnit((JCCompilationUnit) unit);
        var builder = new OpsBuilder(input, output);
        new JavaInputAstVisitor(builder, AOSP.indentationMultiplier()).scan(unit, null);
        builder.sync(input.getText().length());
        builder.drain();
        Doc doc = new DocBuilder().withOps(builder.build()).build();
        doc.computeBreaks(output.getCommentsHelper(), WIDTH, new Doc.State(0, 0));
        doc.write(output);
        output.flush();
        var everything = input.characterRangesToTokenRanges(List.of(Range.closedOpen(0, source.length())));
        return JavaOutput.applyReplacements(source, output.getFormatReplacements(everything));
    }

    private static CompilationUnitTree parse(Path file, String source) throws FormatterException {
        var object =
                new SimpleJavaFileObject(URI.create("string:///" + file.getFileName()), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        var errors = new DiagnosticCollector<JavaFileObject>();
        // Unfolded: the parser would otherwise join "a" + "b", and the formatter not find its tokens.
        var options = List.of("-proc:none", "-XDallowStringFolding=false");
        var task = (JavacTask) ToolProvider.getSystemJavaCompiler().getTask(null, null, errors, options, null, List.of(object));
        try {
            return task.parse().iterator().next();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Leaves line comments alone; block comments are re-indented as ever.
    private static final class Comments implements CommentsHelper {
        private final JavaCommentsHelper blocks = new JavaCommentsHelper("\n", AOSP);

        @Override
        public String rewrite(Input.Tok comment, int width, int column) {
            return comment.isSlashSlashComment() ? comment.getOriginalText().stripTrailing() : blocks.rewrite(comment, width, column);
        }
    }
}
