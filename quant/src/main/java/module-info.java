import dev.gatun.quant.cpu.QuantFamilies;
import dev.gatun.tensor.cpu.CpuFamilies;
import org.jspecify.annotations.NullMarked;

/// Weights of 8 and 4 bits: how they are quantized, stored, and multiplied by.
@NullMarked
module dev.gatun.quant {
    requires static transitive org.jspecify;
    requires transitive dev.gatun.tensor;
    requires jdk.incubator.vector;

    provides CpuFamilies with
            QuantFamilies;
}
