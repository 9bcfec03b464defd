import org.jspecify.annotations.NullMarked;

/// Tensors outside the Java heap and what one computes with them.
///
/// [dev.gatun.tensor] holds values, their memory and their lifetimes; [dev.gatun.tensor.ops] the functions that papers invented. On the module path
/// the Vector API is found by itself; on the class path the JVM needs `--add-modules jdk.incubator.vector`, without which everything still works, slower.
@NullMarked
@SuppressWarnings("module") // the modules named below are compiled after this one
module dev.gatun.tensor {
    requires static transitive org.jspecify;
    requires jdk.incubator.vector;

    exports dev.gatun.tensor;
    exports dev.gatun.tensor.ops;
    exports dev.gatun.tensor.kernels to
            dev.gatun.quant;
    exports dev.gatun.tensor.cpu to
            dev.gatun.quant;

    uses dev.gatun.tensor.cpu.CpuFamilies;
    uses dev.gatun.tensor.kernels.WeightCases;
}
