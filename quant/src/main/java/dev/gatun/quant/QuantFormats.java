package dev.gatun.quant;

import dev.gatun.nn.WeightFormat;
import java.util.List;

/// The formats of this module, for whoever asks by name.
public final class QuantFormats implements WeightFormat.Provider {
    /// For the service loader.
    public QuantFormats() {}

    @Override
    public List<WeightFormat> formats() {
        return List.of(
                new PackedFormat(Packing.INT8),
                new PackedFormat(Packing.INT8_DYNAMIC),
                new PackedFormat(Packing.INT4),
                new Nf4Format("nf4", Codebook.NF4, false),
                new Nf4Format("nf4-dq", Codebook.NF4, true),
                new Nf4Format("fp4", Codebook.FP4, false),
                new TernaryFormat(WeightFormat.TERNARY, TernaryCoding.BASE_3, false),
                new TernaryFormat("bitnet", TernaryCoding.TWO_BITS, true));
    }
}
