package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTest {
    private static final Shape SHAPE = Shape.of(2, 3, 5);

    @Test
    void countsElementsAndRows() {
        assertThat(SHAPE.size()).isEqualTo(30);
        assertThat(SHAPE.rows()).isEqualTo(6);
        assertThat(Shape.of().size()).isEqualTo(1);
        assertThat(Shape.of().rows()).isEqualTo(1);
        assertThat(Shape.of(0, 7).size()).isZero();
    }

    @Test
    void countsAxesFromTheEndToo() {
        assertThat(SHAPE.dim(-1)).isEqualTo(5);
        assertThat(SHAPE.dim(0)).isEqualTo(2);
        assertThatThrownBy(() -> SHAPE.dim(3))
                .isInstanceOf(ShapeException.class)
                .hasMessage("axis 3 of [2,3,5] — it has 3 axes");
        assertThatThrownBy(() -> SHAPE.dim(-4)).isInstanceOf(ShapeException.class);
    }

    @Test
    void isAValue() {
        assertThat(SHAPE)
                .isEqualTo(Shape.of(2, 3, 5))
                .hasSameHashCodeAs(Shape.of(2, 3, 5))
                .isNotEqualTo(Shape.of(2, 3));
        assertThat(SHAPE).hasToString("[2,3,5]");
        assertThat(SHAPE.with(1, 7)).isEqualTo(Shape.of(2, 7, 5));
        assertThat(SHAPE.without(-1)).isEqualTo(Shape.of(2, 3));
        long[] dims = SHAPE.dims();
        dims[0] = 9;
        assertThat(SHAPE.dim(0)).isEqualTo(2);
    }

    @Test
    void broadcastsAsNumPyDoes() {
        assertThat(Shape.of(3, 1, 7).broadcast(Shape.of(5, 1))).isEqualTo(Shape.of(3, 5, 7));
        assertThat(Shape.of().broadcast(SHAPE)).isEqualTo(SHAPE);
        assertThat(Shape.of(1).broadcast(Shape.of(0))).isEqualTo(Shape.of(0));
        assertThatThrownBy(() -> SHAPE.broadcast(Shape.of(4, 5)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("broadcast: [2,3,5] with [4,5] — axis -2: 3 ≠ 4");
    }

    @Test
    void refusesNegativeAndImmenseDimensions() {
        assertThatThrownBy(() -> Shape.of(2, -1))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("negative");
        assertThatThrownBy(() -> Shape.of(1L << 40, 1L << 40))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("2^63");
    }
}
