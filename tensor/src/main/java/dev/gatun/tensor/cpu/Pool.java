package dev.gatun.tensor.cpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The worker threads of one device.
///
/// [#run] splits `[0, n)` into chunks that the caller and the workers take from a shared counter,
/// so that a thread that loses its core delays only the chunk it holds. A worker that finds no
/// work spins for a few tens of microseconds (the layers of one token follow each other within
/// that time), then parks.
///
/// Any number of threads may call [#run]. While one region is running, another caller, or a body
/// that calls [#run] again, does its whole region alone. Nothing is ever queued.
///
/// Chunks may run in any order and on any worker, so a body's results must not depend on where a
/// chunk ends: see the kernels, whose reduction order is fixed per output element.
public final class Pool implements AutoCloseable {
    /// The work of one region.
    @FunctionalInterface
    public interface Body {
        /// Does the items `[from, to)`. `worker` names the scratch that no other thread uses now.
        void run(long from, long to, int worker);
    }

    /// One call of [#run]: fresh each time, so that a worker that wakes late can only find its
    /// counter exhausted and never touches the next region's.
    private static final class Region {
        final Body body;
        final long n;
        final long grain;
        final int threads;
        volatile long next;
        volatile int active;
        volatile @Nullable Throwable failure;

        Region(Body body, long n, long grain, int threads) {
            this.body = body;
            this.n = n;
            this.grain = grain;
            this.threads = threads;
        }

        /// Takes chunks until none is left. A chunk is a share of what remains, never less than
        /// the grain: few hand-outs at first, an even finish at the end.
        void work(int worker) {
            try {
                long from = next;
                while (from < n) {
                    long share = (n - from) / (SHARES * (long) threads) / grain * grain;
                    long to = Math.min(n, from + Math.max(grain, share));
                    long seen = (long) NEXT.compareAndExchange(this, from, to);
                    if (seen == from) {
                        body.run(from, to, worker);
                        from = next;
                    } else {
                        from = seen;
                    }
                }
            } catch (Throwable thrown) {
                FAILURE.compareAndSet(this, null, thrown);
                next = n;
            }
        }
    }

    private static final int SHARES = 4;
    private static final long SPIN_NANOS = 30_000;

    /// Callers that may run alone at once, each with its own scratch; more wait for a slot.
    private static final int SOLO = 64;

    private static final int STASH = 16;

    private static final VarHandle NEXT;
    private static final VarHandle ACTIVE;
    private static final VarHandle FAILURE;
    private static final VarHandle OWNED;
    private static final VarHandle SOLOISTS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            NEXT = lookup.findVarHandle(Region.class, "next", long.class);
            ACTIVE = lookup.findVarHandle(Region.class, "active", int.class);
            FAILURE = lookup.findVarHandle(Region.class, "failure", Throwable.class);
            OWNED = lookup.findVarHandle(Pool.class, "owned", boolean.class);
            SOLOISTS = lookup.findVarHandle(Pool.class, "soloists", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int threads;
    private final Worker[] workers;
    private final float[][] scratch;
    private final AtomicReferenceArray<float @Nullable []> stash = new AtomicReferenceArray<>(STASH);

    private volatile @Nullable Region region;

    @SuppressWarnings("unused") // through OWNED
    private volatile boolean owned;

    private volatile long soloists;
    private volatile boolean closed;

    /// A pool of `threads` threads, the caller of [#run] included.
    ///
    /// @throws IllegalArgumentException if `threads` is not positive
    public Pool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads=" + threads + " — at least 1 is needed");
        }
        this.threads = threads;
        this.scratch = new float[threads + SOLO][0];
        this.workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].start();
        }
    }

    /// How many threads work on a region, the caller included.
    public int threads() {
        return threads;
    }

    /// How many different `worker` numbers a body may be given.
    public int slots() {
        return threads + SOLO;
    }

    /// Runs `body` over `[0, n)` and returns when all of it is done. Chunks start at multiples of
    /// `grain`. What a body throws is thrown here, and the chunks not yet begun are dropped.
    ///
    /// Everything written before the call is visible to the body, and everything the body wrote is
    /// visible after it.
    public void run(long n, long grain, Body body) {
        if (n <= 0) {
            return;
        }
        if (grain < 1) {
            throw new IllegalArgumentException("grain=" + grain + " — at least 1 is needed");
        }
        if (threads > 1 && n > grain && !closed && OWNED.compareAndSet(this, false, true)) {
            together(new Region(body, n, grain, threads));
        } else {
            alone(n, body);
        }
    }

    private void together(Region work) {
        try {
            region = work;
            for (Worker worker : workers) {
                if (worker.parked) {
                    LockSupport.unpark(worker);
                }
            }
            work.work(0);
            region = null;
            int spins = 0;
            while (work.active != 0) {
                if (++spins < 10_000) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield(); // the worker has lost its core: give it ours
                }
            }
        } finally {
            owned = false;
        }
        Throwable failure = work.failure;
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        if (failure != null) {
            throw new IllegalStateException(failure); // a body cannot throw a checked exception
        }
    }

    private void alone(long n, Body body) {
        int slot = claim();
        try {
            body.run(0, n, threads + slot);
        } finally {
            SOLOISTS.getAndBitwiseAnd(this, ~(1L << slot));
        }
    }

    private int claim() {
        while (true) {
            long taken = soloists;
            int slot = Long.numberOfTrailingZeros(~taken);
            if (slot == SOLO) {
                Thread.yield();
            } else if (SOLOISTS.compareAndSet(this, taken, taken | 1L << slot)) {
                return slot;
            }
        }
    }

    /// The scratch of `worker`, at least `length` floats of unspecified content, for the chunk it
    /// is running. Calling it again may return the same array: one owner at a time.
    public float[] scratch(int worker, int length) {
        float[] array = scratch[worker];
        if (array.length < length) {
            array = new float[length];
            scratch[worker] = array;
        }
        return array;
    }

    /// An array of at least `length` floats of unspecified content, for a region's shared operand.
    /// Hand it back with [#giveBack] so that the next region need not allocate.
    public float[] borrow(int length) {
        for (int i = 0; i < STASH; i++) {
            float[] array = stash.get(i);
            if (array != null && array.length >= length && stash.compareAndSet(i, array, null)) {
                return array;
            }
        }
        return new float[length];
    }

    /// Returns what [#borrow] lent. When the stash is full the smaller array is forgotten.
    public void giveBack(float[] array) {
        for (int i = 0; i < STASH; i++) {
            float[] old = stash.get(i);
            if ((old == null || old.length < array.length) && stash.compareAndSet(i, old, array)) {
                return;
            }
        }
    }

    /// Ends the workers. A region that is running is finished; later ones run on their caller.
    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
        }
    }

    private final class Worker extends Thread {
        private final int index;
        volatile boolean parked;

        Worker(int index) {
            super("gatun-worker-" + index);
            this.index = index;
            setDaemon(true);
        }

        @Override
        public void run() {
            Region last = null;
            while (true) {
                Region work = await(last);
                if (work == null) {
                    return;
                }
                ACTIVE.getAndAdd(work, 1);
                work.work(index);
                ACTIVE.getAndAdd(work, -1);
                last = work;
            }
        }

        /// The next region after `last`, or null when the pool is closed.
        private @Nullable Region await(@Nullable Region last) {
            int spins = 0;
            long began = 0;
            while (true) {
                Region work = region;
                if (work != null && work != last) {
                    return work;
                }
                if (closed) {
                    return null;
                }
                Thread.onSpinWait();
                if ((++spins & 63) != 0) {
                    continue;
                }
                long now = System.nanoTime();
                if (began == 0) {
                    began = now;
                } else if (now - began > SPIN_NANOS) {
                    parked = true;
                    work = region;
                    if (!closed && (work == null || work == last)) {
                        LockSupport.park(Pool.this);
                    }
                    parked = false;
                    began = 0;
                }
            }
        }
    }
}
