/// Values, shapes, memory and lifetimes: what a user of tensors meets.
package dev.gatun.tensor;
