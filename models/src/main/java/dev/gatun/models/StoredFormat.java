package dev.gatun.models;

import dev.gatun.io.Json;
import dev.gatun.nn.WeightFormat;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// How a checkpoint names the parts of quantized matrices: what its `quantization_config.quant_method` says.
///
/// | method | parts of `X.weight` | numbers |
/// |---|---|---|
/// | `bitsandbytes` | `X.weight`, `X.weight.absmax`, … | in `X.weight.quant_state.bitsandbytes__nf4`, JSON in a tensor of bytes |
/// | `bitnet` | `X.weight` and `X.weight_scale`; for what else it may be see [BitNetWeights] | |
/// | `gatun` | `X.weight`, and `X.weight.` with the names that the format gives | in `quantization_config` |
sealed interface StoredFormat {
    /// Reads a matrix.
    ///
    /// @param name of the tensor, with `.weight`
    /// @param parts all tensors of its name and below it
    WeightFormat.Stored read(String name, long rows, long columns, Map<String, Tensor> parts);

    /// {@return the format of a matrix}
    ///
    /// @param parts all tensors of its name and below it
    WeightFormat format(Map<String, Tensor> parts);

    /// {@return the format that matrices have, unless their own parts say otherwise}
    WeightFormat usual();

    /// {@return what is written besides the parts, before there is a single value}
    Map<String, WeightFormat.Part> headers();

    /// {@return the values of the headers}
    ///
    /// @param stored the matrix
    /// @param type of its elements before
    Map<String, Tensor> headers(WeightFormat.Stored stored, DType type);

    /// {@return the `quantization_config` that says so}
    String config();

    /// {@return how a checkpoint of this config stores}
    ///
    /// @param config its `quantization_config`
    static StoredFormat of(Json config) {
        return switch (config.stringAt("quant_method")) {
            case "bitsandbytes" -> {
                if (!config.booleanAt("load_in_4bit", false)) {
                    throw config.refused("supported are the 4-bit types of bitsandbytes only (load_in_4bit)");
                }
                yield new Bitsandbytes(config.booleanAt("bnb_4bit_use_double_quant", false) ? "nf4-dq" : "nf4");
            }
            case "gatun" -> new Plain(WeightFormat.named(config.stringAt("format")));
            case "bitnet" -> new BitNetLayout();
            default -> throw config.at("quant_method").refused("supported are \"bitsandbytes\" with 4 bits, \"bitnet\" and \"gatun\"");
        };
    }

    /// {@return how we store a format}: what bitsandbytes or transformers read as they do, everything else in our own way.
    static StoredFormat of(WeightFormat format) {
        return switch (format.name()) {
            case "nf4", "nf4-dq" -> new Bitsandbytes(format.name());
            case "bitnet" -> new BitNetLayout();
            default -> new Plain(format);
        };
    }

    /// {@return the name of a tensor}
    ///
    /// @param name of the matrix, with `.weight`
    /// @param part as the format names it; empty for the matrix itself
    default String tensor(String name, String part) {
        return part.isEmpty() ? name : name + "." + part;
    }

    /// The layout of transformers' BitNet.
    record BitNetLayout() implements StoredFormat {
        @Override
        public String tensor(String name, String part) {
            return part.isEmpty() ? name : name + "_" + part;
        }

        @Override
        public WeightFormat format(Map<String, Tensor> parts) {
            return usual();
        }

        @Override
        public WeightFormat usual() {
            return WeightFormat.named("bitnet");
        }

        @Override
        public WeightFormat.Stored read(String name, long rows, long columns, Map<String, Tensor> parts) {
            return new WeightFormat.Stored(rows, columns, parts, Map.of());
        }

        @Override
        public Map<String, WeightFormat.Part> headers() {
            return Map.of();
        }

        @Override
        public Map<String, Tensor> headers(WeightFormat.Stored stored, DType type) {
            return Map.of();
        }

        @Override
        public String config() {
            return """
                    {
                        "linear_class": "bitlinear",
                        "modules_to_not_convert": ["lm_head"],
                        "quant_method": "bitnet",
                        "quantization_mode": "offline"
                      }""";
        }
    }

    /// The layout of bitsandbytes.
    ///
    /// @param name of the format to write
    record Bitsandbytes(String name) implements StoredFormat {
        private static final String STATE = "quant_state.bitsandbytes__";

        /// Bytes of the JSON: longer than any, filled with spaces, since the length is planned before the values are known.
        private static final int STATE_BYTES = 256;

        @Override
        public WeightFormat format(Map<String, Tensor> parts) {
            return WeightFormat.named(state(parts).substring(STATE.length()));
        }

        @Override
        public WeightFormat usual() {
            return WeightFormat.named(name);
        }

        private static String state(Map<String, Tensor> parts) {
            return parts.keySet().stream()
                    .filter(part -> part.startsWith(STATE))
                    .findFirst()
                    .orElseThrow(() -> new CheckpointException("no " + STATE + "nf4 or " + STATE + "fp4 beside it"));
        }

        @Override
        public WeightFormat.Stored read(String name, long rows, long columns, Map<String, Tensor> parts) {
            String state = state(parts);
            int[] text = Objects.requireNonNull(parts.get(state)).toInts();
            byte[] bytes = new byte[text.length];
            for (int i = 0; i < text.length; i++) {
                bytes[i] = (byte) text[i];
            }
            Json json = Json.parse(name + "." + state, new String(bytes, StandardCharsets.UTF_8));
            long[] shape = json.at("shape").asLongs();
            if (shape.length != 2 || shape[0] != rows || shape[1] != columns) {
                throw json.at("shape").refused("the config wants [" + rows + ", " + columns + "]");
            }
            Map<String, Double> numbers = new LinkedHashMap<>();
            numbers.put("blocksize", json.doubleAt("blocksize"));
            if (json.has("nested_offset")) {
                if (json.intAt("nested_blocksize") != 256) {
                    throw json.at("nested_blocksize").refused("supported is 256");
                }
                numbers.put("nested_offset", json.doubleAt("nested_offset"));
            }
            return new WeightFormat.Stored(rows, columns, parts, numbers);
        }

        @Override
        public Map<String, WeightFormat.Part> headers() {
            return Map.of(STATE + "nf4", new WeightFormat.Part(DType.U8, Shape.of(STATE_BYTES)));
        }

        @Override
        public Map<String, Tensor> headers(WeightFormat.Stored stored, DType type) {
            StringBuilder json = new StringBuilder("{\"quant_type\": \"nf4\", \"blocksize\": ");
            json.append(stored.numbers().getOrDefault("blocksize", 64.0).intValue());
            json.append(", \"dtype\": \"").append(torchName(type));
            json.append("\", \"shape\": [")
                    .append(stored.rows())
                    .append(", ")
                    .append(stored.columns())
                    .append(']');
            Double offset = stored.numbers().get("nested_offset");
            if (offset != null) {
                json.append(", \"nested_blocksize\": 256, \"nested_dtype\": \"float32\", \"nested_offset\": ")
                        .append(offset);
            }
            json.append('}').append(" ".repeat(STATE_BYTES - json.length()));
            int[] text = json.chars().toArray();
            return Map.of(
                    STATE + "nf4", Memory.collected(Device.cpu()).ints(text).to(DType.U8));
        }

        @Override
        public String config() {
            return """
                    {
                        "_load_in_4bit": true,
                        "_load_in_8bit": false,
                        "bnb_4bit_compute_dtype": "float32",
                        "bnb_4bit_quant_storage": "uint8",
                        "bnb_4bit_quant_type": "nf4",
                        "bnb_4bit_use_double_quant": DOUBLE,
                        "llm_int8_enable_fp32_cpu_offload": false,
                        "llm_int8_has_fp16_weight": false,
                        "llm_int8_skip_modules": null,
                        "llm_int8_threshold": 6.0,
                        "load_in_4bit": true,
                        "load_in_8bit": false,
                        "quant_method": "bitsandbytes"
                      }""".replace("DOUBLE", String.valueOf(name.equals("nf4-dq")));
        }
    }

    /// Our own layout: a format's parts below the name of the matrix.
    ///
    /// @param format of every quantized matrix
    record Plain(WeightFormat format) implements StoredFormat {
        @Override
        public WeightFormat format(Map<String, Tensor> parts) {
            return format;
        }

        @Override
        public WeightFormat usual() {
            return format;
        }

        @Override
        public WeightFormat.Stored read(String name, long rows, long columns, Map<String, Tensor> parts) {
            return new WeightFormat.Stored(rows, columns, parts, Map.of());
        }

        @Override
        public Map<String, WeightFormat.Part> headers() {
            return Map.of();
        }

        @Override
        public Map<String, Tensor> headers(WeightFormat.Stored stored, DType type) {
            return Map.of();
        }

        @Override
        public String config() {
            return "{\n    \"format\": \"" + format.name() + "\",\n    \"quant_method\": \"gatun\"\n  }";
        }
    }

    private static String torchName(DType type) {
        return switch (type) {
            case BF16 -> "bfloat16";
            case F16 -> "float16";
            default -> "float32";
        };
    }
}
