package dev.gatun.nn.optim;

import dev.gatun.io.SafeTensors;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Workspace;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/// What the tests of optimizers begin with.
final class Given {
    private Given() {}

    static SafeTensors fixture(String name) {
        try {
            return SafeTensors.open(Path.of(
                    Given.class.getResource("/optim/" + name + ".safetensors").toURI()));
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static Parameter parameter(Device device, String name, Tensor value) {
        return new Parameter(name, value.copyTo(Memory.collected(device)));
    }

    static Parameter random(Device device, String name, long seed, long... dims) {
        return new Parameter(
                name,
                Memory.collected(device).floats(normal(seed, Shape.of(dims).size(), 1), dims));
    }

    static float[] normal(long seed, long n, double deviation) {
        Random random = new Random(seed);
        float[] values = new float[Math.toIntExact(n)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return values;
    }

    /// Gradients of these parameters, to be filled in.
    static Gradients gradients(Collection<Parameter> parameters) {
        Gradients gradients = new Gradients();
        try (Workspace workspace =
                new Workspace(parameters.iterator().next().value().device())) {
            workspace.tape();
            Tensor loss = workspace.floats(new float[1]).reshape();
            for (Parameter parameter : parameters) {
                Tensor zeros = workspace.allocate(DType.F32, parameter.value().shape());
                loss = loss.add(zeros.mul(parameter.value()).sum());
            }
            workspace.tape().backward(loss, gradients);
        }
        return gradients;
    }

    static void fill(Gradients gradients, long seed) {
        long at = seed;
        for (Parameter parameter : gradients.parameters()) {
            gradients.of(parameter).write(normal(at++, parameter.value().size(), 0.1));
        }
    }

    /// A checkpoint that copies what it is given.
    static Checkpoint copy(Map<String, Tensor> tensors) {
        Map<String, Tensor> copies = new TreeMap<>();
        tensors.forEach((name, tensor) -> copies.put(name, tensor.copyTo(Memory.collected(Device.cpu()))));
        return new Checkpoint() {
            @Override
            public String source() {
                return "copies";
            }

            @Override
            public Set<String> names() {
                return copies.keySet();
            }

            @Override
            public DType dtype(String name) {
                return copies.get(name).dtype();
            }

            @Override
            public Shape shape(String name) {
                return copies.get(name).shape();
            }

            @Override
            public Tensor tensor(String name) {
                return copies.get(name);
            }

            @Override
            public void close() {}
        };
    }
}
