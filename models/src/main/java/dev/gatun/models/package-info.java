<<<<<<< HEAD
/// Language models and what one does with them: open, generate, score.
=======
/// Models, one file per paper, and generation.
>>>>>>> build
package dev.gatun.models;
