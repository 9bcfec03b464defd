/// What a training program needs beside the model, the tape and an optimizer: checkpoints that survive a power cut, the curve of the loss, and how much
/// memory it will take. The loop itself is yours; it is short.
@NullMarked
package dev.gatun.models.training;

import org.jspecify.annotations.NullMarked;
