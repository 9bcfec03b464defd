package dev.gatun.nn.optim;

import dev.gatun.tensor.Device;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the state of an optimizer lives. Results are the same wherever it is.
public final class StateMemory {
    private static final StateMemory RESIDENT = new StateMemory(null, 0);

    private final @Nullable Path path;
    private final long budget;

    private StateMemory(@Nullable Path path, long budget) {
        this.path = path;
        this.budget = budget;
    }

    /// {@return in the memory of the parameters' device, all of it}
    public static StateMemory resident() {
        return RESIDENT;
    }

    /// In a mapped file, with no more than a budget of it in memory: the paged optimizers of QLoRA (arXiv:2305.14314), with a disk in the place of the host.
    ///
    /// Runs of 2 MiB come to memory before the elements are updated that they belong to, those of the next elements while these are being updated. Where there
    /// is no room, the run that was not used for the longest time is written to the file and given up. A large parameter is updated piece by piece, so that
    /// the budget need not hold the state of one. State of fewer than 100 000 elements, and the scales of state in 8 bits, stay in memory.
    ///
    /// The file is of the size of the state from the beginning, so that a full disk is an error then and not later. It goes with the optimizer, also when the
    /// process is killed; where the system allows it, it has no name meanwhile.
    ///
    /// @param path of the file, which must not exist; or a directory for one
    /// @param budget how many bytes of it may be in memory, 8 MiB or more
    /// @return the memory
    /// @throws IllegalArgumentException if the budget is smaller
    public static StateMemory paged(Path path, long budget) {
        if (budget < PagedStore.LEAST) {
            throw new IllegalArgumentException("a budget of " + budget + " bytes — a step needs " + PagedStore.LEAST);
        }
        return new StateMemory(path, budget);
    }

    /// Takes the memory.
    ///
    /// @throws java.io.UncheckedIOException if there is no room for the file
    StateStore open(Device device, List<StatePart> parts) {
        return path == null ? new ResidentStore(device, parts) : PagedStore.open(path, budget, device, parts);
    }
}
