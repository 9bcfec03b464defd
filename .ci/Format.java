import com.google.common.collect.Range;
import com.palantir.javaformat.CommentsHelper;
import com.palantir.javaformat.Indent;
import com.palantir.javaformat.Input;
import com.palantir.javaformat.OpsBuilder;
import com.palantir.javaformat.doc.DocBuilder;
import com.palantir.javaformat.doc.NoopSink;
import com.palantir.javaformat.doc.Obs;
import com.palantir.javaformat.doc.State;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaCommentsHelper;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.JavaInput;
import com.palantir.javaformat.java.JavaOutput;
import com.palantir.javaformat.java.RemoveUnusedImports;
import com.palantir.javaformat.java.java21.Java21InputAstVisitor;
import com.sun.source.tree.AnyPatternTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.util.JavacTask;
import com.sun.tools.javac.code.Flags;
import com.sun.tools.javac.tree.JCTree.JCClassDecl;
import com.sun.tools.javac.tree.JCTree.JCCompilationUnit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// Formats every Java file below the working directory (`write`), or says which ones are not formatted (`check`).
///
/// The layout is palantir-java-format's, which keeps a lambda on the line of its call. What its own program cannot be asked for is done here. Lines
/// hold 150 columns, so that a message which names its operands stays one line. Comments after `//` stay as they are: the original wraps the end of a
/// long `///` line and would put spaces into the `//DEPS` headers of jbang. And [Java25] adds what the language has learnt since 21.
///
/// A file that reads better as its author aligned it says so in a line `// Formatted by hand: <why>`, and is left alone, as are [#GENERATED] ones.
final class Format {
    private static final int WIDTH = 150;
    private static final List<String> GENERATED = List.of("gpu/src/main/java/dev/gatun/gpu/driver");

    private Format() {}

    public static void main(String[] args) throws IOException {
        boolean write = List.of(args).equals(List.of("write"));
        var complaints = new ConcurrentSkipListSet<String>();
        sources().parallelStream().forEach(file -> {
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
        // What a module import brings is not known here, so nothing beside one is taken for unused.
        String source = sortImports(text.contains("\nimport module ") ? text : RemoveUnusedImports.removeUnusedImports(text));
        var input = new JavaInput(source);
        CompilationUnitTree unit = parse(file, source);
        input.setCompilationUnit((JCCompilationUnit) unit);
        var builder = new OpsBuilder(input);
        new Java25(builder).scan(unit, null);
        builder.sync(source.length());
        builder.drain();
        var operations = builder.build();
        var document = new DocBuilder().withOps(operations.ops()).build();
        State layout = document.computeBreaks(new Comments(), WIDTH, State.startingState(), Obs.createRoot(new NoopSink()));
        var output = new JavaOutput(input, operations.inputMetadata());
        document.write(layout, output);
        flush(output);
        var everything = input.characterRangesToTokenRanges(List.of(Range.closedOpen(0, source.length())));
        var formatted = new StringBuilder(source);
        for (var replacement : output.getFormatReplacements(everything).reverse()) {
            formatted.replace(
                    replacement.getReplaceRange().lowerEndpoint(),
                    replacement.getReplaceRange().upperEndpoint(),
                    replacement.getReplacementString());
        }
        return formatted.toString();
    }

    /// The one call that the formatter keeps to itself.
    private static void flush(JavaOutput output) {
        try {
            var method = JavaOutput.class.getDeclaredMethod("flush");
            method.setAccessible(true);
            method.invoke(output);
        } catch (ReflectiveOperationException failure) {
            throw new IllegalStateException("another version of palantir-java-format than this file was written for", failure);
        }
    }

    /// Modules, then static members, then types, each in the order of their letters with an empty line between. Leaves imports alone that have
    /// something else among them.
    private static String sortImports(String text) {
        List<String> lines = text.lines().toList();
        int first = 0;
        int last = -1;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).matches("import [^;]*;")) {
                first = last < 0 ? i : first;
                last = i;
            }
        }
        if (last < 0) {
            return text;
        }
        List<String> imports = lines.subList(first, last + 1).stream()
                .filter(line -> !line.isBlank())
                .distinct()
                .sorted()
                .toList();
        if (!imports.stream().allMatch(line -> line.matches("import [^;]*;"))) {
            return text;
        }
        var groups = imports.stream().collect(Collectors.groupingBy(Format::group, TreeMap::new, Collectors.joining("\n")));
        String sorted = String.join("\n\n", groups.values());
        return String.join("\n", lines.subList(0, first)) + "\n" + sorted + "\n" + String.join("\n", lines.subList(last + 1, lines.size())) + "\n";
    }

    private static int group(String line) {
        return line.startsWith("import module ") ? 0 : line.startsWith("import static ") ? 1 : 2;
    }

    private static CompilationUnitTree parse(Path file, String source) throws FormatterException {
        var object = new SimpleJavaFileObject(URI.create("string:///" + file.getFileName()), JavaFileObject.Kind.SOURCE) {
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

    /// What the language has learnt since 21: patterns without a name, module imports, files without a class.
    private static final class Java25 extends Java21InputAstVisitor {
        Java25(OpsBuilder builder) {
            super(builder, 2);
        }

        @Override
        public Void visitAnyPattern(AnyPatternTree pattern, Void none) {
            token("_");
            return null;
        }

        @Override
        public Void visitImport(ImportTree line, Void none) {
            if (!line.isModule()) {
                return super.visitImport(line, none);
            }
            sync(line);
            token("import");
            builder.space();
            token("module");
            builder.space();
            scan(line.getQualifiedIdentifier(), null);
            token(";");
            dropEmptyDeclarations();
            return null;
        }

        @Override
        public Void visitClass(ClassTree type, Void none) {
            if ((((JCClassDecl) type).mods.flags & Flags.IMPLICIT_CLASS) == 0) {
                return super.visitClass(type, none);
            }
            markForPartialFormat();
            builder.forcedBreak();
            builder.open(Indent.Const.make(-1, 4)); // undoes the indentation of a body
            addBodyDeclarations(type.getMembers(), BracesOrNot.NO, FirstDeclarationsOrNot.YES);
            builder.close();
            return null;
        }
    }

    /// Leaves line comments alone; block comments are re-indented as ever.
    private static final class Comments implements CommentsHelper {
        private final JavaCommentsHelper blocks = new JavaCommentsHelper(
                "\n",
                JavaFormatterOptions.builder()
                        .style(JavaFormatterOptions.Style.PALANTIR)
                        .build());

        @Override
        public String rewrite(Input.Tok comment, int width, int column) {
            return comment.isSlashSlashComment() ? comment.getOriginalText().stripTrailing() : blocks.rewrite(comment, width, column);
        }
    }
}
