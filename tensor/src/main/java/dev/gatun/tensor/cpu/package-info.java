/// The CPU: its worker pool, the scalar Reference kernels and the Vector kernels.
package dev.gatun.tensor.cpu;
