/// Language models and what one does with them: open, generate, score.
package dev.gatun.models;
