package dev.gatun.models.data;

/// How the parts of an instruction are put into one prompt.
///
/// @param withInput the prompt of an instruction with an input, with `{instruction}` and `{input}` where they belong
/// @param withoutInput the prompt of an instruction alone, with `{instruction}`
/// @param question the prompt of a question, with `{question}`
public record PromptStyle(String withInput, String withoutInput, String question) {
    /// The prompts of Stanford Alpaca (Taori et al. 2023), which many fine-tuned models know.
    public static final PromptStyle ALPACA = new PromptStyle("""
            Below is an instruction that describes a task, paired with an input that provides further context. \
            Write a response that appropriately completes the request.

            ### Instruction:
            {instruction}

            ### Input:
            {input}

            ### Response:
            """, """
            Below is an instruction that describes a task. Write a response that appropriately completes the request.

            ### Instruction:
            {instruction}

            ### Response:
            """, """
            Question: {question}
            Answer:""" + " ");

    /// The parts alone: little to learn for a small model.
    public static final PromptStyle PLAIN = new PromptStyle("{instruction}\n{input}\n\n", "{instruction}\n\n", "{question}\n");

    /// Checks that every part has its place.
    public PromptStyle {
        require(withInput, "{instruction}");
        require(withInput, "{input}");
        require(withoutInput, "{instruction}");
        require(question, "{question}");
    }

    private static void require(String pattern, String part) {
        if (!pattern.contains(part)) {
            throw new IllegalArgumentException("prompt \"" + pattern + "\" — want one with " + part + " in it");
        }
    }

    /// Returns the prompt of an instruction.
    ///
    /// @param instruction what is to be done
    /// @param input what it is to be done with, may be empty
    /// @return the prompt
    public String instruction(String instruction, String input) {
        if (input.isEmpty()) {
            return withoutInput.replace("{instruction}", instruction);
        }
        int at = withInput.indexOf("{input}");
        // The instruction may itself spell {input}.
        return withInput.substring(0, at).replace("{instruction}", instruction)
                + input
                + withInput.substring(at + "{input}".length()).replace("{instruction}", instruction);
    }

    /// Returns the prompt of a question.
    ///
    /// @param asked the question
    /// @return the prompt
    public String question(String asked) {
        return question.replace("{question}", asked);
    }
}
