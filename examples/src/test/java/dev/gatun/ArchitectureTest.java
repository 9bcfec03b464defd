package dev.gatun;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

// Formatted by hand: each rule reads as one sentence.

/// The doors of the house: which room may know which, and what must not exist. `docs/architecture.md` says why.
class ArchitectureTest {
    private static final JavaClasses LIBRARY =
            new ClassFileImporter().withImportOption(place -> !place.contains("/test-classes/")).importPackages("dev.gatun");
    private static final JavaClasses EXAMPLES = new ClassFileImporter().importPath(examples());

    @Test
    void arrowsBetweenRoomsPointOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .withOptionalLayers(true)
                .layer("tensor").definedBy("dev.gatun.tensor..")
                .layer("io").definedBy("dev.gatun.io..")
                .layer("nn").definedBy("dev.gatun.nn..")
                .layer("quant").definedBy("dev.gatun.quant..")
                .layer("gpu").definedBy("dev.gatun.gpu..")
                .layer("models").definedBy("dev.gatun.models..")
                .whereLayer("tensor").mayNotAccessAnyLayer()
                .whereLayer("io").mayOnlyAccessLayers("tensor")
                .whereLayer("nn").mayOnlyAccessLayers("tensor")
                .whereLayer("quant").mayOnlyAccessLayers("tensor", "nn")
                .whereLayer("gpu").mayOnlyAccessLayers("tensor", "quant")
                .whereLayer("models").mayOnlyAccessLayers("tensor", "nn", "io")
                .check(LIBRARY);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().assignedFrom(new Packages()).should().beFreeOfCycles().check(LIBRARY);
    }

    @Test
    void kernelsAndTheCpuAreReachedThroughTensorsOnly() {
        noClasses()
                .that().resideOutsideOfPackages("dev.gatun.tensor..", "dev.gatun.quant..", "dev.gatun.gpu..")
                .should().dependOnClassesThat().resideInAnyPackage("dev.gatun.tensor.cpu..", "dev.gatun.tensor.kernels..")
                .check(LIBRARY);
        noClasses()
                .that().resideOutsideOfPackages("dev.gatun.tensor..", "dev.gatun.quant.cpu..")
                .should().dependOnClassesThat().resideInAPackage("dev.gatun.tensor.cpu..")
                .check(LIBRARY);
    }

    @Test
    void tensorAndNnStandOnTheJdkAlone() {
        classes()
                .that().resideInAnyPackage("dev.gatun.tensor..", "dev.gatun.nn..", "dev.gatun.quant..", "dev.gatun.gpu..")
                .should().onlyDependOnClassesThat(resideInAnyPackage("java..", "jdk.incubator.vector..", "jdk.jfr..", "org.jspecify..", "dev.gatun.."))
                .check(LIBRARY);
    }

    @Test
    void ioAndModelsAddJsonAndNothingElse() {
        classes()
                .that().resideInAnyPackage("dev.gatun.io..", "dev.gatun.models..")
                .should().onlyDependOnClassesThat(resideInAnyPackage("java..", "jdk.jfr..", "org.jspecify..", "tools.jackson.core..", "dev.gatun.."))
                .check(LIBRARY);
    }

    @Test
    void vectorsAreTheBusinessOfKernels() {
        noClasses()
                .that().resideOutsideOfPackages("dev.gatun.tensor.cpu..", "dev.gatun.quant..", "dev.gatun.jmh..")
                .should().dependOnClassesThat().resideInAPackage("jdk.incubator.vector..")
                .check(LIBRARY);
    }

    @Test
    void theLauncherHasAllKernelsCompiledEarly() throws IOException {
        Pattern option = Pattern.compile("-XX:CompileCommand=CompileThresholdScaling,(\\S+)::\\*,0\\.\\d+");
        List<String> early = Files.readAllLines(Path.of("jvm.args")).stream()
                .map(option::matcher)
                .filter(Matcher::matches)
                .map(line -> line.group(1).replace(".", "\\.").replace("*", ".*"))
                .toList();
        Set<String> loops = Set.of("fromArray", "fromMemorySegment", "intoArray", "intoMemorySegment");
        noClasses()
                .that(resideInAnyPackage("dev.gatun.tensor.cpu", "dev.gatun.quant.cpu")
                        .and(describe("are not in jvm.args", (JavaClass type) -> early.stream().noneMatch(type.getName()::matches))))
                .should().callMethodWhere(describe(
                        "vectors are read or written",
                        (JavaMethodCall call) -> call.getTargetOwner().getPackageName().equals("jdk.incubator.vector") && loops.contains(call.getName())))
                .check(LIBRARY);
    }

    @Test
    void nothingUsesTheInsidesOfTheJdk() {
        noClasses().should().dependOnClassesThat().resideInAnyPackage("sun..", "jdk.internal..", "com.sun..").check(LIBRARY);
    }

    @Test
    void rawAddressesStayInTheCpuAndAtTheDoorThatMapsFiles() {
        Set<String> raw = Set.of("address", "reinterpret", "ofAddress");
        noClasses()
                .that(resideInAPackage("dev.gatun..").and(describe("may not see addresses", ArchitectureTest::mayNotSeeAddresses)))
                .should().callMethodWhere(describe(
                        "a raw address is taken or made",
                        (JavaMethodCall call) -> call.getTargetOwner().isEquivalentTo(MemorySegment.class) && raw.contains(call.getName())))
                .check(LIBRARY);
    }

    @Test
    void namesSayWhatAThingIs() {
        for (JavaClasses all : new JavaClasses[] {LIBRARY, EXAMPLES}) {
            noClasses()
                    .should().haveNameMatching(".*(Util|Utils|Helper|Helpers|Manager|Factory|Impl)(\\$.*)?")
                    .orShould().haveNameMatching("(.*[.$])?Abstract[^.$]*(\\$.*)?")
                    .check(all);
        }
    }

    private static Path examples() {
        try {
            return Path.of(ArchitectureTest.class.getResource("/Doctor.class").toURI()).getParent();
        } catch (URISyntaxException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static boolean mayNotSeeAddresses(JavaClass type) {
        return Stream.of("dev.gatun.tensor.cpu", "dev.gatun.quant", "dev.gatun.gpu", "dev.gatun.io").noneMatch(type.getPackageName()::startsWith);
    }

    /// Each package is a slice of its own, but that values, kernels and the CPU of the tensor room know each other: a value asks its device for a
    /// kernel, and a device makes values.
    private static final class Packages implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            String name = type.getPackageName();
            return SliceIdentifier.of(name.startsWith("dev.gatun.tensor") ? "dev.gatun.tensor" : name);
        }

        @Override
        public String getDescription() {
            return "packages";
        }
    }
}
