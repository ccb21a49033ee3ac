package io.github.cones4j.diffusion.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PictureTest {
    private final Picture picture = new Picture(2, 1, new byte[] {0, (byte) 255, 10, (byte) 128, 20, 30});

    @Test
    void planes_areChannelByChannelFromMinusOneToOne() {
        float[] planes = picture.toPlanes();

        assertThat(planes).hasSize(6);
        assertThat(planes[0]).isEqualTo(-1f);
        assertThat(planes[2]).isEqualTo(1f);
        assertThat(Picture.ofPlanes(planes, 0, 2, 1).rgb()).isEqualTo(picture.rgb());
    }

    @Test
    void planesBeyondTheRange_areClamped() {
        Picture clamped = Picture.ofPlanes(new float[] {-3, 0, 3}, 0, 1, 1);

        assertThat(clamped.rgb()).containsExactly((byte) 0, (byte) 128, (byte) 255); // 127.5 rounds to even
    }

    @Test
    void secondOfABatch_isTakenFromItsPlace() {
        float[] batch = {-1, -1, -1, 1, 1, 1};

        assertThat(Picture.ofPlanes(batch, 1, 1, 1).rgb()).containsOnly((byte) 255);
    }

    @Test
    void image_andBack_isTheSamePicture() {
        assertThat(Picture.of(picture.toImage()).rgb()).isEqualTo(picture.rgb());
    }

    @Test
    void wrongNumberOfBytes_isRefused() {
        assertThatThrownBy(() -> new Picture(2, 2, new byte[6]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2x2 pixels need 12 bytes, got 6");
    }
}
