"""Functions on images give what TensorFlow 1.15.5 gives: `tests/golden/images.json`, written by `make_images.py`."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from tests.golden.image_programs import FLOATS, programs

EXPECTED = json.loads(Path(__file__).parents[1].joinpath("golden", "images.json").read_text())


@pytest.fixture(scope="module")
def found():
    return programs(tf)


def test_there_is_a_value_for_each(found):
    assert found.keys() == EXPECTED.keys() and len(found) > 100


@pytest.mark.parametrize("name", EXPECTED)
def test_values(name, found):
    expected = np.array(EXPECTED[name])
    value = np.array(found[name])
    assert value.shape == expected.shape
    np.testing.assert_allclose(value, expected, rtol=0, atol=2e-6 * max(1.0, np.abs(expected).max()))


def difference_quotient(function, x, weights, direction):
    """The derivative of a weighted sum of what an image becomes, by differences: the functions are linear in pixels."""
    step = 1e-2
    ends = [float((function(x + sign * step * direction) * weights).sum(dtype=np.float64)) for sign in (1, -1)]
    return (ends[0] - ends[1]) / (2 * step)


@pytest.mark.parametrize("method", range(4))
@pytest.mark.parametrize("align", [False, True])
def test_gradients_of_resizing(method, align):
    rng = np.random.default_rng(method)
    direction, weights = rng.normal(size=FLOATS.shape), rng.normal(size=(4, 9, 3))
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, FLOATS.shape)
        y = tf.image.resize_images(x, [4, 9], method, align)
        [slope] = tf.gradients(tf.reduce_sum(y * weights.astype(np.float32)), [x])
        along = float((sess.run(slope, {x: FLOATS}) * direction).sum(dtype=np.float64))
        quotient = difference_quotient(lambda v: sess.run(y, {x: v}), FLOATS, weights, direction)
    assert along == pytest.approx(quotient, rel=2e-3, abs=2e-3)


def test_weights_of_a_size_sum_to_one():
    with tf.Graph().as_default(), tf.Session() as sess:
        ones = np.ones([1, 13, 7, 1], np.float32)
        for method in range(4):
            value = sess.run(tf.image.resize_images(ones, [5, 19], method))
            np.testing.assert_allclose(value, 1.0, rtol=2e-6)


@pytest.mark.parametrize("flip", [tf.image.random_flip_left_right, tf.image.random_flip_up_down])
def test_random_flips(flip):
    there = tf.image.flip_left_right if flip is tf.image.random_flip_left_right else tf.image.flip_up_down
    with tf.Graph().as_default(), tf.Session() as sess:
        one, other = FLOATS, sess.run(there(FLOATS))
        draws = [sess.run(out) for out in [flip(FLOATS, seed=4)] for _ in range(60)]
        kept = [np.array_equal(d, one) for d in draws]
        assert all(np.array_equal(d, one) or np.array_equal(d, other) for d in draws) and 15 < sum(kept) < 45
        batch = sess.run(flip(np.stack([FLOATS] * 60), seed=4))
        assert 15 < sum(np.array_equal(d, one) for d in batch) < 45


def test_random_colours_are_within_their_bounds():
    with tf.Graph().as_default(), tf.Session() as sess:
        image = np.full([2, 2, 3], 0.5, np.float32)
        brightness = tf.image.random_brightness(image, 0.2, seed=1)
        found = np.array([sess.run(brightness)[0, 0, 0] for _ in range(50)])
        assert 0.3 <= found.min() < 0.4 and 0.6 < found.max() < 0.7
        ramp = np.linspace(0, 1, 12, dtype=np.float32).reshape(2, 2, 3)
        contrast = tf.image.random_contrast(ramp, 0.5, 2.0, seed=1)
        spans = [np.ptp(sess.run(contrast)[..., 0]) / np.ptp(ramp[..., 0]) for _ in range(50)]
        assert 0.5 <= min(spans) < 0.7 and 1.7 < max(spans) < 2.0
        assert sess.run(tf.image.random_hue(ramp, 0.5)).shape == sess.run(tf.image.random_saturation(ramp, 0, 2)).shape


@pytest.mark.parametrize(
    ("work", "error", "match"),
    [
        (lambda x: tf.image.resize_images(x, [3]), ValueError, "new_height, new_width"),
        (lambda x: tf.image.resize_images(x, [3, 3], 9), ValueError, "not implemented"),
        (lambda x: tf.image.resize_images(x[0], [3, 3]), ValueError, "3 axes or a batch"),
        (lambda x: tf.image.resize_bilinear(x, [3, 3]), ValueError, "batch of images with 4 axes"),
        (lambda x: tf.image.resize_bilinear([x], [3, 3], True, None, True), ValueError, "half_pixel"),
        (lambda x: tf.image.central_crop(x, 0.0), ValueError, r"\(0, 1\]"),
        (lambda x: tf.image.crop_to_bounding_box(x, 0, 0, 6, 2), ValueError, "height must be >= target"),
        (lambda x: tf.image.crop_to_bounding_box(x, 0, -1, 2, 2), ValueError, "offset_width must be >= 0"),
        (lambda x: tf.image.pad_to_bounding_box(x, 1, 1, 5, 20), ValueError, "height must be <= target"),
        (lambda x: tf.image.resize_image_with_crop_or_pad(x, 0, 3), ValueError, "target_height must be > 0"),
        (lambda x: tf.image.random_hue(x, 0.7), ValueError, "from 0 to 0.5"),
        (lambda x: tf.image.random_brightness(x, -1), ValueError, "non-negative"),
        (lambda x: tf.image.random_contrast(x, 2, 1), ValueError, "upper must be > lower"),
        (lambda x: tf.image.adjust_gamma(x, -1.0), ValueError, "non-negative"),
        (lambda x: tf.image.rot90(x[0, 0]), ValueError, "3 axes or a batch"),
        (lambda x: tf.image.flip_left_right(x[0]), ValueError, "height, width, channels"),
    ],
)
def test_what_is_refused(work, error, match):
    with tf.Graph().as_default(), pytest.raises(error, match=match):
        work(FLOATS)


def test_what_shows_in_a_run():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, None, 3])
        with pytest.raises(tf.errors.InvalidArgumentError, match="width must be >= target"):
            sess.run(tf.image.crop_to_bounding_box(x, 0, 0, 2, 9), {x: FLOATS})
        size = tf.placeholder(tf.int32, [2])
        with pytest.raises(tf.errors.InvalidArgumentError, match="from 5 to 0"):
            sess.run(tf.image.resize_images(x, size), {x: FLOATS, size: [0, 3]})


@pytest.mark.parametrize(("size", "expected"), [([20, 50], (20, 27)), ([80, 10], (8, 10)), ([30, 40], (30, 40))])
def test_an_image_that_keeps_its_proportions_is_of_known_size(size, expected):
    image = tf.zeros([30, 40, 3])
    made = tf.image.resize_images(image, size, preserve_aspect_ratio=True)
    assert made.shape.as_list() == [*expected, 3]
    late = tf.image.resize_images(image, tf.placeholder_with_default(size, [2]), preserve_aspect_ratio=True)
    with tf.Session() as sess:
        assert [value.shape for value in sess.run([made, late])] == [(*expected, 3)] * 2
