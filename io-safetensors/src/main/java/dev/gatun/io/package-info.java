/// The safetensors format: a checkpoint from a file or a folder of shards, and the writer.
package dev.gatun.io;
