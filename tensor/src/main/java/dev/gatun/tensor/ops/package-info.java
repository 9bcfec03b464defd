/// What papers invented: static functions over tensors, each with its derivative beside it.
package dev.gatun.tensor.ops;
