package dev.gatun.io;

import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Safetensors files made by hand, true or not, and the bytes of tensors.
final class RawFile {
    private RawFile() {}

    /// A header and data of `0, 1, 2, …`, with a true length in front.
    static byte[] of(String header, int dataBytes) {
        byte[] utf8 = header.getBytes(StandardCharsets.UTF_8);
        return of(utf8.length, utf8, dataBytes);
    }

    /// The same with any length in front.
    static byte[] of(long length, byte[] header, int dataBytes) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(longBytes(length));
        out.writeBytes(header);
        for (int i = 0; i < dataBytes; i++) {
            out.write(i);
        }
        return out.toByteArray();
    }

    static byte[] longBytes(long value) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }

    /// A member of a header.
    static String entry(String name, String dtype, String shape, long begin, long end) {
        String format = "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}";
        return String.format(format, name, dtype, shape, begin, end);
    }

    /// A file of one f32 vector.
    static byte[] vector(String name, int elements) {
        String shape = "[" + elements + "]";
        return of("{" + entry(name, "F32", shape, 0, 4L * elements) + "}", 4 * elements);
    }

    static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The bytes of a tensor of any type and layout, row-major.
    static byte[] bytes(Tensor tensor) {
        long bytes = tensor.size() * tensor.dtype().bytes();
        MemorySegment copy = Arena.ofAuto().allocate(bytes, 64);
        Resident view = new Resident(tensor.device(), "test");
        view.view(copy, tensor.dtype(), tensor.shape()).set(tensor);
        return copy.toArray(ValueLayout.JAVA_BYTE);
    }
}
