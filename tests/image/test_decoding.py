"""Images in files: what Pillow writes is read, what is written Pillow reads, and what is damaged is told."""

import io

import numpy as np
import pytest
from PIL import Image

import kerasflow as tf

rng = np.random.default_rng(0)
PIXELS = {n: rng.integers(0, 256, (6, 5, n), np.uint8) for n in (1, 2, 3, 4)}
SMOOTH = np.stack([np.add.outer(np.arange(32), np.arange(24)) * 4] * 3, axis=-1).astype(np.uint8)


@pytest.fixture
def sess():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def saved(array, kind, **options):
    stream = io.BytesIO()
    Image.fromarray(array[..., 0] if array.shape[-1] == 1 else array).save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_both_ways(channels, sess):
    pixels = PIXELS[channels]
    decoded = tf.image.decode_png(tf.image.encode_png(pixels), channels)
    assert decoded.shape.as_list() == [None, None, channels] and decoded.dtype is tf.uint8
    np.testing.assert_array_equal(sess.run(decoded), pixels)
    np.testing.assert_array_equal(sess.run(tf.image.decode_png(saved(pixels, "PNG"))), pixels)
    written = sess.run(tf.image.encode_png(pixels, compression=9))
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(written))).reshape(pixels.shape), pixels)


def test_channels_that_are_asked_for(sess):
    grey, colour = saved(PIXELS[1], "PNG"), saved(PIXELS[3], "PNG")
    np.testing.assert_array_equal(sess.run(tf.image.decode_png(grey, 3)), np.repeat(PIXELS[1], 3, axis=2))
    luma = PIXELS[3].astype(float) @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(sess.run(tf.image.decode_png(colour, 1))[..., 0], luma, atol=1)
    opaque = sess.run(tf.image.decode_png(colour, 4))
    np.testing.assert_array_equal(opaque[..., :3], PIXELS[3])
    assert (opaque[..., 3] == 255).all()


def test_sixteen_bits(sess):
    deep = rng.integers(0, 65536, (4, 3, 1), np.uint16)
    np.testing.assert_array_equal(sess.run(tf.image.decode_png(tf.image.encode_png(deep), 1, tf.uint16)), deep)
    np.testing.assert_array_equal(sess.run(tf.image.decode_png(tf.image.encode_png(deep))), deep >> 8)
    shallow = sess.run(tf.image.decode_png(saved(PIXELS[3], "PNG"), dtype=tf.uint16))
    np.testing.assert_array_equal(shallow, PIXELS[3].astype(np.uint16) * 257)


def test_jpeg(sess):
    data = sess.run(tf.image.encode_jpeg(SMOOTH, quality=95))
    np.testing.assert_allclose(np.asarray(Image.open(io.BytesIO(data))).astype(int), SMOOTH, atol=6)
    decoded = tf.image.decode_jpeg(data)
    assert decoded.op.name == "DecodeJpeg"
    np.testing.assert_array_equal(sess.run(decoded), np.asarray(Image.open(io.BytesIO(data))))
    assert sess.run(tf.image.decode_jpeg(data, channels=1)).shape == (32, 24, 1)
    np.testing.assert_array_equal(
        sess.run(tf.image.decode_and_crop_jpeg(data, [2, 3, 5, 7])), sess.run(decoded)[2:7, 3:10]
    )
    assert sess.run(tf.image.extract_jpeg_shape(data)).tolist() == [32, 24, 3]
    assert sess.run([tf.image.is_jpeg(data), tf.image.is_jpeg(saved(SMOOTH, "PNG"))]) == [True, False]
    small = sess.run(tf.image.encode_jpeg(SMOOTH, quality=10))
    assert len(small) < len(data)


def test_bmp_and_gif(sess):
    np.testing.assert_array_equal(sess.run(tf.image.decode_bmp(saved(PIXELS[3], "BMP"))), PIXELS[3])
    frames = [Image.fromarray(np.full((4, 3, 3), k * 80, np.uint8)) for k in range(3)]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    moving = tf.image.decode_gif(stream.getvalue())
    assert moving.shape.as_list() == [None, None, None, 3]
    np.testing.assert_array_equal(sess.run(moving)[:, 0, 0, 0], [0, 80, 160])
    assert sess.run(tf.image.decode_image(stream.getvalue())).shape == (3, 4, 3, 3)
    assert sess.run(tf.image.decode_image(stream.getvalue(), expand_animations=False)).shape == (4, 3, 3)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "JPEG"])
def test_the_format_is_found_out(kind, sess):
    data = saved(SMOOTH, kind)
    np.testing.assert_array_equal(sess.run(tf.image.decode_image(data)), np.asarray(Image.open(io.BytesIO(data))))
    as_floats = sess.run(tf.image.decode_image(data, 3, tf.float32))
    np.testing.assert_allclose(as_floats, np.asarray(Image.open(io.BytesIO(data))) / 255.0, rtol=1e-6)


def test_colour_tables_and_transparency(sess):
    table = Image.fromarray(PIXELS[3]).convert("P")
    stream = io.BytesIO()
    table.save(stream, "PNG")
    np.testing.assert_array_equal(sess.run(tf.image.decode_png(stream.getvalue())), np.asarray(table.convert("RGB")))


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "image"])
def test_what_is_no_image_is_told(kind, sess):
    decode = getattr(tf.image, f"decode_{kind}")
    whole = saved(SMOOTH, "PNG" if kind == "image" else kind.upper())
    for data in (b"", b"no image", whole[: len(whole) // 3]):
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"of {len(data)} bytes"):
            sess.run(decode(data))
    if kind not in ("png", "image"):
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(decode(saved(SMOOTH, "PNG")))


def test_a_bomb_is_no_image(sess, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(tf.errors.InvalidArgumentError, match="exceeds limit"):
        sess.run(tf.image.decode_png(saved(SMOOTH, "PNG")))


@pytest.mark.parametrize(
    ("work", "error", "match"),
    [
        (lambda: tf.image.decode_jpeg(b"", channels=4), ValueError, "channels must be one of"),
        (lambda: tf.image.decode_jpeg(b"", ratio=2), ValueError, "ratio=1"),
        (lambda: tf.image.decode_png(b"", dtype=tf.float32), ValueError, "uint8 or uint16"),
        (lambda: tf.image.decode_png([b"", b""]), ValueError, "scalar string"),
        (lambda: tf.image.encode_png(np.zeros([2, 2, 3], np.float32)), TypeError, "uint8 or uint16"),
        (lambda: tf.image.encode_png(np.zeros([2, 2], np.uint8)), ValueError, "height, width, channels"),
        (lambda: tf.image.encode_png(PIXELS[3], compression=10), ValueError, "-1 to 9"),
        (lambda: tf.image.encode_jpeg(PIXELS[3], quality=0), ValueError, "1 to 100"),
        (lambda: tf.image.encode_jpeg(PIXELS[3].astype(np.uint16)), TypeError, "uint8"),
    ],
)
def test_what_is_refused(work, error, match, sess):
    with pytest.raises(error, match=match):
        work()


def test_a_program_that_reads_files(sess, tmp_path):
    for k in range(3):
        (tmp_path / f"{k}.png").write_bytes(saved(np.full((4, 6, 3), 50 * k, np.uint8), "PNG"))

    def read(name):
        return tf.image.resize_images(tf.image.decode_png(tf.read_file(name), 3), [2, 2]) / 255.0

    data = tf.data.Dataset.list_files(str(tmp_path / "*.png"), shuffle=False).map(read).batch(3)
    [batch] = data.as_numpy_iterator()
    assert batch.shape == (3, 2, 2, 3)
    np.testing.assert_allclose(batch[:, 0, 0, 0], np.arange(3) * 50 / 255, rtol=1e-6)
