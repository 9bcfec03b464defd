package dev.gatun.quant.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.quant.TernaryCoding;
import dev.gatun.quant.TernaryWeight;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// There are no multiplications in a ternary product but one for each element of its result.
class NoMultiplicationTest {
    /// Counts what the reference does. It has no other arithmetic.
    private static final class Counting implements TernaryArithmetic {
        long additions;
        long scales;

        @Override
        public int add(int a, int b) {
            additions++;
            return a + b;
        }

        @Override
        public int subtract(int a, int b) {
            additions++;
            return a - b;
        }

        @Override
        public float scale(int sum, float scale) {
            scales++;
            return sum * scale;
        }
    }

    @Test
    void theReferenceAddsOnceForEachNumberThatIsNotZero() {
        int n = 70;
        int k = 130;
        int m = 3;
        Random random = new Random(1);
        Memory memory = Memory.collected(Device.reference());
        float[] w = new float[n * k];
        float[] x = new float[m * k];
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) random.nextGaussian();
        }
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        TernaryWeight weight = TernaryWeight.quantize(memory.floats(w, n, k));
        int[] trits = weight.trits(TernaryCoding.PLAIN).toInts();
        Counting counting = new Counting();
        int[] integers = new int[k];
        for (int i = 0; i < m; i++) {
            float[] row = java.util.Arrays.copyOfRange(x, i * k, (i + 1) * k);
            float scale = ReferenceTernary.round(row, integers);
            Tensor expected = weight.apply(memory.floats(row, 1, k));
            for (int r = 0; r < n; r++) {
                byte[] t = new byte[k];
                for (int j = 0; j < k; j++) {
                    t[j] = (byte) trits[r * k + j];
                }
                float both = weight.scales().get(0) * scale;
                assertThat(counting.scale(counting.dot(t, integers), both)).isEqualTo(expected.get(0, r));
            }
        }
        long others = java.util.Arrays.stream(trits).filter(t -> t != 0).count();
        assertThat(counting.additions).isEqualTo(m * others);
        assertThat(counting.scales).isEqualTo((long) m * n);
    }

    /// Whatever works on vectors in the classes of the vector kernels, by the names of what they call: no multiplication, and no scalar one but of addresses,
    /// which are longs.
    @ParameterizedTest
    @ValueSource(classes = {TernaryTiles.class, TernaryNarrowTiles.class})
    void theVectorKernelsOnlyLookUpAndAdd(Class<?> kernels) throws Exception {
        ClassModel model;
        try (var bytes = kernels.getResourceAsStream(kernels.getSimpleName() + ".class")) {
            model = ClassFile.of().parse(bytes.readAllBytes());
        }
        Set<Opcode> multiplications = Set.of(Opcode.FMUL, Opcode.DMUL, Opcode.FDIV, Opcode.DDIV, Opcode.IDIV, Opcode.IREM);
        List<String> vectors = new ArrayList<>();
        for (var method : model.methods()) {
            for (var element : method.code().orElseThrow()) {
                if (element instanceof InvokeInstruction call
                        && call.owner().asInternalName().startsWith("jdk/incubator/vector/")) {
                    vectors.add(call.name().stringValue());
                } else if (element instanceof OperatorInstruction operator) {
                    assertThat(multiplications).doesNotContain(operator.opcode());
                }
            }
        }
        assertThat(vectors).hasSizeGreaterThan(20);
        assertThat(Set.copyOf(vectors))
                .isSubsetOf(
                        "zero",
                        "fromMemorySegment",
                        "intoArray",
                        "selectFrom",
                        "add",
                        "lanewise",
                        "reinterpretAsInts",
                        "reinterpretAsShorts",
                        "reinterpretAsFloats",
                        "blend",
                        "compare");
        // lanewise has operators that would multiply: those in use are named by fields
        for (var method : model.methods()) {
            for (var element : method.code().orElseThrow()) {
                if (element instanceof java.lang.classfile.instruction.FieldInstruction field
                        && field.owner().asInternalName().equals("jdk/incubator/vector/VectorOperators")) {
                    assertThat(field.name().stringValue()).isIn("ASHR", "LSHL", "LSHR", "LT");
                }
            }
        }
    }
}
