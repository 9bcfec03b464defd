package dev.gatun.models.training;

import dev.gatun.tensor.CheckpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// The loss of a training, step by step: as a table for a spreadsheet and as a picture.
public final class LossCurve {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 400;
    private static final int LEFT = 56;
    private static final int BOTTOM = 40;
    private static final int TOP = 36;
    private static final int RIGHT = 16;

    /// A step.
    ///
    /// @param step its number, from 1
    /// @param loss of its batch, in nats per token
    /// @param heldOut of the held-out texts after it; NaN where it was not measured
    /// @param learningRate its rate
    /// @param gradientNorm the norm of its gradients before clipping
    /// @param tokensPerSecond how fast it was
    public record Point(long step, double loss, double heldOut, double learningRate, double gradientNorm, double tokensPerSecond) {}

    private final List<Point> points = new ArrayList<>();

    /// No steps yet.
    public LossCurve() {}

    /// Adds a step.
    ///
    /// @param point the step; points of the same or later steps are forgotten, as they are when a training goes on from an earlier checkpoint
    public void add(Point point) {
        points.removeIf(later -> later.step >= point.step);
        points.add(point);
    }

    /// {@return all steps}
    public List<Point> points() {
        return List.copyOf(points);
    }

    /// {@return the curve as a table with a header}
    public String csv() {
        var text = new StringBuilder("step,loss,held_out_loss,learning_rate,gradient_norm,tokens_per_second\n");
        for (Point p : points) {
            String heldOut = Double.isNaN(p.heldOut) ? "" : String.format(Locale.ROOT, "%.6f", p.heldOut);
            line(text, "%d,%.6f,%s,%.6g,%.6g,%.1f", p.step, p.loss, heldOut, p.learningRate, p.gradientNorm, p.tokensPerSecond);
        }
        return text.toString();
    }

    /// Reads a table that was written before, to go on with it.
    ///
    /// @param file written by [#write]
    /// @param upTo the last step to take
    /// @return the curve up to there; empty if there is no such file
    public static LossCurve read(Path file, long upTo) {
        LossCurve curve = new LossCurve();
        if (Files.exists(file)) {
            try {
                Files.readAllLines(file).stream()
                        .skip(1)
                        .map(line -> line.split(",", -1))
                        .filter(cells -> cells.length == 6)
                        .forEach(cells -> {
                            long step = Long.parseLong(cells[0]);
                            if (step <= upTo) {
                                curve.points.add(new Point(
                                        step,
                                        Double.parseDouble(cells[1]),
                                        cells[2].isEmpty() ? Double.NaN : Double.parseDouble(cells[2]),
                                        Double.parseDouble(cells[3]),
                                        Double.parseDouble(cells[4]),
                                        Double.parseDouble(cells[5])));
                            }
                        });
            } catch (IOException | NumberFormatException damaged) {
                throw new CheckpointException(file + ": is no table of losses — " + damaged.getMessage(), damaged);
            }
        }
        return curve;
    }

    /// Writes `loss.csv` and `loss.svg`.
    ///
    /// @param directory where
    /// @param title above the picture
    /// @throws CheckpointException if they cannot be written
    public void write(Path directory, String title) {
        try {
            Files.createDirectories(directory);
            replace(directory.resolve("loss.csv"), csv());
            if (!points.isEmpty()) {
                replace(directory.resolve("loss.svg"), svg(title));
            }
        } catch (IOException failure) {
            throw new CheckpointException(directory + ": the loss curve cannot be written — " + failure.getMessage(), failure);
        }
    }

    private static void replace(Path file, String text) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.writeString(part, text, StandardCharsets.UTF_8);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static double axisEnd(double value, double step, boolean up) {
        return (up ? Math.ceil(value / step) : Math.floor(value / step)) * step;
    }

    /// {@return the curve as a picture}: each step's loss in grey, its running mean in blue, the held-out loss in orange
    ///
    /// @param title above it
    public String svg(String title) {
        double low = points.stream()
                .mapToDouble(p -> Double.isNaN(p.heldOut) ? p.loss : Math.min(p.loss, p.heldOut))
                .min()
                .orElse(0);
        double high = points.stream()
                .mapToDouble(p -> Double.isNaN(p.heldOut) ? p.loss : Math.max(p.loss, p.heldOut))
                .max()
                .orElse(1);
        double unit = tick(Math.max(1e-3, high - low) / 6);
        double bottom = axisEnd(low, unit, false);
        double top = Math.max(bottom + unit, axisEnd(high, unit, true));
        long last = points.isEmpty() ? 1 : points.getLast().step;
        var out = new StringBuilder();
        line(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">", WIDTH, HEIGHT);
        line(out, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", WIDTH, HEIGHT);
        line(out, "<text x=\"%d\" y=\"22\" font-size=\"15\">%s</text>", LEFT, escaped(title));
        for (double value = bottom; value <= top + unit / 2; value += unit) {
            double y = y(value, bottom, top);
            line(out, "<path d=\"M%d %.1fH%d\" stroke=\"#dddddd\"/>", LEFT, y, WIDTH - RIGHT);
            line(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>", LEFT - 6, y + 4, number(value));
        }
        double steps = tick(last / 6.0);
        for (double step = 0; step <= last; step += steps) {
            line(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>", x(step, last), HEIGHT - BOTTOM + 18, number(step));
        }
        line(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step</text>", (LEFT + WIDTH) / 2, HEIGHT - 6);
        path(out, points, last, bottom, top, Point::loss, "#c8c8c8", 1);
        path(out, smoothed(), last, bottom, top, Point::loss, "#1f6fb4", 2);
        path(out, points.stream().filter(p -> !Double.isNaN(p.heldOut)).toList(), last, bottom, top, Point::heldOut, "#e07b1a", 2);
        line(
                out,
                "<text x=\"%d\" y=\"22\" text-anchor=\"end\"><tspan fill=\"#1f6fb4\">training</tspan> <tspan fill=\"#e07b1a\">held out</tspan> nats/token</text>",
                WIDTH - RIGHT);
        return out.append("</svg>\n").toString();
    }

    private List<Point> smoothed() {
        List<Point> smooth = new ArrayList<>();
        double mean = 0; // the first step counts wholly
        for (Point p : points) {
            mean += (p.loss - mean) * Math.max(0.03, 1.0 / (smooth.size() + 1));
            smooth.add(new Point(p.step, mean, p.heldOut, p.learningRate, p.gradientNorm, p.tokensPerSecond));
        }
        return smooth;
    }

    private static void path(
            StringBuilder out, List<Point> points, long last, double bottom, double top, ToDoubleFunction<Point> value, String colour, int width) {
        if (points.isEmpty()) {
            return;
        }
        int every = Math.max(1, points.size() / 1200);
        var d = new StringBuilder();
        for (int i = 0; i < points.size(); i += every) {
            Point p = points.get(i);
            d.append(String.format(Locale.ROOT, "%c%.1f %.1f", i == 0 ? 'M' : 'L', x((double) p.step, last), y(value.applyAsDouble(p), bottom, top)));
        }
        line(out, "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%d\"/>", d, colour, width);
    }

    private static double x(double step, long last) {
        return LEFT + step / last * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double value, double bottom, double top) {
        return HEIGHT - BOTTOM - (value - bottom) / (top - bottom) * (HEIGHT - BOTTOM - TOP);
    }

    /// The next of 1, 2, 5, 10, 20, …
    private static double tick(double about) {
        double power = Math.pow(10, Math.floor(Math.log10(about)));
        return about <= power ? power : about <= 2 * power ? 2 * power : about <= 5 * power ? 5 * power : 10 * power;
    }

    private static String number(double value) {
        return Math.abs(value - Math.rint(value)) < 1e-9 ? Long.toString(Math.round(value)) : String.format(Locale.ROOT, "%.3g", value);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static void line(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
