package dev.gatun;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExportsTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every public type and member of an exported package has a comment. Doclint could ask the same only together with `@param` and `@return` tags that
/// repeat the sentence above them.
class ApiCommentsTest {
    private static final Path HOUSE = Path.of("..").toAbsolutePath().normalize();

    static List<Path> rooms() throws IOException {
        try (Stream<Path> folders = Files.list(HOUSE)) {
            return folders.map(room -> room.resolve("src/main/java"))
                    .filter(sources -> Files.exists(sources.resolve("module-info.java")))
                    .toList();
        }
    }

    @Test
    void roomsAreFound() throws IOException {
        assertThat(rooms()).hasSizeGreaterThanOrEqualTo(4);
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void thePublicApiIsDescribed(Path sources) throws IOException {
        var uncommented = new ArrayList<String>();
        for (CompilationUnitTree module :
                parsed(List.of(sources.resolve("module-info.java"))).units()) {
            for (Tree directive : module.getModule().getDirectives()) {
                if (directive instanceof ExportsTree exports && exports.getModuleNames() == null) {
                    uncommented.addAll(uncommented(
                            sources.resolve(exports.getPackageName().toString().replace('.', '/'))));
                }
            }
        }
        assertThat(uncommented).as("public, but without a comment").isEmpty();
    }

    private static List<String> uncommented(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith(".java")).toList();
        }
        var parsed = parsed(files);
        var found = new ArrayList<String>();
        for (CompilationUnitTree unit : parsed.units()) {
            new Uncommented(parsed.trees(), found).scan(unit, null);
        }
        return found;
    }

    private record Parsed(Iterable<? extends CompilationUnitTree> units, DocTrees trees) {}

    private static Parsed parsed(List<Path> files) throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var objects = compiler.getStandardFileManager(null, null, null).getJavaFileObjectsFromPaths(files);
        var task = (JavacTask) compiler.getTask(null, null, null, List.of("-proc:none"), null, objects);
        return new Parsed(task.parse(), DocTrees.instance(task));
    }

    private static final class Uncommented extends TreePathScanner<Void, Void> {
        private final DocTrees trees;
        private final List<String> found;

        Uncommented(DocTrees trees, List<String> found) {
            this.trees = trees;
            this.found = found;
        }

        @Override
        public Void visitClass(ClassTree type, Void none) {
            if (!isPublic(type.getModifiers())) {
                return null;
            }
            require(type.getSimpleName().toString());
            return super.visitClass(type, none);
        }

        @Override
        public Void visitMethod(MethodTree method, Void none) {
            boolean inherited = method.getModifiers().getAnnotations().stream()
                    .anyMatch(a -> a.getAnnotationType().toString().equals("Override"));
            if (!inherited && isPublic(method.getModifiers())) {
                require(method.getName().toString());
            }
            return null;
        }

        @Override
        public Void visitVariable(VariableTree field, Void none) {
            boolean component = getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.RECORD
                    && !field.getModifiers().getFlags().contains(Modifier.STATIC);
            if (!component && isPublic(field.getModifiers())) {
                require(field.getName().toString());
            }
            return null;
        }

        private boolean isPublic(ModifiersTree modifiers) {
            TreePath parent = getCurrentPath().getParentPath();
            boolean inInterface = parent.getLeaf().getKind() == Tree.Kind.INTERFACE
                    && !modifiers.getFlags().contains(Modifier.PRIVATE);
            return inInterface
                    || modifiers.getFlags().contains(Modifier.PUBLIC)
                    || modifiers.getFlags().contains(Modifier.PROTECTED);
        }

        private void require(String name) {
            DocCommentTree comment = trees.getDocCommentTree(getCurrentPath());
            if (comment == null) {
                CompilationUnitTree unit = getCurrentPath().getCompilationUnit();
                long line = unit.getLineMap()
                        .getLineNumber(trees.getSourcePositions()
                                .getStartPosition(unit, getCurrentPath().getLeaf()));
                found.add(Path.of(unit.getSourceFile().getName()).getFileName() + ":" + line + " " + name);
            }
        }
    }
}
