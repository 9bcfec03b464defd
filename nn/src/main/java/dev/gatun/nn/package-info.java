/// The vocabulary that models are written in: linear maps, norms, embeddings, layers and their
/// states, and the sources that weights come from.
package dev.gatun.nn;
