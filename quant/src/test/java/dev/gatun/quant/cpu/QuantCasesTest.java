package dev.gatun.quant.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.Device;
import dev.gatun.tensor.kernels.KernelCheck;
import org.junit.jupiter.api.Test;

/// The check that a user can run finds this module's formats, and they pass it.
class QuantCasesTest {
    @Test
    void theCheckKnowsTheFormats() {
        try (Device device = Device.cpu(2)) {
            assertThat(KernelCheck.kernels())
                    .containsAll(new QuantCases().formats().keySet());
            for (String kernel : new QuantCases().formats().keySet()) {
                assertThat(KernelCheck.run(kernel, device)).matches(KernelCheck.Result::ok);
            }
        }
    }
}
