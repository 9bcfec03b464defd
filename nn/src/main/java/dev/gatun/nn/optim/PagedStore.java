package dev.gatun.nn.optim;

import dev.gatun.tensor.Device;
import dev.gatun.tensor.Resident;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// State in a mapped file, of which a budget is in memory.
///
/// One thread brings runs and gives them up, in the order in which it is asked. It does nothing that the system would not do by itself when a page is touched
/// or memory is short; but it does it before, and to the pages that will not be needed soon.
final class PagedStore implements StateStore {
    /// What comes and goes at once.
    static final long RUN = 2L << 20;

    /// Two parts of a piece, each perhaps across the border of two runs.
    static final long LEAST = 4 * RUN;

    /// Elements from which on a part is worth it.
    private static final long SMALLEST = 100_000;

    private static final long ALIGNMENT = 64;

    private final Resident memory;
    private final FileChannel channel;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment file;
    private final List<Stored> parts = new ArrayList<>();
    private final long budget;
    private final ExecutorService pager = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("gatun-pager").factory());

    private final Set<Long> runs = new LinkedHashSet<>(); // in memory, the last used last
    private long resident;
    private long peak;
    private long pageIns;
    private long pageOuts;

    private PagedStore(FileChannel channel, long bytes, long budget, Device device, List<StatePart> all) throws IOException {
        this.channel = channel;
        this.budget = budget;
        memory = new Resident(device, "the state of an optimizer");
        file = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
        long at = 0;
        for (StatePart part : all) {
            if (isPaged(part)) {
                parts.add(new Stored(part, memory.view(file.asSlice(at, part.bytes()), part.dtype(), part.shape()), at));
                at += room(part);
            } else {
                parts.add(new Stored(part, memory.allocate(part.dtype(), part.shape()), -1));
            }
        }
    }

    private static boolean isPaged(StatePart part) {
        return part.per() == 1 && part.shape().size() >= SMALLEST;
    }

    private static long room(StatePart part) {
        return part.bytes() + ALIGNMENT - 1 & -ALIGNMENT;
    }

    /// @throws UncheckedIOException if there is no room for the file, or it cannot be made
    static PagedStore open(Path path, long budget, Device device, List<StatePart> all) {
        long bytes = all.stream()
                .filter(PagedStore::isPaged)
                .mapToLong(PagedStore::room)
                .reduce(0, Math::addExact);
        try {
            Path target = Files.isDirectory(path) ? Files.createTempFile(path, "gatun-", ".state") : path;
            FileChannel channel = create(target, target.equals(path));
            try {
                fill(channel, target, bytes);
                return new PagedStore(channel, bytes, budget, device, all);
            } catch (IOException | RuntimeException | Error e) {
                channel.close();
                throw e;
            }
        } catch (FileAlreadyExistsException e) {
            throw refused(path + " exists; the state of an optimizer is not written over it", e);
        } catch (IOException e) {
            throw refused(path + ": no file for " + bytes + " bytes of optimizer state: " + e.getMessage(), e);
        }
    }

    private static UncheckedIOException refused(String message, IOException cause) {
        return new UncheckedIOException(message, cause);
    }

    private static FileChannel create(Path file, boolean isNew) throws IOException {
        return FileChannel.open(
                file,
                isNew ? StandardOpenOption.CREATE_NEW : StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
    }

    /// Writes zeros: a page of a mapped file that has no place on the disk yet would kill the process where the disk is full.
    private static void fill(FileChannel channel, Path file, long bytes) throws IOException {
        long free = Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace();
        if (bytes > free) {
            throw new IOException("the disk has " + free + " bytes left; name a path on another");
        }
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) RUN);
        for (long at = 0; at < bytes; ) {
            zeros.clear().limit((int) Math.min(RUN, bytes - at));
            at += channel.write(zeros, at);
        }
    }

    @Override
    public List<Stored> parts() {
        return parts;
    }

    @Override
    public long pieceBytes() {
        return RUN;
    }

    // ---- coming and going ------------------------------------------------------------------

    @Override
    public void need(List<Extent> now, List<Extent> next) {
        Set<Long> wanted = runsOf(now);
        Set<Long> ahead = runsOf(next);
        ask(() -> bring(wanted, Set.of()));
        pager.execute(() -> bring(ahead, wanted));
    }

    @Override
    public void settle() {
        ask(this::giveUpAll);
    }

    private void ask(Runnable task) {
        try {
            CompletableFuture.runAsync(task, pager).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static Set<Long> runsOf(List<Extent> extents) {
        Set<Long> wanted = new LinkedHashSet<>();
        for (Extent extent : extents) {
            for (long run = extent.from() / RUN; run * RUN < extent.to(); run++) {
                wanted.add(run);
            }
        }
        return wanted;
    }

    /// Brings runs to memory. Those that find no room beside what is kept come later, when they are needed.
    private synchronized void bring(Set<Long> wanted, Set<Long> kept) {
        for (Long run : wanted) {
            if (runs.remove(run)) {
                runs.add(run);
            }
        }
        for (Long run : wanted) {
            if (!runs.contains(run) && makeRoom(bytes(run), wanted, kept)) {
                slice(run).load();
                runs.add(run);
                pageIns++;
                resident += bytes(run);
                peak = Math.max(peak, resident);
            }
        }
    }

    private boolean makeRoom(long bytes, Set<Long> wanted, Set<Long> kept) {
        Iterator<Long> oldest = runs.iterator();
        while (resident + bytes > budget && oldest.hasNext()) {
            Long run = oldest.next();
            if (!wanted.contains(run) && !kept.contains(run)) {
                slice(run).force();
                slice(run).unload();
                oldest.remove();
                pageOuts++;
                resident -= bytes(run);
            }
        }
        return resident + bytes <= budget;
    }

    /// Also of what was never asked for: others have read or written it.
    private synchronized void giveUpAll() {
        file.force();
        file.unload();
        pageOuts += runs.size();
        runs.clear();
        resident = 0;
    }

    private long bytes(long run) {
        return Math.min(RUN, file.byteSize() - run * RUN);
    }

    private MemorySegment slice(long run) {
        return file.asSlice(run * RUN, bytes(run));
    }

    @Override
    public synchronized Paging paging() {
        return new Paging(pageIns, pageOuts, resident, peak);
    }

    @Override
    public void close() {
        pager.close();
        memory.close();
        arena.close();
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
