package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private static final Device CPU = Device.cpu();

    // ---- workspace -------------------------------------------------------------------------

    @Test
    void aTensorDiesWithItsStep() {
        try (Workspace workspace = new Workspace(CPU)) {
            Tensor x = workspace.floats(new float[] {1, 2});
            Tensor y = x.add(x);
            assertThat(y.memory()).isSameAs(workspace);
            workspace.reset();
            assertThatIllegalStateException().isThrownBy(y::toArray).withMessage("f32[2] belongs to step 0; its workspace is at step 1");
            assertThatIllegalStateException().isThrownBy(() -> x.add(1));
            assertThatIllegalStateException().isThrownBy(x.reshape(1, 2)::toArray);
        }
    }

    @Test
    void resultsLieAtTheSameAddressesStepAfterStep() {
        try (Workspace workspace = new Workspace(CPU)) {
            long offset = workspace.allocate(DType.F32, 5).byteOffset();
            workspace.reset();
            assertThat(workspace.allocate(DType.F32, 5).byteOffset()).isEqualTo(offset);
            assertThat(workspace.allocate(DType.I8, 1).byteOffset() % 64).isZero();
        }
    }

    @Test
    void growsWithinAStepAndFitsFromTheNextOn() {
        try (Workspace workspace = new Workspace(CPU, 0)) {
            Tensor first = workspace.floats(new float[] {7});
            Tensor large = workspace.allocate(DType.F32, 1 << 20);
            Tensor larger = workspace.allocate(DType.F32, 1 << 21);
            assertThat(first.get(0)).isEqualTo(7);
            assertThat(large.buffer()).isNotSameAs(larger.buffer());
            long needed = workspace.highWater();
            assertThat(needed).isGreaterThanOrEqualTo(3 << 22);
            workspace.reset();
            workspace.allocate(DType.F32, 1);
            large = workspace.allocate(DType.F32, 1 << 20);
            larger = workspace.allocate(DType.F32, 1 << 21);
            assertThat(large.buffer()).isSameAs(larger.buffer());
            assertThat(workspace.highWater()).isEqualTo(needed);
        }
    }

    @Test
    void aClosedWorkspaceIsEmpty() {
        Workspace workspace = new Workspace(CPU);
        Tensor x = workspace.floats(new float[] {1});
        workspace.close();
        workspace.close();
        assertThatIllegalStateException().isThrownBy(x::toArray);
        assertThatIllegalStateException()
                .isThrownBy(() -> workspace.allocate(DType.F32, 1))
                .withMessageContaining("closed");
    }

    // ---- collected and resident --------------------------------------------------------------

    @Test
    void collectedMemoryHoldsWhatIsReferredTo() {
        Tensor x = Tensor.of(1, 2, 3);
        for (int i = 0; i < 100; i++) {
            x = x.add(Tensor.zeros(3)).reshape(3);
        }
        assertThat(x.toArray()).containsExactly(1, 2, 3);
    }

    @Test
    void residentMemoryHoldsNoResults() {
        try (Resident weights = new Resident(CPU, "model")) {
            Tensor bias = weights.floats(new float[] {1, 2});
            assertThat(weights.bytes()).isEqualTo(8);
            assertThatIllegalStateException()
                    .isThrownBy(() -> bias.add(bias))
                    .withMessageStartingWith("model holds f32[2] and allocates no results")
                    .withMessageContaining("bias.copyTo(memory)");
            assertThat(Tensor.of(1, 1).add(bias).toArray()).containsExactly(2, 3);
            assertThat(bias.toArray()).containsExactly(1, 2);
        }
    }

    @Test
    void aTensorOfClosedMemorySaysSo() {
        Resident weights = new Resident(CPU, "model");
        Tensor bias = weights.floats(new float[] {1, 2});
        weights.close();
        assertThatIllegalStateException().isThrownBy(bias::buffer).withMessage("f32[2] — its memory was closed");
    }

    @Test
    void valuesFillTheirShape() {
        assertThatThrownBy(() -> Memory.collected(CPU).floats(new float[5], 2, 3))
                .isInstanceOf(ShapeException.class)
                .hasMessage("5 values do not fill [2,3]");
    }

    // ---- views of foreign memory -------------------------------------------------------------

    @Test
    void viewsForeignMemoryWithoutACopy() {
        try (Resident weights = new Resident(CPU, "file");
                Arena arena = Arena.ofShared()) {
            MemorySegment segment = arena.allocate(13).asSlice(1); // at an odd address
            segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4, 2.5f);
            Tensor view = weights.view(segment, DType.F32, Shape.of(3));
            assertThat(view.toArray()).containsExactly(0, 2.5f, 0);
            assertThat(Tensor.of(1, 1, 1).add(view).toArray()).containsExactly(1, 3.5f, 1);
            assertThat(weights.bytes()).isZero();
        }
    }

    @Test
    void refusesForeignMemoryThatKernelsCannotUse() {
        try (Resident weights = new Resident(CPU, "file");
                Arena confined = Arena.ofConfined()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> weights.view(confined.allocate(12), DType.F32, Shape.of(3)))
                    .withMessageContaining("confined to one thread; use Arena.ofShared()");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> weights.view(MemorySegment.ofArray(new byte[12]), DType.F32, Shape.of(3)))
                    .withMessageContaining("on the heap");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> weights.view(Arena.ofAuto().allocate(11), DType.F32, Shape.of(3)))
                    .withMessage("view: f32[3] takes 12 bytes, the segment has 11");
        }
    }

    @Test
    void aForeignArenaThatClosesTakesItsTensorsAlong() {
        try (Resident weights = new Resident(CPU, "file")) {
            Arena arena = Arena.ofShared();
            Tensor view = weights.view(arena.allocate(4), DType.F32, Shape.of(1));
            arena.close();
            assertThatIllegalStateException().isThrownBy(view::toArray).withMessageContaining("its memory was closed");
        }
    }
}
