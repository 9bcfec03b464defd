package dev.gatun.nn;

import dev.gatun.tensor.CheckpointException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/// What a low-rank adapter looks like (arXiv:2106.09685), as PEFT's `adapter_config.json` says it.
///
/// @param r rank of the update
/// @param alpha the update is scaled by alpha / r
/// @param dropout which fraction of its inputs are zeroed while training
/// @param rankStabilized whether it is scaled by alpha / √r instead (arXiv:2312.03732)
/// @param decomposed whether magnitudes are trained too (DoRA, arXiv:2402.09353)
/// @param targets which layers have one: their name's last parts, as `q_proj`; one name `all-linear` for all but the head, or one regular expression
/// @param rankPattern other ranks for layers whose name ends with, or matches, a key; the first that does, in the map's order, as PEFT takes them
/// @param alphaPattern other alphas, likewise
/// @param modulesToSave which modules are trained whole instead, and stored with the updates: the ends of their names, as `embed_tokens` or `lm_head`. As PEFT
///     takes them, an end is one of letters: `norm` is every layer's `input_layernorm`, too, and `model.norm` the last norm alone
public record LoraConfig(
        int r,
        float alpha,
        float dropout,
        boolean rankStabilized,
        boolean decomposed,
        List<String> targets,
        Map<String, Integer> rankPattern,
        Map<String, Float> alphaPattern,
        List<String> modulesToSave) {
    private static final String HEAD = "lm_head";

    /// @param r rank of the update
    /// @param alpha the update is scaled by alpha / r
    /// @param dropout which fraction of its inputs are zeroed while training
    /// @param rankStabilized whether it is scaled by alpha / √r instead
    /// @param decomposed whether magnitudes are trained too
    /// @param targets which layers have one
    /// @param rankPattern other ranks
    /// @param alphaPattern other alphas
    /// @param modulesToSave which modules are trained whole
    /// @throws IllegalArgumentException if a number is out of its range, or there is no target
    public LoraConfig {
        if (r < 1 || rankPattern.values().stream().anyMatch(rank -> rank < 1)) {
            throw new IllegalArgumentException("LoRA rank " + r + ", " + rankPattern + " — want at least 1");
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("LoRA dropout " + dropout + " — want at least 0 and less than 1");
        }
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("LoRA has no target modules; name some, as q_proj, or all-linear");
        }
        targets = List.copyOf(targets);
        rankPattern = Collections.unmodifiableMap(new LinkedHashMap<>(rankPattern));
        alphaPattern = Collections.unmodifiableMap(new LinkedHashMap<>(alphaPattern));
        modulesToSave = List.copyOf(modulesToSave);
    }

    /// {@return an adapter for all linear layers but the head, as QLoRA (arXiv:2305.14314) has}
    ///
    /// @param r rank
    /// @param alpha the update is scaled by alpha / r
    public static LoraConfig allLinear(int r, float alpha) {
        return new LoraConfig(r, alpha, 0, false, false, List.of("all-linear"), Map.of(), Map.of(), List.of());
    }

    /// {@return the same with dropout}
    ///
    /// @param rate which fraction of inputs are zeroed while training
    public LoraConfig withDropout(float rate) {
        return new LoraConfig(r, alpha, rate, rankStabilized, decomposed, targets, rankPattern, alphaPattern, modulesToSave);
    }

    /// {@return the same for other layers}
    ///
    /// @param names their name's last parts
    public LoraConfig withTargets(Collection<String> names) {
        return new LoraConfig(r, alpha, dropout, rankStabilized, decomposed, List.copyOf(names), rankPattern, alphaPattern, modulesToSave);
    }

    /// {@return the same, scaled by alpha / √r}
    public LoraConfig withRankStabilization() {
        return new LoraConfig(r, alpha, dropout, true, decomposed, targets, rankPattern, alphaPattern, modulesToSave);
    }

    /// {@return the same with trained magnitudes}
    public LoraConfig withMagnitudes() {
        return new LoraConfig(r, alpha, dropout, rankStabilized, true, targets, rankPattern, alphaPattern, modulesToSave);
    }

    /// {@return the same with some modules trained whole beside the updates}
    ///
    /// @param names the ends of their names
    public LoraConfig withModulesToSave(Collection<String> names) {
        return new LoraConfig(r, alpha, dropout, rankStabilized, decomposed, targets, rankPattern, alphaPattern, List.copyOf(names));
    }

    /// {@return whether a module is trained whole, and has no update}: if its name, or that of a module that it is a part of, ends with one of
    /// [#modulesToSave].
    ///
    /// @param module its full name: `model.embed_tokens`
    public boolean saves(String module) {
        return modulesToSave.stream().anyMatch(name -> isSaved(module, name));
    }

    private static boolean isSaved(String module, String name) {
        for (int end = module.length(); end > 0; end = module.lastIndexOf('.', end - 1)) {
            if (module.startsWith(name, end - name.length())) {
                return true;
            }
        }
        return false;
    }

    /// {@return whether a layer has an update}
    ///
    /// @param layer its full name: `model.layers.0.mlp.up_proj`
    public boolean adapts(String layer) {
        if (saves(layer)) {
            return false;
        }
        if (targets.size() == 1) {
            String only = targets.getFirst();
            if (only.equals("all-linear")) {
                return !layer.equals(HEAD) && !layer.endsWith("." + HEAD);
            }
            if (!only.matches("[\\w.]+")) {
                return pattern(only).matcher(layer).matches();
            }
        }
        return targets.stream().anyMatch(target -> isNamed(layer, target));
    }

    private static boolean isNamed(String layer, String target) {
        return layer.equals(target) || layer.endsWith("." + target);
    }

    /// {@return those of several targets, and those patterns, that fit none of some layers, and those modules to save that are none of some modules}
    List<String> unused(Collection<String> layers, Collection<String> modules) {
        Stream<String> names = targets.stream()
                .filter(target -> targets.size() > 1 && layers.stream().noneMatch(layer -> isNamed(layer, target)));
        Stream<String> patterns = Stream.concat(rankPattern.keySet().stream(), alphaPattern.keySet().stream())
                .filter(key -> layers.stream().noneMatch(layer -> fits(key, layer)));
        Stream<String> whole =
                modulesToSave.stream().filter(name -> modules.stream().noneMatch(module -> isSaved(module, name)));
        return Stream.of(names, patterns, whole).flatMap(unused -> unused).toList();
    }

    /// Checks that a model has what a new adapter names.
    ///
    /// @param linears all its linear layers, by their full names
    /// @param others what else can be trained whole: the table of tokens, norms
    /// @throws CheckpointException if no layer would have an update, or a target, a pattern or a module to save is none of the model's
    public void requireFit(Collection<String> linears, Collection<String> others) {
        List<String> layers = adapted(linears).toList();
        List<String> saved = Stream.concat(linears.stream(), others.stream())
                .filter(this::saves)
                .toList();
        if (layers.isEmpty()) {
            throw new CheckpointException("LoRA: no linear layer of the model is one of " + targets + why(targets, linears, saved));
        }
        List<String> unused = unused(layers, saved);
        if (!unused.isEmpty()) {
            throw new CheckpointException("LoRA: no layer with an update, and no module to save, is one of " + unused + why(unused, linears, saved));
        }
    }

    /// What a name may have been thought to be.
    private String why(List<String> names, Collection<String> linears, Collection<String> saved) {
        List<String> taken = withModulesToSave(List.of())
                .adapted(linears)
                .filter(saved::contains)
                .toList();
        boolean isTaken = names.equals(targets) && !taken.isEmpty()
                || names.stream().anyMatch(name -> taken.stream().anyMatch(layer -> isNamed(layer, name)));
        boolean head = names.contains(HEAD) && !linears.contains(HEAD);
        return (isTaken ? "; modules to save are trained whole and have no update: " + modulesToSave : "")
                + (head ? "; this model has no lm_head of its own, its head is the table embed_tokens" : "");
    }

    private Stream<String> adapted(Collection<String> linears) {
        return linears.stream().filter(this::adapts);
    }

    /// {@return the rank of a layer's update}
    ///
    /// @param layer its full name
    public int rank(String layer) {
        return matching(rankPattern, layer, r);
    }

    /// {@return what multiplies a layer's update}
    ///
    /// @param layer its full name
    public float scale(String layer) {
        double rank = rank(layer);
        return (float) (matching(alphaPattern, layer, alpha) / (rankStabilized ? Math.sqrt(rank) : rank));
    }

    private static <T> T matching(Map<String, T> patterns, String layer, T otherwise) {
        return patterns.entrySet().stream()
                .filter(entry -> fits(entry.getKey(), layer))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(otherwise);
    }

    private static boolean fits(String key, String layer) {
        return pattern("(.*\\.)?(" + key + ")").matcher(layer).matches();
    }

    private static Pattern pattern(String expression) {
        try {
            return Pattern.compile(expression);
        } catch (PatternSyntaxException malformed) {
            throw new IllegalArgumentException("LoRA pattern \"" + expression + "\": " + malformed.getDescription(), malformed);
        }
    }
}
