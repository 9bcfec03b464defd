package dev.gatun.nn.optim;

import dev.gatun.tensor.Device;
import dev.gatun.tensor.Resident;
import java.util.List;

/// State that stays in memory.
final class ResidentStore implements StateStore {
    private final Resident memory;
    private final List<Stored> parts;

    ResidentStore(Device device, List<StatePart> parts) {
        memory = new Resident(device, "the state of an optimizer");
        this.parts = parts.stream()
                .map(part -> new Stored(part, memory.allocate(part.dtype(), part.shape()), -1))
                .toList();
    }

    @Override
    public List<Stored> parts() {
        return parts;
    }

    @Override
    public long pieceBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public void need(List<Extent> now, List<Extent> next) {}

    @Override
    public void settle() {}

    @Override
    public Paging paging() {
        return new Paging(0, 0, 0, 0);
    }

    @Override
    public void close() {
        memory.close();
    }
}
