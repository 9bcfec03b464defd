/// Texts and instructions on their way into a training: read, encoded, shuffled, put into batches.
///
/// ```java
/// var encoder = new SampleEncoder(Tokenizer.open(model));
/// var split = Dataset.read(encoder, Path.of("stories.txt")).split(0.01);
/// Batches batches = Batches.packed(split.train(), 16, 256, 42, true);
/// Batch batch = batches.next();
/// Position here = batches.position(); // what is saved; batches.seek(here) goes on from there
/// for (Batch held : Batches.once(split.heldOut(), 16, 256)) { … }
/// ```
@NullMarked
package dev.gatun.models.data;

import org.jspecify.annotations.NullMarked;
