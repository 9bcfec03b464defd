"""Writes the fixtures beside it with the Python package.

python -m pip install safetensors==0.8.0 && python make_fixtures.py

Byte i of the tensor with index k (in the order of the lists below) is (31 * k + 7 * i) % 251.
"""

import ctypes
import json
import pathlib

import safetensors

HERE = pathlib.Path(__file__).parent

DTYPES = [
    ("F64", "float64", 8), ("F32", "float32", 4), ("F16", "float16", 2), ("BF16", "bfloat16", 2),
    ("I64", "int64", 8), ("I32", "int32", 4), ("I16", "int16", 2), ("I8", "int8", 1),
    ("U8", "uint8", 1), ("BOOL", "bool", 1),
]


def write(file, tensors, metadata):
    """tensors: (name, python dtype, element size, shape, index)"""
    flat, alive = {}, []
    for name, dtype, size, shape, k in tensors:
        count = size
        for dim in shape:
            count *= dim
        data = bytes((31 * k + 7 * i) % 251 for i in range(count))
        memory = ctypes.create_string_buffer(data, max(count, 1))
        alive.append(memory)
        flat[name] = safetensors.TensorSpec(
            dtype=dtype, shape=shape, data_ptr=ctypes.addressof(memory), data_len=count
        )
    safetensors.serialize_file(flat, str(file), metadata)


every = [(st, py, size, [3, 5], k) for k, (st, py, size) in enumerate(DTYPES)]
every.append(("scalar", "float32", 4, [], 10))
every.append(("empty", "float32", 4, [4, 0, 2], 11))
every.append(("größe.\u6f22 \"q\" \\ \n", "uint8", 1, [2], 12))
write(HERE / "every_dtype.safetensors", every, {"format": "pt", "größe": "\u6f22\n\"\\"})

sharded = HERE / "sharded"
sharded.mkdir(exist_ok=True)
names = ["model.embed.weight", "model.norm.weight", "lm_head.weight"]
weight_map = {}
for shard, members in ((1, [0]), (2, [1, 2])):
    file = f"model-{shard:05d}-of-00002.safetensors"
    tensors = [(names[k], "bfloat16", 2, [2, k + 1], k) for k in members]
    write(sharded / file, tensors, {"format": "pt"})
    weight_map.update((names[k], file) for k in members)
index = {"metadata": {"total_size": 24}, "weight_map": dict(sorted(weight_map.items()))}
(sharded / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
