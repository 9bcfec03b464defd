/// Training steps: from gradients to new parameters.
package dev.gatun.nn.optim;
