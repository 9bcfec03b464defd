package dev.gatun.nn.optim;

import dev.gatun.nn.optim.StateStore.Extent;
import dev.gatun.nn.optim.StateStore.Stored;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Changes parameters by their gradients. What it remembers from step to step lives outside the heap, where its [options][OptimizerOptions] say.
///
/// ```
/// try (var optimizer = new AdamW(parameters, OptimizerOptions.of(LearningRate.cosine(3e-4, 3e-5, 100, 10_000)).withWeightDecay(0.1))) {
///     for (…) {
///         …
///         clip.apply(gradients);
///         optimizer.step(gradients);
///         gradients.clear();
///     }
/// }
/// ```
///
/// Results are the same bits for any number of threads, wherever the state lives, and after [#restore] of what [#state()] gave. A step allocates nothing
/// outside the heap. An optimizer belongs to one thread.
public abstract sealed class Optimizer implements AutoCloseable permits AdamW, Lion, Sgd {
    private static final String STEP = "step";

    private final OptimizerOptions options;
    private final List<Slot> slots = new ArrayList<>();
    private final StateStore store;
    private final Device device;
    private long steps;
    private boolean closed;
    private boolean shown;

    /// A parameter and what is remembered of it.
    private static final class Slot {
        private final Parameter parameter;
        private final ParameterGroup group;
        private final boolean blockwise;
        private final List<Stored> state;
        private long steps;

        Slot(Parameter parameter, ParameterGroup group, boolean blockwise, List<Stored> state) {
            this.parameter = parameter;
            this.group = group;
            this.blockwise = blockwise;
            this.state = state;
        }
    }

    /// What an algorithm remembers of a parameter.
    @FunctionalInterface
    interface StateLayout {
        List<StatePart> of(Shape parameter, boolean blockwise);
    }

    /// Some elements of a parameter, their gradient and their state, all as vectors, to be changed at once.
    ///
    /// @param p parameter
    /// @param g gradient
    /// @param state what the layout said
    /// @param blockwise whether state is stored in 8 bits
    /// @param t the number of this step among those that changed the parameter, counted from 1
    /// @param rate η of this parameter
    /// @param decay λ of this parameter
    record Piece(Tensor p, Tensor g, List<Tensor> state, boolean blockwise, long t, double rate, double decay) {
        /// 1 − β. bitsandbytes takes it from the rounded β, PyTorch does not.
        float rest(double beta) {
            return blockwise ? 1 - (float) beta : (float) (1 - beta);
        }

        /// What decay leaves of a parameter; rounded as bitsandbytes or PyTorch does.
        float keep() {
            return blockwise ? 1 - (float) rate * (float) decay : (float) (1 - rate * decay);
        }
    }

    Optimizer(Collection<Parameter> parameters, OptimizerOptions options, StateLayout layout) {
        this.options = options;
        List<StatePart> all = new ArrayList<>();
        List<List<StatePart>> each = new ArrayList<>();
        for (Parameter parameter : check(parameters)) {
            List<StatePart> parts = layout.of(parameter.value().shape(), isBlockwise(parameter));
            each.add(parts);
            all.addAll(parts);
        }
        device = parameters.iterator().next().value().device();
        store = options.memory().open(device, all);
        int at = 0;
        int i = 0;
        for (Parameter parameter : parameters) {
            int end = at + each.get(i++).size();
            slots.add(new Slot(
                    parameter,
                    options.groupOf(parameter),
                    isBlockwise(parameter),
                    store.parts().subList(at, end)));
            at = end;
        }
    }

    private boolean isBlockwise(Parameter parameter) {
        return options.format() == StateFormat.BLOCKWISE_8
                && parameter.value().size() >= StateFormat.SMALLEST
                && !options.groupOf(parameter).fullState();
    }

    private static Collection<Parameter> check(Collection<Parameter> parameters) {
        if (parameters.isEmpty()) {
            throw new IllegalArgumentException("an optimizer of no parameters");
        }
        Set<String> names = new HashSet<>();
        Device device = parameters.iterator().next().value().device();
        for (Parameter parameter : parameters) {
            if (!names.add(parameter.name())) {
                throw new IllegalArgumentException(
                        "two parameters are called " + parameter.name() + "; their state could not be told apart in a file");
            }
            if (!parameter.value().device().equals(device)) {
                throw new IllegalArgumentException(
                        parameter + " is on " + parameter.value().device() + ", others on " + device + " — one optimizer for each device");
            }
        }
        return parameters;
    }

    // ---- steps -----------------------------------------------------------------------------

    /// One step at the rate that the schedule has for it.
    ///
    /// @param gradients read, not changed. A parameter that has none stays as it is, and so does its state; gradients of others' parameters are ignored
    public final void step(Gradients gradients) {
        step(gradients, learningRate());
    }

    /// One step at a rate of the caller's. It counts for the schedule.
    ///
    /// @param gradients read, not changed. A parameter that has none stays as it is, and so does its state; gradients of others' parameters are ignored
    /// @param rate η, before the factors of [groups][ParameterGroup]
    public final void step(Gradients gradients, double rate) {
        requireOpen();
        if (shown) {
            store.settle();
            shown = false;
        }
        List<Piece> pieces = new ArrayList<>();
        List<List<Extent>> extents = new ArrayList<>();
        List<Slot> changed = slots.stream()
                .filter(slot -> gradients.of(slot.parameter) != null)
                .toList();
        for (Slot slot : changed) {
            cut(slot, Objects.requireNonNull(gradients.of(slot.parameter)), rate, pieces, extents);
        }
        for (int i = 0; i < pieces.size(); i++) {
            store.need(extents.get(i), i + 1 < pieces.size() ? extents.get(i + 1) : List.of());
            update(pieces.get(i));
        }
        changed.forEach(slot -> slot.steps++);
        steps++;
    }

    private void cut(Slot slot, Tensor gradient, double rate, List<Piece> pieces, List<List<Extent>> extents) {
        long n = gradient.size();
        long most = slot.state.stream()
                .filter(Stored::isPaged)
                .mapToLong(stored -> store.pieceBytes() / stored.part().dtype().bytes())
                .min()
                .orElse(n);
        Tensor p = slot.parameter.value().detach().reshape(n);
        Tensor g = gradient.reshape(n);
        for (long from = 0; from < n; from += most) {
            long first = from;
            long end = Math.min(n, from + most);
            pieces.add(new Piece(
                    p.slice(0, first, end),
                    g.slice(0, first, end),
                    slot.state.stream().map(stored -> stored.of(first, end)).toList(),
                    slot.blockwise,
                    slot.steps + 1,
                    rate * slot.group.rateFactor(),
                    options.weightDecay() * slot.group.decayFactor()));
            extents.add(slot.state.stream()
                    .filter(Stored::isPaged)
                    .map(stored -> stored.extent(first, end))
                    .toList());
        }
    }

    /// Changes some elements.
    abstract void update(Piece piece);

    /// {@return how many steps were done}
    public final long steps() {
        return steps;
    }

    /// {@return the rate that the schedule has for the next step}
    public final double learningRate() {
        return options.rate().at(steps);
    }

    /// {@return how often state came from its file and went there}; zeros if it is all in memory.
    public final Paging paging() {
        return store.paging();
    }

    /// {@return how many bytes of state there are, in memory and elsewhere}
    public final long stateBytes() {
        return store.parts().stream().mapToLong(stored -> stored.part().bytes()).sum();
    }

    // ---- files -----------------------------------------------------------------------------

    /// Everything that is remembered, as tensors that a file can hold: `step`, an i64, and for each parameter its name with a dot and `step`, an i64 that counts
    /// the steps which had a gradient for it, and what the algorithm says, such as `model.norm.weight.exp_avg`. They are the state itself, not copies of it: they change with the next step and end with the optimizer. Reading
    /// what is [paged][StateMemory#paged] brings it to memory beyond the budget, until the next step.
    ///
    /// @return by name, in the order of the parameters
    public final Map<String, Tensor> state() {
        requireOpen();
        shown = true;
        Map<String, Tensor> state = new LinkedHashMap<>();
        state.put(STEP, count(steps));
        slots.forEach(slot -> {
            state.put(name(slot, STEP), count(slot.steps));
            slot.state.forEach(stored -> state.put(name(slot, stored.part().name()), stored.tensor()));
        });
        return state;
    }

    private Tensor count(long steps) {
        Memory heap = Memory.collected(device);
        Tensor count = heap.allocate(DType.I64, 1);
        count.set(heap.ints(new int[] {Math.toIntExact(steps)}));
        return count;
    }

    private static long count(Tensor stored) {
        Tensor count = Memory.collected(Device.cpu()).allocate(DType.I32, 1);
        count.set(stored);
        return count.toInts()[0];
    }

    /// Takes back what [#state()] gave: from here on, steps are the same bits as they would have been then. Nothing is changed if something does not fit.
    ///
    /// @param checkpoint has at least the tensors of [#state()], of the same types and shapes
    /// @throws CheckpointException if it has not, as when they belong to another algorithm, another [format][StateFormat] or other parameters
    public final void restore(Checkpoint checkpoint) {
        requireOpen();
        Map<String, Tensor> state = state();
        state.forEach((name, tensor) -> requireFit(checkpoint, name, tensor));
        slots.forEach(slot -> {
            slot.steps = count(checkpoint.tensor(name(slot, STEP)));
            slot.state.forEach(stored ->
                    fill(stored, checkpoint.tensor(name(slot, stored.part().name()))));
        });
        steps = count(checkpoint.tensor(STEP));
    }

    private void fill(Stored stored, Tensor source) {
        Tensor flat = source.reshape(source.size());
        Tensor target = stored.tensor().reshape(source.size());
        long most = store.pieceBytes() / stored.part().dtype().bytes();
        for (long from = 0; from < flat.size(); from += most) {
            long to = Math.min(flat.size(), from + most);
            if (stored.isPaged()) {
                store.need(List.of(stored.extent(from, to)), List.of());
            }
            target.slice(0, from, to).set(flat.slice(0, from, to));
        }
    }

    private static void requireFit(Checkpoint checkpoint, String name, Tensor tensor) {
        String wanted = checkpoint.source() + ": the optimizer wants " + name + " " + tensor.describe();
        if (!checkpoint.contains(name)) {
            throw new CheckpointException(wanted + "; there is none — the state of another optimizer, another format or other parameters?");
        }
        if (checkpoint.dtype(name) != tensor.dtype() || !checkpoint.shape(name).equals(tensor.shape())) {
            throw new CheckpointException(wanted + ", not " + checkpoint.dtype(name) + checkpoint.shape(name));
        }
    }

    private static String name(Slot slot, String part) {
        return slot.parameter.name() + "." + part;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this optimizer is closed");
        }
    }

    @Override
    public final void close() {
        if (!closed) {
            closed = true;
            store.close();
        }
    }
}
