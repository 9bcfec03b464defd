package dev.gatun.tensor;

import dev.gatun.tensor.kernels.CopyKernels;
import dev.gatun.tensor.ops.Elementwise;
import dev.gatun.tensor.ops.Matmul;
import dev.gatun.tensor.ops.Reductions;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Dense values to compute with: a typed, shaped view of memory on one device.
///
/// Views (`reshape`, `slice`, `transpose`, `broadcastTo`, …) share the bytes of what they are views
/// of. Operations return new tensors in the memory of their first operand: in a [Workspace] they
/// die with its step, in [Collected] memory with their last reference.
///
/// ```
/// var a = Tensor.of(1, 2, 3);
/// a.add(a)                      // f32[3] {2.0, 4.0, 6.0}
/// ```
///
/// | method | means |
/// |---|---|
/// | `of`, `zeros` | new from values |
/// | `reshape`, `slice`, `transpose`, … | a view, no copy |
/// | `contiguous` | itself, or a copy if its elements do not lie row by row |
/// | `like` | unfilled, in the same memory |
/// | `to`, `copyTo` | a copy |
/// | verbs | an operation |
public final class Tensor {
    private final Buffer buffer;
    private final long offset;
    private final DType dtype;
    private final Shape shape;
    private final long[] strides;
    private final Memory memory;
    private final long epoch;
    private final @Nullable Node node;

    Tensor(Buffer buffer, long offset, DType dtype, Shape shape, Memory memory) {
        this(buffer, offset, dtype, shape, rowMajor(shape), memory, memory.epoch(), null);
    }

    private Tensor(Buffer buffer, long offset, DType dtype, Shape shape, long[] strides, Memory memory, long epoch, @Nullable Node node) {
        this.buffer = buffer;
        this.offset = offset;
        this.dtype = dtype;
        this.shape = shape;
        this.strides = strides;
        this.memory = memory;
        this.epoch = epoch;
        this.node = node;
    }

    // ---- new -------------------------------------------------------------------------------

    /// {@return a vector of these values, on the CPU, managed by the garbage collector}
    ///
    /// @param values its elements
    public static Tensor of(float... values) {
        return Memory.collected(Device.cpu()).floats(values);
    }

    /// {@return a tensor of these values, on the CPU, managed by the garbage collector}
    ///
    /// @param shape its shape
    /// @param values its elements, row-major
    public static Tensor of(Shape shape, float... values) {
        return Memory.collected(Device.cpu()).floats(values, shape.dims());
    }

    /// {@return an `i32` vector of these values, on the CPU, managed by the garbage collector}
    ///
    /// @param values its elements
    public static Tensor ofInts(int... values) {
        return Memory.collected(Device.cpu()).ints(values);
    }

    /// {@return an `f32` tensor of zeros, on the CPU, managed by the garbage collector}
    ///
    /// @param dims its dimensions
    public static Tensor zeros(long... dims) {
        return Memory.collected(Device.cpu()).allocate(DType.F32, dims);
    }

    /// {@return an unfilled tensor of the same type and shape in the same memory}
    public Tensor like() {
        return like(dtype, shape);
    }

    /// {@return an unfilled tensor of the same type in the same memory}
    ///
    /// @param dims its dimensions
    public Tensor like(long... dims) {
        return like(dtype, Shape.of(dims));
    }

    /// {@return an unfilled tensor in the same memory}
    ///
    /// @param type its element type
    /// @param size its shape
    /// @throws IllegalStateException if this tensor lives in [Resident] memory, which holds no
    ///     results
    public Tensor like(DType type, Shape size) {
        requireAlive();
        return memory.result(type, size, this);
    }

    // ---- what it is ------------------------------------------------------------------------

    /// {@return its shape}
    public Shape shape() {
        return shape;
    }

    /// {@return dimension `axis`; -1 is the innermost}
    ///
    /// @param axis which
    public long dim(int axis) {
        return shape.dim(axis);
    }

    /// {@return how many dimensions it has}
    public int rank() {
        return shape.rank();
    }

    /// {@return how many elements it has}
    public long size() {
        return shape.size();
    }

    /// {@return the type of its elements}
    public DType dtype() {
        return dtype;
    }

    /// {@return where it is}
    public Device device() {
        return buffer.device();
    }

    /// {@return the memory it lives in}
    public Memory memory() {
        return memory;
    }

    /// {@return how far apart neighbours along `axis` lie, in elements}
    ///
    /// @param axis which
    public long stride(int axis) {
        return strides[shape.axis(axis)];
    }

    /// {@return whether its elements lie row by row without gaps}
    public boolean isContiguous() {
        long expected = 1;
        for (int i = strides.length - 1; i >= 0; i--) {
            long dim = shape.dim(i);
            if (dim != 1 && strides[i] != expected) {
                return false;
            }
            expected *= dim;
        }
        return true;
    }

    /// {@return dtype and shape as messages show them: `f32[2,3]`}
    public String describe() {
        return dtype + shape.toString();
    }

    /// The memory, for kernels.
    ///
    /// @return it, alive
    /// @throws IllegalStateException if this tensor is dead
    public Buffer buffer() {
        requireAlive();
        return buffer;
    }

    /// {@return where in the buffer its first element is, in bytes}
    public long byteOffset() {
        return offset;
    }

    // ---- recording -------------------------------------------------------------------------

    /// {@return whether it is, or depends on, a [Parameter], as far as a tape or [Collected] memory knows}
    public boolean isTracked() {
        return node != null;
    }

    /// {@return the same elements, unknown to any tape: no gradient flows through here}
    public Tensor detach() {
        return node == null ? this : tracked(null);
    }

    Tensor tracked(@Nullable Node as) {
        return new Tensor(buffer, offset, dtype, shape, strides, memory, epoch, as);
    }

    @Nullable
    Node node() {
        return node;
    }

    /// All of the tensor that this is a view of.
    Tensor whole(Node of) {
        return new Tensor(buffer, of.offset, dtype, of.shape, rowMajor(of.shape), memory, epoch, of);
    }

    /// The elements of this gradient that belong to a view of what it is the gradient of.
    Tensor viewLike(Tensor x, Node of) {
        return view(offset + x.offset - of.offset, x.shape, x.strides);
    }

    private void requireAlive() {
        if (epoch != memory.epoch()) {
            throw new IllegalStateException(describe() + " belongs to step " + epoch + "; its workspace is at step " + memory.epoch());
        }
        if (!buffer.isAlive()) {
            throw new IllegalStateException(describe() + " — its memory was closed");
        }
    }

    // ---- views -----------------------------------------------------------------------------

    /// The same elements in another shape. One dimension may be -1: what is left.
    ///
    /// @param dims the new dimensions
    /// @return a view
    /// @throws ShapeException if the sizes differ, or the elements do not lie row by row
    public Tensor reshape(long... dims) {
        long[] wanted = dims.clone();
        int open = -1;
        long known = 1;
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i] == -1 && open < 0) {
                open = i;
            } else {
                known *= wanted[i];
            }
        }
        if (open >= 0) {
            wanted[open] = known == 0 ? 0 : size() / known;
        }
        Shape target = Shape.of(wanted);
        if (target.size() != size()) {
            throw new ShapeException("reshape: " + describe() + " to " + Arrays.toString(dims) + " — it has " + size() + " elements");
        }
        if (!isContiguous()) {
            throw new ShapeException("reshape: " + describe() + " is a view whose elements do not lie row by row; call" + " contiguous() first");
        }
        return view(offset, target, rowMajor(target));
    }

    /// Elements `from` to `to` (exclusive) along an axis.
    ///
    /// @param axis which
    /// @param from first
    /// @param to behind the last
    /// @return a view
    public Tensor slice(int axis, long from, long to) {
        int a = shape.axis(axis);
        if (from < 0 || to < from || to > shape.dim(a)) {
            throw new ShapeException("slice: " + from + " to " + to + " of axis " + axis + " of " + describe());
        }
        return view(offset + from * strides[a] * dtype.bytes(), shape.with(a, to - from), strides);
    }

    /// Element `index` along an axis, which goes away.
    ///
    /// @param axis which
    /// @param index which element
    /// @return a view of one dimension less
    public Tensor select(int axis, long index) {
        int a = shape.axis(axis);
        if (index < 0 || index >= shape.dim(a)) {
            throw new ShapeException("select: " + index + " of axis " + axis + " of " + describe());
        }
        long[] rest = new long[strides.length - 1];
        for (int i = 0; i < rest.length; i++) {
            rest[i] = strides[i < a ? i : i + 1];
        }
        return view(offset + index * strides[a] * dtype.bytes(), shape.without(a), rest);
    }

    /// Two axes exchanged.
    ///
    /// @param axis one
    /// @param other the other
    /// @return a view
    public Tensor transpose(int axis, int other) {
        int a = shape.axis(axis);
        int b = shape.axis(other);
        long[] swapped = strides.clone();
        swapped[a] = strides[b];
        swapped[b] = strides[a];
        return view(offset, shape.with(a, shape.dim(b)).with(b, shape.dim(a)), swapped);
    }

    /// The last two axes exchanged: `aᵀ`.
    ///
    /// @return a view
    public Tensor transpose() {
        return transpose(-2, -1);
    }

    /// This tensor repeated along new axes in front and along axes of size 1, without a copy.
    ///
    /// @param target the shape to broadcast to
    /// @return a view
    /// @throws ShapeException if it does not broadcast to that shape
    public Tensor broadcastTo(Shape target) {
        if (target.equals(shape)) {
            return this;
        }
        if (!shape.broadcast(target).equals(target)) {
            throw new ShapeException("broadcastTo: " + describe() + " to " + target);
        }
        long[] spread = new long[target.rank()];
        int added = target.rank() - rank();
        for (int i = 0; i < rank(); i++) {
            spread[added + i] = shape.dim(i) == 1 && target.dim(added + i) != 1 ? 0 : strides[i];
        }
        return view(offset, target, spread);
    }

    /// The last axis cut into heads: `[…, n·d]` as `[…, n, d]`.
    ///
    /// @param n how many
    /// @return a view
    public Tensor heads(long n) {
        long width = dim(-1);
        if (n <= 0 || width % n != 0) {
            throw new ShapeException("heads: " + describe() + " into " + n + " heads");
        }
        long[] dims = Arrays.copyOf(shape.dims(), rank() + 1);
        dims[rank() - 1] = n;
        dims[rank()] = width / n;
        return reshape(dims);
    }

    /// The inverse of [#heads(long)]: `[…, n, d]` as `[…, n·d]`.
    ///
    /// @return a view
    public Tensor mergeHeads() {
        long[] dims = Arrays.copyOf(shape.dims(), rank() - 1);
        dims[rank() - 2] = dim(-2) * dim(-1);
        return reshape(dims);
    }

    private Tensor view(long from, Shape size, long[] steps) {
        return new Tensor(buffer, from, dtype, size, steps, memory, epoch, node);
    }

    private static long[] rowMajor(Shape shape) {
        long[] strides = new long[shape.rank()];
        long next = 1;
        for (int i = strides.length - 1; i >= 0; i--) {
            strides[i] = next;
            next *= shape.dim(i);
        }
        return strides;
    }

    // ---- copies ----------------------------------------------------------------------------

    /// {@return itself if its elements lie row by row, or a copy in which they do}
    public Tensor contiguous() {
        if (isContiguous()) {
            return this;
        }
        Tensor copy = like();
        copy.set(detach());
        return Tape.record(copy, (dy, adjoints) -> adjoints.add(this, dy), this);
    }

    /// Converts to another element type: rounding to nearest even, saturating to integers. No gradient flows through a conversion.
    ///
    /// @param type the type of the copy
    /// @return itself if it is of that type, or a copy
    public Tensor to(DType type) {
        if (type == dtype) {
            return this;
        }
        Tensor copy = like(type, shape);
        copy.set(detach());
        return copy;
    }

    /// Copies into another memory on the same device.
    ///
    /// @param target where
    /// @return the copy, contiguous
    public Tensor copyTo(Memory target) {
        Tensor copy = target.allocate(dtype, shape);
        copy.set(detach());
        return Tape.record(copy, (dy, adjoints) -> adjoints.add(this, dy), this);
    }

    /// Overwrites this tensor, converting if the types differ.
    ///
    /// No tape knows of it, nor of [#fill] and [#write]. A derivative reads the values that its operation was given: where a tape records, what went into
    /// an operation must stay as it is until the tape went back.
    ///
    /// @param source of the same shape on the same device
    /// @throws ShapeException if the shapes differ
    /// @throws IllegalStateException if a tape records here and the source depends on a parameter: its gradient would be lost
    public void set(Tensor source) {
        if (!source.shape.equals(shape)) {
            throw new ShapeException("set: " + describe() + " from " + source.describe());
        }
        if (Tape.records(this, source)) {
            throw new IllegalStateException("set: " + describe() + " from " + source.describe()
                    + ", which depends on a parameter: no gradient would flow back to it; copyTo(memory) or Joins are recorded, detach() allows it");
        }
        device().kernels(CopyKernels.class).copy(this, source);
    }

    /// Overwrites all elements with one value, whatever they were; see [#set] for where a tape records.
    ///
    /// @param value of every element
    /// @throws ShapeException if this is not a contiguous `f32`
    public void fill(float value) {
        if (dtype != DType.F32 || !isContiguous()) {
            throw new ShapeException("fill: " + describe() + " — want a contiguous f32 tensor");
        }
        device().kernels(CopyKernels.class).fill(this, value);
    }

    /// Overwrites this tensor with values of the heap, row-major; see [#set] for where a tape records.
    ///
    /// @param values as many as it has elements
    /// @throws ShapeException if it is not a contiguous `f32` of that size
    public void write(float[] values) {
        requireTransfer(DType.F32, values.length);
        device().kernels(CopyKernels.class).write(this, values);
    }

    /// Overwrites this tensor with values of the heap, row-major; see [#set] for where a tape records.
    ///
    /// @param values as many as it has elements
    /// @throws ShapeException if it is not a contiguous `i32` of that size
    public void write(int[] values) {
        requireTransfer(DType.I32, values.length);
        device().kernels(CopyKernels.class).write(this, values);
    }

    private void requireTransfer(DType type, int length) {
        if (dtype != type || !isContiguous() || size() != length) {
            throw new ShapeException("write: " + type + "[" + length + "] values into " + describe());
        }
    }

    /// {@return its elements as `float`, row-major, in a new array}
    public float[] toArray() {
        float[] values = new float[Math.toIntExact(size())];
        read(values);
        return values;
    }

    /// Copies its elements to the heap, row-major, converted to `float`.
    ///
    /// @param values as many as it has elements
    /// @throws ShapeException if they are not as many
    public void read(float[] values) {
        if (values.length != size()) {
            throw new ShapeException("read: " + describe() + " into " + values.length + " values");
        }
        Tensor source = memory instanceof Resident ? copyTo(Memory.collected(device())) : this;
        device().kernels(CopyKernels.class).read(values, source.to(DType.F32).contiguous());
    }

    /// {@return its elements as `int`, row-major, in a new array}
    public int[] toInts() {
        int[] values = new int[Math.toIntExact(size())];
        Tensor source = memory instanceof Resident ? copyTo(Memory.collected(device())) : this;
        device().kernels(CopyKernels.class).read(values, source.to(DType.I32).contiguous());
        return values;
    }

    /// {@return one element}
    ///
    /// @param index its place, one number per axis
    public float get(long... index) {
        if (index.length != rank()) {
            throw new ShapeException("get: " + Arrays.toString(index) + " of " + describe());
        }
        Tensor element = this;
        for (long i : index) {
            element = element.select(0, i);
        }
        return element.toArray()[0];
    }

    // ---- operations ------------------------------------------------------------------------

    /// {@return this + b, broadcast}
    ///
    /// @param b the other operand
    public Tensor add(Tensor b) {
        return Elementwise.add(this, b);
    }

    /// {@return this − b, broadcast}
    ///
    /// @param b the other operand
    public Tensor sub(Tensor b) {
        return Elementwise.sub(this, b);
    }

    /// {@return this · b element by element, broadcast}
    ///
    /// @param b the other operand
    public Tensor mul(Tensor b) {
        return Elementwise.mul(this, b);
    }

    /// {@return this / b element by element, broadcast}
    ///
    /// @param b the other operand
    public Tensor div(Tensor b) {
        return Elementwise.div(this, b);
    }

    /// {@return this + b}
    ///
    /// @param b added to every element
    public Tensor add(float b) {
        return Elementwise.affine(this, 1, b);
    }

    /// {@return this · factor}
    ///
    /// @param factor multiplies every element
    public Tensor scale(float factor) {
        return Elementwise.affine(this, factor, 0);
    }

    /// {@return −this}
    public Tensor neg() {
        return scale(-1);
    }

    /// {@return the matrix product `[…,M,K] · […,K,N] = […,M,N]`, leading axes broadcast}
    ///
    /// @param b the right operand
    public Tensor matmul(Tensor b) {
        return Matmul.matmul(this, b);
    }

    /// {@return the sum of all elements, a scalar}
    public Tensor sum() {
        return Reductions.sum(contiguous().reshape(size()), 0);
    }

    /// {@return the sums along an axis, which goes away}
    ///
    /// @param axis which
    public Tensor sum(int axis) {
        return Reductions.sum(this, axis);
    }

    /// {@return the means along an axis, which goes away}
    ///
    /// @param axis which
    public Tensor mean(int axis) {
        return Reductions.mean(this, axis);
    }

    /// {@return the largest elements along an axis, which goes away}
    ///
    /// @param axis which
    public Tensor max(int axis) {
        return Reductions.max(this, axis);
    }

    /// {@return the smallest elements along an axis, which goes away}
    ///
    /// @param axis which
    public Tensor min(int axis) {
        return Reductions.min(this, axis);
    }

    /// {@return the index of the (first) largest element of each row of the last axis, `i32`}
    public Tensor argMax() {
        return Reductions.argMax(this);
    }

    /// {@return dtype, shape and the first elements: `f32[3] {2.0, 4.0, 6.0}`}
    @Override
    public String toString() {
        return describe() + " " + TensorText.of(this);
    }
}
