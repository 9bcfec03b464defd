/// Scalar and vector kernels of the weight formats.
package dev.gatun.quant.cpu;
