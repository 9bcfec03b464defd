"""Writes torch-ops.bin, the fixture of TorchOpsTest: what PyTorch computes for the operations that gatun has; and torch-attention.bin, that of
AttentionGradientTest: inputs, dL/dout0 and gradients of attention.

    python3 make_torch_ops.py ops.safetensors

ops.safetensors holds, per case C, inputs C.in0, C.in1, … and outputs C.out0, …, and where there is a derivative, dL/dout0 as C.gout and dL/dinN as
C.ginN; everything was computed by torch 2.13 on the CPU in float64 from inputs that float32 holds exactly, and stored as float32.

A file is little-endian and a sequence of tensors until its end:

    u16 length and UTF-8 bytes of the name · u8 'f' (float32) or 'i' (int32) · u8 rank · rank times i32 dimension · the elements, 4 bytes each
"""

import json
import struct
import sys

# What is not in the fixture, and why. A case that is neither here nor known to TorchOpsTest fails that test.
SKIPPED = {
    "cast.": "conversions are compared bit by bit in DTypeTest and KernelCheck",
    "act.softplus": "no such operation", "act.erf": "no such operation", "act.sin": "no such operation", "act.cos": "no such operation",
    "rope.interleaved": "checkpoints of this layout are permuted when they are read",
    "sdpa.full": "attention is causal", "sdpa.window4": "no such mask", "sdpa.alibi": "no such bias",
    "cross_entropy.smoothing": "no such operation",
    "where": "no such operation", "masked_fill": "no such operation", "pow2.5": "no such operation",
    "gather.": "no such operation", "scatter_add": "no such operation", "index_add": "no such operation",
    "slice.step": "slices have no step", "pad": "no such operation",
    "roll": "no such operation", "flip": "no such operation", "tril": "no such operation", "triu1": "no such operation",
    "cumsum.": "no such operation", "cumprod": "no such operation", "prod.": "no such operation",
    "sort": "no such operation", "topk5": "no such operation", "arg": "no such operation, but for argmax", "nonzero": "no such operation",
    "logical.any": "no such operation", "kl_div": "no such operation",
}  # fmt: skip


def skipped(name):
    return name.startswith(tuple(SKIPPED)) and name != "argmax"


def main(source):
    with open(source, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    names = [name for name in sorted(header) if not skipped(name.rsplit(".", 1)[0])]
    gradients = {name for name in names if kind(name).startswith(("gout", "gin"))}
    values = {name for name in names if kind(name).startswith(("in", "out0"))}
    attention = {name for name in names if name.startswith("sdpa")}
    write("torch-ops.bin", (values | gradients) - (gradients & attention), header, data)
    write("torch-attention.bin", attention & {name for name in values | gradients if not kind(name).startswith("out")}, header, data)


def kind(name):
    return name.rsplit(".", 1)[-1]


def write(target, names, header, data):
    with open(target, "wb") as file:
        for name in sorted(names):
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
