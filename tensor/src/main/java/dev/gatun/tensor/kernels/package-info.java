/// The kernel families, one interface each: what a device must be able to do.
package dev.gatun.tensor.kernels;
