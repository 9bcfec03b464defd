package dev.gatun.nn.optim;

import dev.gatun.tensor.Device;
import java.util.List;

/// Where the state of an optimizer lives. Results are the same wherever it is.
public final class StateMemory {
    private static final StateMemory RESIDENT = new StateMemory();

    private StateMemory() {}

    /// {@return in the memory of the parameters' device, all of it}
    public static StateMemory resident() {
        return RESIDENT;
    }

    StateStore open(Device device, List<StatePart> parts) {
        return new ResidentStore(device, parts);
    }
}
