import java.util.Locale;

/// A line on standard error that is written over again and again.
final class Progress {
    private static final int BAR = 24;

    private final long steps;
    private final long from;
    private final long start = System.nanoTime();
    private final boolean terminal =
            System.console() != null && System.console().isTerminal();
    private double speed;
    private long shown;

    Progress(long steps, long from) {
        this.steps = steps;
        this.from = from;
    }

    void show(long step, double loss, double heldOut, int tokens, double seconds) {
        double now = tokens / seconds;
        speed = speed == 0 ? now : speed + (now - speed) * 0.1;
        boolean due = step == steps || System.nanoTime() - shown > (terminal ? 200_000_000L : 10_000_000_000L) || !Double.isNaN(heldOut);
        if (!due) {
            return;
        }
        shown = System.nanoTime();
        long left = (long) ((System.nanoTime() - start) / 1e9 / (step - from) * (steps - step));
        int full = (int) (BAR * step / steps);
        String text = String.format(
                Locale.ROOT,
                "%6d/%d [%s%s] loss %.4f%s  %,.0f tokens/s  %d:%02d:%02d left  %,d MB",
                step,
                steps,
                "#".repeat(full),
                ".".repeat(BAR - full),
                loss,
                Double.isNaN(heldOut) ? "" : String.format(Locale.ROOT, "  held out %.4f", heldOut),
                speed,
                left / 3600,
                left / 60 % 60,
                left % 60,
                Training.residentBytes() / 1_000_000);
        System.err.print(terminal ? "\r" + text + "  " : text + "\n");
    }

    void line(String text) {
        if (terminal || !text.isEmpty()) {
            System.err.println(text);
        }
    }
}
