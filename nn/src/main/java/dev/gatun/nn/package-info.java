/// Layers, layer state, and the sources that layers are built from.
package dev.gatun.nn;
