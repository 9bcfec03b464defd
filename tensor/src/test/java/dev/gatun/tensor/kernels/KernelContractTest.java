package dev.gatun.tensor.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.gatun.tensor.Device;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kernel of the CPU keeps its contract: the reference's results, the same bits for any
/// number of threads.
@Tag("kernels")
class KernelContractTest {
    private static final Device ONE = Device.cpu(1);
    private static final Device TWO = Device.cpu(2);

    static List<String> kernels() {
        return KernelCheck.kernels();
    }

    @AfterAll
    static void close() {
        ONE.close();
        TWO.close();
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void agreesWithTheReference(String kernel) {
        assertThat(KernelCheck.run(kernel, TWO)).matches(KernelCheck.Result::ok);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void givesTheSameBitsForAnyNumberOfThreads(String kernel) {
        assertThat(KernelCheck.sameBits(kernel, ONE, TWO)).matches(KernelCheck.Result::ok);
    }

    @Test
    void namesWhatIsChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KernelCheck.run("sofmax", ONE))
                .withMessageContaining("no kernel \"sofmax\"")
                .withMessageContaining("softmax");
    }
}
