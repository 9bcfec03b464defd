package dev.gatun.models;

import dev.gatun.tensor.ops.RopeScaling;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The published sizes of LLaMA and of models built like it.
public final class LlamaFamily {
    private static final SequencedMap<String, LlamaConfig> SIZES = new LinkedHashMap<>();

    private LlamaFamily() {}

    static {
        llama1("llama-7b", 4096, 32, 32, 11008);
        llama1("llama-13b", 5120, 40, 40, 13824);
        llama1("llama-33b", 6656, 60, 52, 17920);
        llama1("llama-65b", 8192, 80, 64, 22016);
        llama2("llama-2-7b", 4096, 32, 32, 32, 11008);
        llama2("llama-2-13b", 5120, 40, 40, 40, 13824);
        llama2("llama-2-70b", 8192, 80, 64, 8, 28672);
        llama3("llama-3-8b", 4096, 32, 32, 8, 14336, 8192, 0, false);
        llama3("llama-3-70b", 8192, 80, 64, 8, 28672, 8192, 0, false);
        llama3("llama-3.1-8b", 4096, 32, 32, 8, 14336, 131072, 8, false);
        llama3("llama-3.1-70b", 8192, 80, 64, 8, 28672, 131072, 8, false);
        llama3("llama-3.1-405b", 16384, 126, 128, 8, 53248, 131072, 8, false);
        llama3("llama-3.2-1b", 2048, 16, 32, 8, 8192, 131072, 32, true);
        llama3("llama-3.2-3b", 3072, 28, 24, 8, 8192, 131072, 32, true);
        SIZES.put("tinyllama-1.1b", new LlamaConfig(2048, 5632, 22, 32, 4, 64, 2048, 1e-5f, 1e4, RopeScaling.none(), 32000, false, false, false));
    }

    private static void llama1(String name, int hidden, int layers, int heads, int inner) {
        SIZES.put(name, new LlamaConfig(hidden, inner, layers, heads, heads, 128, 2048, 1e-6f, 1e4, RopeScaling.none(), 32000, false, false, false));
    }

    private static void llama2(String name, int hidden, int layers, int heads, int kvHeads, int inner) {
        SIZES.put(
                name, new LlamaConfig(hidden, inner, layers, heads, kvHeads, 128, 4096, 1e-5f, 1e4, RopeScaling.none(), 32000, false, false, false));
    }

    private static void llama3(String name, int hidden, int layers, int heads, int kvHeads, int inner, int context, int factor, boolean tied) {
        RopeScaling scaling = factor == 0 ? RopeScaling.none() : new RopeScaling.Llama3(factor, 1, 4, 8192);
        SIZES.put(
                name,
                new LlamaConfig(hidden, inner, layers, heads, kvHeads, hidden / heads, context, 1e-5f, 5e5, scaling, 128256, tied, false, false));
    }

    /// {@return the sizes by name}
    public static Map<String, LlamaConfig> sizes() {
        return java.util.Collections.unmodifiableMap(SIZES);
    }

    /// {@return the sizes of this name}
    ///
    /// @param name such as `llama-3.2-1b`
    /// @throws IllegalArgumentException if there is none; the message lists what there is
    public static LlamaConfig size(String name) {
        LlamaConfig config = SIZES.get(name);
        if (config == null) {
            throw new IllegalArgumentException("no shape \"" + name + "\"; known are " + String.join(", ", SIZES.keySet()));
        }
        return config;
    }
}
