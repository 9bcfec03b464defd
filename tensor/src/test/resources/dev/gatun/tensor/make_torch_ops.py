"""Writes torch-ops.bin, the fixture of TorchOpsTest: what PyTorch computes for the operations that gatun has; and torch-attention.bin, that of
AttentionGradientTest: inputs (C.in0, …), dL/dy (C.gout) and gradients (C.gin0, …).

    python3 make_torch_ops.py ops.safetensors

ops.safetensors holds, per case C, inputs C.in0, C.in1, … and outputs C.out0, …; everything was computed by torch 2.13 on the CPU in float64 from
inputs that float32 holds exactly, and stored as float32.

A file is little-endian and a sequence of tensors until its end:

    u16 length and UTF-8 bytes of the name · u8 'f' (float32) or 'i' (int32) · u8 rank · rank times i32 dimension · the elements, 4 bytes each
"""

import json
import struct
import sys

WANTED = (
    "matmul.", "softmax.last", "softmax.extreme", "softmax.masked", "log_softmax", "rms_norm", "swiglu",
    "act.silu", "act.relu.", "act.sigmoid", "act.tanh", "act.exp", "act.abs", "act.square", "act.neg", "act.log", "act.sqrt", "act.rsqrt",
    "rope.half", "sdpa.causal", "sdpa.gqa", "sdpa.decode", "sdpa.chunk", "sdpa.d128", "cross_entropy.none",
    "add.", "sub.", "mul.", "div.", "max.same", "max.row", "max.col", "max.outer", "max.scalar", "min.",
    "sum.", "mean.", "amax.", "amin.", "argmax", "embedding", "expand", "transpose.reshape",
)  # fmt: skip


def main(source):
    with open(source, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    write("torch-ops.bin", WANTED, ("in", "out"), header, data)
    write("torch-attention.bin", tuple(name for name in WANTED if name.startswith("sdpa")), ("in", "gout", "gin"), header, data)


def write(target, cases, kinds, header, data):
    with open(target, "wb") as file:
        for name in sorted(header):
            kind = name.rsplit(".", 1)[-1]
            if not name.startswith(cases) or not kind.startswith(kinds) or "big" in name:
                continue
            tensor = header[name]
            start, end = tensor["data_offsets"]
            elements = data[start:end]
            if tensor["dtype"] == "I64":
                values = struct.unpack(f"<{len(elements) // 8}q", elements)
                elements = struct.pack(f"<{len(values)}i", *values)
            file.write(struct.pack("<H", len(name)) + name.encode())
            file.write(b"i" if tensor["dtype"] == "I64" else b"f")
            file.write(struct.pack(f"<B{len(tensor['shape'])}i", len(tensor["shape"]), *tensor["shape"]))
            file.write(elements)


main(sys.argv[1])
