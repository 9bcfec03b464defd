package dev.gatun.tensor.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Operations agree with PyTorch; what the fixture is, says `make_torch_ops.py` beside it.
@Tag("kernels")
class TorchOpsTest {
    private static final Map<String, Tensor> TENSORS = read("/dev/gatun/tensor/torch-ops.bin");

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

    private static Tensor in(String name, int i) {
        return TENSORS.get(name + ".in" + i);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithPyTorch(String name) {
        Tensor expected = TENSORS.get(name + ".out0");
        Tensor actual = compute(name);
        assertThat(actual.shape()).isEqualTo(expected.shape());
        float[] want = expected.toArray();
        float[] have = actual.toArray();
        double largest = 0;
        for (float w : want) {
            largest = Float.isFinite(w) ? Math.max(largest, Math.abs(w)) : largest;
        }
        for (int i = 0; i < want.length; i++) {
            if (Float.isFinite(want[i])) {
                double slack = 2e-6 * Math.abs(want[i]) + cancellation(name) * largest + 1e-36; // subnormal results may be 0
                assertThat((double) have[i]).as("element %d", i).isBetween(want[i] - slack, want[i] + slack);
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
        return name.startsWith("act") || name.startsWith("div") ? 0 : 1e-6;
    }

    private static Tensor compute(String name) {
        Tensor a = in(name, 0);
        Tensor b = in(name, 1);
        String family = name.substring(0, (name + ".").indexOf('.'));
        return switch (family) {
            case "matmul" ->
                switch (name) {
                    case "matmul.nt", "matmul.bt" -> a.matmul(b.transpose());
                    case "matmul.tn" -> a.transpose().matmul(b);
                    case "matmul.tt" -> a.transpose().matmul(b.transpose());
                    default -> a.matmul(b);
                };
            case "linear" -> Weight.of(b).apply(a).add(in(name, 2));
            case "softmax" -> Activations.softmax(a);
            case "log_softmax" -> Activations.logSoftmax(a);
            case "rms_norm" -> Norms.rmsNorm(a, b, name.endsWith("1e-6") ? 1e-6f : 1e-5f);
            case "swiglu" -> Activations.swiglu(a, b);
            case "act" -> activation(name, a);
            case "rope" -> rope(name, a);
            case "sdpa" -> {
                Tensor v = in(name, 2);
                float scale = (float) (1 / Math.sqrt(a.dim(-1)));
                yield Attention.causal(swap(a), swap(b), swap(v), null, scale).transpose(1, 2);
            }
            case "cross_entropy" -> Losses.crossEntropy(a, b);
            case "add" -> a.add(b);
            case "sub" -> a.sub(b);
            case "mul" -> a.mul(b);
            case "div" -> a.div(Elementwise.abs(b).add(0.5f));
            case "max" -> Elementwise.max(a, b);
            case "min" -> Elementwise.min(a, b);
            case "sum", "mean", "amax", "amin" -> reduction(name, family, a);
            case "argmax" -> a.argMax();
            case "embedding" -> Gather.rows(b, a);
            case "expand" -> a.broadcastTo(TENSORS.get(name + ".out0").shape());
            case "transpose" -> a.transpose(1, 2).contiguous().reshape(2, 12);
            default -> throw new IllegalArgumentException(name);
        };
    }

    /// `[B,H,T,D]` as `[B,T,H,D]`, and back.
    private static Tensor swap(Tensor x) {
        return x.transpose(1, 2);
    }

    private static Tensor activation(String name, Tensor x) {
        return switch (name) {
            case "act.silu" -> Activations.silu(x);
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
        if (name.endsWith(".all")) {
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
