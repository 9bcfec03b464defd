/// Weights of 8 and 4 bits, as layers see them.
package dev.gatun.quant;
