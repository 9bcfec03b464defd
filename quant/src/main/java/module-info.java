import dev.gatun.nn.WeightFormat;
import dev.gatun.quant.QuantFormats;
import dev.gatun.quant.cpu.QuantCases;
import dev.gatun.quant.cpu.QuantFamilies;
import dev.gatun.tensor.cpu.CpuFamilies;
import dev.gatun.tensor.kernels.WeightCases;
import org.jspecify.annotations.NullMarked;

/// Weights of 8 and 4 bits: how they are quantized, stored, and multiplied by.
@NullMarked
module dev.gatun.quant {
    requires static transitive org.jspecify;
    requires transitive dev.gatun.tensor;
    requires transitive dev.gatun.nn;
    requires jdk.incubator.vector;

    exports dev.gatun.quant;

    provides CpuFamilies with
            QuantFamilies;
    provides WeightCases with
            QuantCases;
    provides WeightFormat.Provider with
            QuantFormats;
}
