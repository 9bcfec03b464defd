package dev.gatun.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.io.SafeTensors;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.DynamicMap;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Codes, scales and values against files that bitsandbytes wrote. `cuda.safetensors` is what its CUDA kernels made of `inputs.safetensors`,
/// `golden.safetensors` what its CPU kernels made of a matrix of 96 by 200.
///
/// | where we differ | bytes | why |
/// |---|---|---|
/// | `ties` | 13 | values exactly on a threshold, where CUDA's fast reciprocal is a unit off |
/// | blocks of zeros | all | CUDA computes 0 · ∞ and stores -1; we store the code of 0, as its CPU kernels do |
/// | FP4 of bf16 | 5 | as for ties |
class BitsandbytesBytesTest {
    private static final SafeTensors INPUTS = open("inputs");
    private static final SafeTensors CUDA = open("cuda");
    private static final SafeTensors GOLDEN = open("golden");

    /// The tensors of a case are `<input>.<dtype>.<codebook>.b<block>.…`.
    private record Case(String input, String type, Codebook codebook, int block) {
        static Case of(String name) {
            String[] parts = name.split("\\.");
            return new Case(parts[0], parts[1], parts[2].equals("nf4") ? Codebook.NF4 : Codebook.FP4, Integer.parseInt(parts[3].substring(1)));
        }

        Tensor matrix() {
            Tensor values = INPUTS.tensor(input);
            Tensor copy = values.reshape(values.rank() == 2 ? values.shape().dims() : new long[] {1, values.size()})
                    .copyTo(Memory.collected(Device.cpu()));
            return type.equals("bf16") ? copy.to(dev.gatun.tensor.DType.BF16) : copy;
        }

        QuantState quantize(boolean nested) {
            return Nf4Weight.quantize(matrix(), codebook, block, nested);
        }

        @Override
        public String toString() {
            return input + "." + type + "." + codebook + ".b" + block;
        }
    }

    private static SafeTensors open(String name) {
        try {
            return SafeTensors.open(Path.of(BitsandbytesBytesTest.class
                    .getResource("/nf4/" + name + ".safetensors")
                    .toURI()));
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @AfterAll
    static void close() {
        INPUTS.close();
        CUDA.close();
        GOLDEN.close();
    }

    static List<String> cases() {
        List<String> cases = new ArrayList<>();
        CUDA.names().stream()
                .filter(name -> name.endsWith(".packed"))
                .forEach(name -> cases.add(name.substring(0, name.length() - ".packed".length())));
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void packsTheBytesOfCuda(String name) {
        Case wanted = Case.of(name);
        QuantState state = wanted.quantize(false);
        assertThat(state.absmax().toArray())
                .as("absmax")
                .isEqualTo(CUDA.tensor(name + ".absmax").toArray());
        int[] ours = state.packed().toInts();
        int[] theirs = CUDA.tensor(name + ".packed").toInts();
        assertThat(ours).hasSameSizeAs(theirs);
        float[] absmax = state.absmax().toArray();
        int different = 0;
        for (int i = 0; i < ours.length; i++) {
            boolean zeros = absmax[2 * i / wanted.block()] == 0;
            different += ours[i] == theirs[i] || zeros ? 0 : 1;
        }
        int ties = wanted.input().equals("ties")
                ? 13
                : wanted.codebook() == Codebook.FP4 && wanted.type().equals("bf16") ? 5 : 0;
        assertThat(different).as("bytes that differ").isLessThanOrEqualTo(ties);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void givesItsBytesBack(String name) {
        for (boolean nested : new boolean[] {false, true}) {
            QuantState state = Case.of(name).quantize(nested);
            QuantState back = Nf4Weight.of(state).state();
            assertThat(back.packed().toInts()).isEqualTo(state.packed().toInts());
            assertThat(back.absmax().toArray()).isEqualTo(state.absmax().toArray());
            assertThat(back.offset()).isEqualTo(state.offset());
            if (nested) {
                assertThat(back.nestedAbsmax().toArray())
                        .isEqualTo(state.nestedAbsmax().toArray());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void dequantizesToTheValuesOfCuda(String name) {
        String wanted = name + ".dequant_f32";
        if (CUDA.contains(wanted)) {
            Case shape = Case.of(name);
            Tensor matrix = shape.matrix();
            QuantState state = new QuantState(
                    shape.codebook(),
                    shape.block(),
                    matrix.dim(0),
                    matrix.dim(1),
                    CUDA.tensor(name + ".packed"),
                    CUDA.tensor(name + ".absmax"),
                    null,
                    0);
            assertThat(Nf4Weight.of(state).dequantize().toArray())
                    .isEqualTo(CUDA.tensor(wanted).toArray());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void quantizesScalesAsCudaDoes(String name) {
        if (!CUDA.contains(name + ".dq.absmax_u8")) {
            return;
        }
        Case wanted = Case.of(name);
        Tensor absmax = CUDA.tensor(name + ".absmax").copyTo(Memory.collected(Device.cpu()));
        float theirs = CUDA.tensor(name + ".dq.offset").toArray()[0];
        assertThat(wanted.quantize(true).offset()).isCloseTo(theirs, within(Math.ulp(theirs) * 2));
        Tensor codes = absmax.like(dev.gatun.tensor.DType.U8, absmax.shape());
        Tensor scales = absmax.like((absmax.size() + 255) / 256);
        Device.cpu().kernels(Nf4Kernels.class).quantizeScales(codes, scales, absmax, theirs);
        assertThat(codes.toInts()).isEqualTo(CUDA.tensor(name + ".dq.absmax_u8").toInts());
        assertThat(scales.toArray())
                .isEqualTo(CUDA.tensor(name + ".dq.nested_absmax").toArray());
    }

    @Test
    void agreesWithTheGoldenMatrix() {
        Tensor w = GOLDEN.tensor("W").copyTo(Memory.collected(Device.cpu()));
        QuantState plain = Nf4Weight.quantize(w, Codebook.NF4, 64, false);
        assertThat(plain.packed().toInts())
                .isEqualTo(GOLDEN.tensor("nf4.dq0.packed").toInts());
        assertThat(plain.absmax().toArray())
                .isEqualTo(GOLDEN.tensor("nf4.dq0.absmax").toArray());
        assertThat(Nf4Weight.of(plain).dequantize().toArray())
                .isEqualTo(GOLDEN.tensor("nf4.dq0.dequant").toArray());
        QuantState nested = Nf4Weight.quantize(w, Codebook.NF4, 64, true);
        assertThat(nested.packed().toInts())
                .isEqualTo(GOLDEN.tensor("nf4.dq1.packed").toInts());
        assertThat(nested.offset())
                .isEqualTo(GOLDEN.tensor("nf4.dq1.nested_offset").toArray()[0]);
        assertThat(nested.absmax().toInts())
                .isEqualTo(GOLDEN.tensor("nf4.dq1.absmax").toInts());
        assertThat(nested.nestedAbsmax().toArray())
                .isEqualTo(GOLDEN.tensor("nf4.dq1.nested_absmax").toArray());
        assertThat(Nf4Weight.of(nested).dequantize().toArray())
                .isEqualTo(GOLDEN.tensor("nf4.dq1.dequant").toArray());
    }

    @Test
    void mapsAreThoseOfTheFiles() {
        assertThat(Codebook.NF4.values()).isEqualTo(CUDA.tensor("map.nf4").toArray());
        assertThat(Codebook.FP4.values()).isEqualTo(GOLDEN.tensor("code.fp4").toArray());
        assertThat(DynamicMap.SIGNED.values())
                .isEqualTo(CUDA.tensor("map.dynamic_signed").toArray());
        assertThat(DynamicMap.UNSIGNED.values())
                .isEqualTo(CUDA.tensor("map.dynamic_unsigned").toArray());
    }
}
