package dev.gatun.tensor.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import dev.gatun.tensor.Workspace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Operations agree with PyTorch; what the fixture is, says `make_torch_ops.py` beside it.
@Tag("kernels")
class TorchOpsTest {
    private static final Map<String, Tensor> TENSORS = read("/dev/gatun/tensor/torch-ops.bin");

    /// Subnormal results may be 0.
    private static final double SUBNORMAL = 1e-36;

    static Map<String, Tensor> read(String resource) {
        Map<String, Tensor> tensors = new TreeMap<>();
        Memory memory = Memory.collected(Device.cpu());
        try (InputStream in = TorchOpsTest.class.getResourceAsStream(resource)) {
            ByteBuffer file = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
            while (file.hasRemaining()) {
                byte[] name = new byte[file.getShort()];
                file.get(name);
                boolean ints = file.get() == 'i';
                long[] dims = new long[file.get()];
                for (int i = 0; i < dims.length; i++) {
                    dims[i] = file.getInt();
                }
                Tensor tensor = memory.allocate(ints ? DType.I32 : DType.F32, dims);
                if (ints) {
                    int[] values = new int[(int) tensor.size()];
                    file.asIntBuffer().get(values);
                    tensor.write(values);
                } else {
                    float[] values = new float[(int) tensor.size()];
                    file.asFloatBuffer().get(values);
                    tensor.write(values);
                }
                file.position(file.position() + 4 * (int) tensor.size());
                tensors.put(new String(name, StandardCharsets.UTF_8), tensor);
            }
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
        return tensors;
    }

    static Stream<String> cases() {
        return TENSORS.keySet().stream().filter(name -> name.endsWith(".out0")).map(name -> name.substring(0, name.length() - 5));
    }

    /// The inputs of a case.
    private static Tensor[] inputs(String name) {
        return Stream.iterate(0, i -> i + 1)
                .map(i -> TENSORS.get(name + ".in" + i))
                .takeWhile(Objects::nonNull)
                .toArray(Tensor[]::new);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithPyTorch(String name) {
        agrees(TENSORS.get(name + ".out0"), compute(name, inputs(name)), 2e-6, cancellation(name), SUBNORMAL);
    }

    static Stream<String> derivatives() {
        return cases().filter(name -> TENSORS.containsKey(name + ".gout")); // that of attention: AttentionGradientTest
    }

    @ParameterizedTest
    @MethodSource("derivatives")
    void itsDerivativeAgreesWithPyTorch(String name) {
        Tensor[] inputs = inputs(name);
        Parameter[] parameters = new Parameter[inputs.length];
        Gradients gradients = new Gradients();
        try (Workspace workspace = new Workspace(Device.cpu())) {
            Tape tape = workspace.tape();
            for (int i = 0; i < inputs.length; i++) {
                boolean wanted = TENSORS.containsKey(name + ".gin" + i);
                parameters[i] = wanted ? new Parameter("in" + i, inputs[i]) : null;
                inputs[i] = (wanted ? parameters[i].value() : inputs[i]).copyTo(workspace);
            }
            Tensor y = compute(name, inputs);
            tape.backward(y.mul(TENSORS.get(name + ".gout").copyTo(workspace)).sum(), gradients);
            for (int i = 0; i < inputs.length; i++) {
                if (parameters[i] != null) {
                    agrees(
                            TENSORS.get(name + ".gin" + i),
                            gradients.of(parameters[i]),
                            1e-5,
                            slack(name),
                            name.equals("softmax.extreme") ? 1e-7 : SUBNORMAL);
                }
            }
        }
    }

    private static double slack(String name) {
        if (name.equals("layer_norm.offset")) {
            return 1e-4; // of a mean of 100: the fixture's derivative is that of inputs before they were rounded to f32
        }
        return name.startsWith("rope") ? 1e-5 : 1e-6;
    }

    /// @param relative what an element may be off by, of its value
    /// @param scaled and of the largest element
    /// @param absolute and of 1: the largest element may itself be what cancellation left
    private static void agrees(Tensor expected, Tensor actual, double relative, double scaled, double absolute) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        float[] want = expected.toArray();
        float[] have = actual.toArray();
        double largest = 0;
        for (float w : want) {
            largest = Float.isFinite(w) ? Math.max(largest, Math.abs(w)) : largest;
        }
        for (int i = 0; i < want.length; i++) {
            if (Float.isFinite(want[i])) {
                double slack = relative * Math.abs(want[i]) + scaled * largest + absolute;
                assertThat((double) have[i])
                        .as("%s element %d", expected.describe(), i)
                        .isBetween(want[i] - slack, want[i] + slack);
            } else {
                assertThat(have[i]).as("element %d", i).isEqualTo(want[i]);
            }
        }
    }

    /// What rounding costs relative to the largest element, where terms cancel.
    private static double cancellation(String name) {
        if (name.startsWith("rope")) {
            return 1e-5; // angles are f32 here and double there
        }
        if (name.startsWith("act.gelu")) {
            return 1e-17; // torch adds to 1 what is left of the tail, and loses it
        }
        return name.startsWith("act") || name.startsWith("div") ? 0 : 1e-6;
    }

    private static Tensor compute(String name, Tensor... in) {
        Tensor a = in[0];
        Tensor b = in.length > 1 ? in[1] : a;
        Tensor c = in.length > 2 ? in[2] : a;
        String family = name.substring(0, (name + ".").indexOf('.'));
        return switch (family) {
            case "matmul" ->
                switch (name) {
                    case "matmul.nt", "matmul.bt" -> a.matmul(b.transpose());
                    case "matmul.tn" -> a.transpose().matmul(b);
                    case "matmul.tt" -> a.transpose().matmul(b.transpose());
                    default -> a.matmul(b);
                };
            case "addmm" -> a.scale(0.5f).add(b.matmul(c).scale(2));
            case "fma" -> a.mul(b).add(c);
            case "linear" -> Weight.of(b).apply(a).add(c);
            case "softmax" ->
                name.equals("softmax.dim1")
                        ? Activations.softmax(a.transpose(1, 2)).transpose(1, 2).contiguous()
                        : Activations.softmax(a);
            case "log_softmax" -> Activations.logSoftmax(a);
            case "logsumexp" -> Reductions.logSumExp(a);
            case "rms_norm" -> Norms.rmsNorm(a, b, name.endsWith("1e-6") ? 1e-6f : 1e-5f);
            case "layer_norm" -> Norms.layerNorm(a, b, c, 1e-5f);
            case "swiglu" -> Activations.swiglu(a, b);
            case "geglu_tanh" -> Activations.geluTanh(a).mul(b);
            case "act" -> activation(name, a);
            case "clamp" -> Elementwise.max(Elementwise.min(a, Tensor.of(0.75f)), Tensor.of(-0.5f));
            case "rope" -> rope(name, a);
            case "sdpa" -> {
                float scale = (float) (1 / Math.sqrt(a.dim(-1)));
                yield Attention.causal(swap(a), swap(b), swap(c), null, scale).transpose(1, 2);
            }
            case "cross_entropy" -> crossEntropy(name, a, b);
            case "mse" -> Elementwise.square(a.sub(b)).sum().scale(1f / a.size());
            case "add" -> a.add(b);
            case "sub" -> a.sub(b);
            case "mul" -> a.mul(b);
            case "div" -> a.div(Elementwise.abs(b).add(0.5f));
            case "max" -> name.equals("max.with_index") ? a.max(1) : Elementwise.max(a, b);
            case "min" -> Elementwise.min(a, b);
            case "sum", "mean", "amax", "amin" -> reduction(name, family, a);
            case "var" -> variance(a, name.equals("var.biased") ? 0 : 1);
            case "std" -> Elementwise.sqrt(variance(a, 1));
            case "norm2" ->
                Elementwise.sqrt(
                        name.equals("norm2")
                                ? Elementwise.square(a).sum()
                                : Elementwise.square(a).sum(1));
            case "argmax" -> a.argMax();
            case "embedding" -> Gather.rows(b, a);
            case "index_select" ->
                name.equals("index_select.0")
                        ? Gather.rows(a, b)
                        : Gather.rows(a.transpose(0, 1).contiguous().reshape(9, 12), b)
                                .reshape(5, 4, 3)
                                .transpose(0, 1)
                                .contiguous();
            case "cat" -> Joins.concat(1, a, b);
            case "stack" -> Joins.stack(1, a, b);
            case "repeat_interleave" ->
                a.reshape(2, 3, 1, 4)
                        .broadcastTo(Shape.of(2, 3, 3, 4))
                        .contiguous()
                        .reshape(2, 9, 4);
            case "permute" -> a.transpose(0, 2).transpose(1, 2).transpose(2, 3).contiguous();
            case "expand" -> a.broadcastTo(TENSORS.get(name + ".out0").shape()).contiguous();
            case "transpose" -> a.transpose(1, 2).contiguous().reshape(2, 12);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Tensor crossEntropy(String name, Tensor logits, Tensor labels) {
        Tensor loss = Losses.crossEntropy(logits, labels);
        return switch (name) {
            case "cross_entropy.mean" -> {
                long counted = Arrays.stream(labels.toInts())
                        .filter(label -> label >= 0)
                        .count();
                yield loss.sum().scale(1f / counted);
            }
            case "cross_entropy.sum" -> loss.sum();
            default -> loss;
        };
    }

    private static Tensor variance(Tensor x, int lost) {
        Tensor mean = x.mean(1).reshape(x.dim(0), 1);
        return Elementwise.square(x.sub(mean)).sum(1).scale(1f / (x.dim(1) - lost));
    }

    /// `[B,H,T,D]` as `[B,T,H,D]`, and back.
    private static Tensor swap(Tensor x) {
        return x.transpose(1, 2);
    }

    private static Tensor activation(String name, Tensor x) {
        return switch (name) {
            case "act.silu" -> Activations.silu(x);
            case "act.gelu_exact" -> Activations.gelu(x);
            case "act.gelu_tanh" -> Activations.geluTanh(x);
            case "act.quick_gelu" -> x.mul(Activations.sigmoid(x.scale(1.702f)));
            case "act.relu2" -> Elementwise.square(Activations.relu(x));
            case "act.relu" -> Activations.relu(x);
            case "act.sigmoid" -> Activations.sigmoid(x);
            case "act.tanh" -> Activations.tanh(x);
            case "act.exp" -> Elementwise.exp(Elementwise.min(x, Tensor.of(30)));
            case "act.log" -> Elementwise.log(x);
            case "act.abs" -> Elementwise.abs(x);
            case "act.square" -> Elementwise.square(x);
            case "act.sqrt" -> Elementwise.sqrt(x);
            case "act.rsqrt" -> Elementwise.rsqrt(x);
            case "act.neg" -> x.neg();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Tensor rope(String name, Tensor x) {
        double theta = name.endsWith("theta5e5") ? 500_000 : 10_000;
        int first = switch (name) {
            case "rope.half.start100" -> 100;
            case "rope.half.theta5e5" -> 3;
            default -> 0;
        };
        Rope rope = new Rope(x.device(), (int) x.dim(3), theta, RopeScaling.none());
        return swap(rope.rotate(swap(x), first, null));
    }

    private static Tensor reduction(String name, String family, Tensor x) {
        if (name.endsWith(".all") || name.endsWith(".big")) {
            return family.equals("sum") ? x.sum() : x.sum().scale(1f / x.size());
        }
        if (name.endsWith(".ax02")) {
            return x.sum(2).sum(0);
        }
        boolean keep = name.endsWith(".keep");
        int axis = keep ? 1 : Integer.parseInt(name.substring(name.indexOf(".ax") + 3));
        Tensor y = switch (family) {
            case "sum" -> x.sum(axis);
            case "mean" -> x.mean(axis);
            case "amax" -> x.max(axis);
            default -> x.min(axis);
        };
        return keep ? y.reshape(Shape.of(x.shape().dims()).with(1, 1).dims()) : y;
    }
}
