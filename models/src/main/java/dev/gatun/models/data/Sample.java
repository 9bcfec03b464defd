package dev.gatun.models.data;

/// An encoded [Example].
///
/// @param ids the tokens: what begins a text, prompt, answer, what ends a text
/// @param prompt how many of the first are seen, but not learnt
/// @param cut whether prompt or answer were longer than allowed
/// @param spaced whether the tokenizer put a space before what is learnt, which is none of the text's
public record Sample(int[] ids, int prompt, boolean cut, boolean spaced) {}
