package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The kernel tests run at the preferred width, at 128 and 256 bits, and without the Vector API. Here each run shows that it is the one it claims to be.
@Tag("kernels")
class VectorSettingTest {
    @Test
    void theVectorModuleIsPresentExceptWhereItIsMeantToBeAbsent() {
        boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        assertThat(present).isNotEqualTo("absent".equals(System.getProperty("gatun.test.vectorModule")));
    }

    @Test
    void withTheVectorModuleTestsRunInsideOurModule() {
        assertThat(DType.class.getModule().isNamed()).isNotEqualTo("absent".equals(System.getProperty("gatun.test.vectorModule")));
    }
}
