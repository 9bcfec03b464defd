package dev.gatun.nn.optim;

import java.util.function.DoubleUnaryOperator;

/// How long a step is: a pure function from the number of a step, counted from 0, to η. Schedules begin with a warm-up that rises from 0 in a straight line.
///
/// ```
/// LearningRate.cosine(4e-3, 0, 1000, 50_000).changedAt(25_000, 0.5)     // the mid-training drop of arXiv:2406.02528
/// ```
///
/// The formulas are those of Hugging Face's and PyTorch's schedulers, beyond the last step as well: there the cosine rises again.
@FunctionalInterface
public interface LearningRate {
    /// {@return η of a step}
    ///
    /// @param step how many steps came before, 0 for the first
    double at(long step);

    /// {@return always the same}
    ///
    /// @param rate η
    static LearningRate constant(double rate) {
        return step -> rate;
    }

    /// {@return a warm-up, then always the same}
    ///
    /// @param peak η after the warm-up
    /// @param warmUp how many steps it takes
    static LearningRate constant(double peak, long warmUp) {
        return warmedUp(peak, warmUp, warmUp, progress -> peak);
    }

    /// {@return a warm-up, then a straight line down}
    ///
    /// @param peak η after the warm-up
    /// @param end what it falls to: η of the step after the last, and of all behind it
    /// @param warmUp how many steps the warm-up takes
    /// @param total how many steps there are, with the warm-up
    static LearningRate linear(double peak, double end, long warmUp, long total) {
        return polynomial(peak, end, 1, warmUp, total);
    }

    /// {@return a warm-up, then `end + (peak − end)·(1 − progress)^power`}
    ///
    /// @param peak η after the warm-up
    /// @param end what it falls to: η of the step after the last, and of all behind it
    /// @param power 1 for a straight line, more to fall faster at first
    /// @param warmUp how many steps the warm-up takes
    /// @param total how many steps there are, with the warm-up
    static LearningRate polynomial(double peak, double end, double power, long warmUp, long total) {
        return warmedUp(peak, warmUp, total, progress -> progress >= 1 ? end : end + (peak - end) * Math.pow(1 - progress, power));
    }

    /// {@return a warm-up, then half a cosine down: `end + (peak − end)·½(1 + cos(π·progress))`}
    ///
    /// @param peak η after the warm-up
    /// @param end what it falls to: η of the step after the last
    /// @param warmUp how many steps the warm-up takes
    /// @param total how many steps there are, with the warm-up
    static LearningRate cosine(double peak, double end, long warmUp, long total) {
        return warmedUp(peak, warmUp, total, progress -> end + (peak - end) * 0.5 * (1 + Math.cos(Math.PI * progress)));
    }

    /// Warm-up, stable, decay (arXiv:2404.06395): most of a training at one rate, so that it can go on from any of its checkpoints, and a short fall at the
    /// end.
    ///
    /// @param peak η between warm-up and decay
    /// @param end what it falls to: η of the step after the last, and of all behind it
    /// @param warmUp how many steps the warm-up takes
    /// @param decay how many steps the fall takes, a straight line
    /// @param total how many steps there are, with both
    /// @return the schedule
    static LearningRate warmUpStableDecay(double peak, double end, long warmUp, long decay, long total) {
        if (decay < 0 || warmUp + decay > total) {
            throw new IllegalArgumentException("warm-up of " + warmUp + " and decay of " + decay + " steps do not fit into " + total);
        }
        LearningRate stable = constant(peak, warmUp);
        LearningRate fall = linear(peak, end, 0, decay);
        return step -> step < total - decay ? stable.at(step) : step < total ? fall.at(step - (total - decay)) : end;
    }

    /// {@return falls by a factor again and again}
    ///
    /// @param rate η at first
    /// @param every after how many steps
    /// @param factor what is left of it
    static LearningRate stairs(double rate, long every, double factor) {
        if (every < 1) {
            throw new IllegalArgumentException("stairs of " + every + " steps — at least 1");
        }
        return step -> rate * Math.pow(factor, (double) Math.floorDiv(step, every));
    }

    /// {@return this one, multiplied from a step on}: with ½ at half of the steps, the mid-training drop of MatMul-free language models (arXiv:2406.02528).
    ///
    /// @param from the first step that is changed
    /// @param factor by which
    default LearningRate changedAt(long from, double factor) {
        return step -> step < from ? at(step) : at(step) * factor;
    }

    /// A warm-up, then what a function makes of the progress since: 0 after the warm-up, 1 at the end.
    private static LearningRate warmedUp(double peak, long warmUp, long total, DoubleUnaryOperator after) {
        if (warmUp < 0 || total < warmUp) {
            throw new IllegalArgumentException("warm-up of " + warmUp + " of " + total + " steps");
        }
        double rest = Math.max(1, total - warmUp);
        return step -> step < warmUp ? peak * step / warmUp : after.applyAsDouble((double) (step - warmUp) / rest);
    }
}
