package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Device;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/// Does a device compute what it should? Every kernel of the core families, and the products with the weight formats that are there, on seeded random
/// inputs of ugly sizes at odd addresses, against the scalar reference.
///
/// The contract tests run it, and so can a user on the machine where something looks wrong. All of
/// it takes a few seconds.
///
/// ```
/// KernelCheck.run(Device.cpu()).forEach(System.out::println)
/// ```
public final class KernelCheck {

    /// How far a kernel was off, in the case where it came closest to its tolerance or passed it.
    ///
    /// @param kernel its name, as in [#kernels()]
    /// @param worstCase the sizes of that case
    /// @param worstError how far off; relative to the element, or to the largest element where
    ///     sums cancel; the number of wrong elements where bits should be equal
    /// @param tolerance how far it may be off; 0 where bits should be equal
    public record Result(String kernel, String worstCase, double worstError, double tolerance) {
        /// {@return whether the kernel computes what it should}
        public boolean ok() {
            return worstError <= tolerance;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%s %s: %.2g of %.2g at %s", ok() ? "ok  " : "FAIL", kernel, worstError, tolerance, worstCase);
        }
    }

    private static final Map<String, KernelCases.Case> ALL = all();

    private KernelCheck() {}

    private static Map<String, KernelCases.Case> all() {
        Map<String, KernelCases.Case> all = new LinkedHashMap<>(KernelCases.ALL);
        for (WeightCases cases : ServiceLoader.load(WeightCases.class, KernelCheck.class.getClassLoader())) {
            new TreeMap<>(cases.formats()).forEach((name, format) -> all.put(name, probe -> ProductCases.weight(probe, format)));
        }
        return all;
    }

    /// {@return the names of all kernels that are checked}
    public static List<String> kernels() {
        return List.copyOf(ALL.keySet());
    }

    /// {@return how far each kernel of a device is from the reference}
    ///
    /// @param device to be checked
    public static List<Result> run(Device device) {
        return kernels().stream().map(kernel -> run(kernel, device)).toList();
    }

    /// {@return how far one kernel of a device is from the reference}
    ///
    /// @param kernel one of [#kernels()]
    /// @param device to be checked
    public static Result run(String kernel, Device device) {
        return check(kernel, new Probe(Device.reference(), device, false));
    }

    /// Whether two devices compute the same bits, as CPU devices of different numbers of threads
    /// must.
    ///
    /// @param one a device
    /// @param other another
    /// @return a result per kernel; the tolerance is 0
    public static List<Result> sameBits(Device one, Device other) {
        return kernels().stream().map(kernel -> sameBits(kernel, one, other)).toList();
    }

    /// Whether one kernel computes the same bits on two devices.
    ///
    /// @param kernel one of [#kernels()]
    /// @param one a device
    /// @param other another
    /// @return its result; the tolerance is 0
    public static Result sameBits(String kernel, Device one, Device other) {
        return check(kernel, new Probe(one, other, true));
    }

    private static Result check(String kernel, Probe probe) {
        KernelCases.Case cases = ALL.get(kernel);
        if (cases == null) {
            throw new IllegalArgumentException("no kernel \"" + kernel + "\" is checked; there are " + kernels());
        }
        cases.run(probe);
        return probe.result(kernel);
    }
}
