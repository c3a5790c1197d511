"""Programs on images for kerasflow and TensorFlow 1.15: from a module `tf` to what they give, as lists."""

import numpy as np


def _image(*shape):
    """Pixels from 0 to 255 that look irregular."""
    count = int(np.prod(shape))
    return (np.arange(count, dtype=np.int64) * 7919 % 256).astype(np.uint8).reshape(shape)


BYTES = _image(5, 7, 3)
FLOATS = (BYTES / 255.0).astype(np.float32)
BATCH = np.stack([FLOATS, FLOATS[::-1, ::-1]])


def _resizing(tf):
    for method in range(4):
        for align in (False, True):
            for size in ([3, 4], [9, 8], [5, 7], [1, 1]):
                yield f"resize {method} {align} {size}", tf.image.resize_images(FLOATS, size, method, align)
        yield f"resize {method} bytes", tf.image.resize_images(BYTES, [4, 9], method)
        yield f"resize {method} ratio", tf.image.resize_images(BATCH, [20, 10], method, preserve_aspect_ratio=True)
    for name in ("bilinear", "bicubic", "nearest_neighbor"):
        function = getattr(tf.image, "resize_" + name)
        for size in ([3, 4], [9, 8]):
            yield f"half pixels {name} {size}", function(BATCH, size, half_pixel_centers=True)


def _geometry(tf):
    image = tf.image
    yield "left right", image.flip_left_right(FLOATS)
    yield "up down", image.flip_up_down(BATCH)
    yield "transpose", image.transpose_image(FLOATS)
    for k in range(-1, 4):
        yield f"rot90 {k}", image.rot90(FLOATS, k)
        yield f"rot90 tensor {k}", image.rot90(BATCH, tf.placeholder_with_default(np.int32(k), []))
    yield "crop", image.crop_to_bounding_box(FLOATS, 1, 2, 3, 4)
    yield "pad", image.pad_to_bounding_box(BATCH, 1, 2, 7, 10)
    for size in ((3, 9), (8, 4), (5, 7), (2, 2), (9, 10)):
        yield f"crop or pad {size}", image.resize_image_with_crop_or_pad(FLOATS, *size)
        yield f"with pad {size}", image.resize_image_with_pad(FLOATS, *size)
    for share in (0.3, 0.5, 0.77, 1.0):
        yield f"central {share}", image.central_crop(FLOATS, share)
    unknown = tf.placeholder_with_default(FLOATS, [None, None, None])
    yield "unknown crop or pad", image.resize_image_with_crop_or_pad(unknown, 3, 9)
    yield "unknown central", image.central_crop(unknown, 0.5)
    yield "unknown resize", image.resize_images(unknown, [3, 4])


def _colours(tf):
    image = tf.image
    for name, picture in (("floats", FLOATS), ("bytes", BYTES)):
        yield f"grey {name}", image.rgb_to_grayscale(picture)
        yield f"brightness {name}", image.adjust_brightness(picture, 0.25)
        yield f"contrast {name}", image.adjust_contrast(picture, 1.7)
        yield f"gamma {name}", image.adjust_gamma(picture, 0.6, 0.9)
        for step in (-0.4, 0.2):
            yield f"hue {name} {step}", image.adjust_hue(picture, step)
        yield f"saturation {name}", image.adjust_saturation(picture, 0.5)
    yield "standard", image.per_image_standardization(FLOATS)
    yield "one channel", image.grayscale_to_rgb(tf.constant(FLOATS[..., :1]))
    yield "hsv", image.rgb_to_hsv(FLOATS)
    yield "back", image.hsv_to_rgb(FLOATS)
    for name in ("rgb_to_yiq", "yiq_to_rgb", "rgb_to_yuv", "yuv_to_rgb"):
        yield name, getattr(image, name)(FLOATS)
    for dtype in (tf.uint8, tf.int16, tf.uint16, tf.int32, tf.float64):
        yield f"convert bytes {dtype.name}", image.convert_image_dtype(BYTES, dtype)
        yield f"convert floats {dtype.name}", image.convert_image_dtype(FLOATS, dtype)
    yield "convert down", image.convert_image_dtype(BYTES.astype(np.uint16) * 257, tf.uint8)
    yield "saturate", image.convert_image_dtype(FLOATS * 2 - 0.5, tf.uint8, saturate=True)


def _measures(tf):
    image = tf.image
    yield "variation", image.total_variation(tf.constant(BATCH))
    yield "variation of one", image.total_variation(tf.constant(FLOATS))
    yield "gradients", list(image.image_gradients(tf.constant(BATCH)))
    yield "sobel", image.sobel_edges(tf.constant(BATCH))
    yield "psnr", image.psnr(BYTES, BYTES[::-1], 255)
    yield "psnr floats", image.psnr(BATCH, BATCH[::-1], 1.0)
    yield "ssim", image.ssim(tf.constant(_image(2, 16, 15, 3)), tf.constant(_image(2, 16, 15, 3)[:, ::-1]), 255)
    corners = np.array(
        [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [1, 11.1, 0, 10.1]], np.float32
    )
    scores = np.array([0.9, 0.75, 0.6, 0.95, 0.5], np.float32)
    for overlap in (0.3, 0.5, 0.9):
        yield f"boxes {overlap}", image.non_max_suppression(corners, scores, 3, overlap)
    yield "good boxes", image.non_max_suppression(corners, scores, 5, 0.5, 0.7)


def programs(tf):
    """What each program gives, by its name."""
    found = {}
    for family in (_resizing, _geometry, _colours, _measures):
        with tf.Graph().as_default(), tf.Session() as session:
            for name, fetches in family(tf):
                assert name not in found
                values = session.run(fetches)
                found[name] = [v.tolist() for v in values] if isinstance(values, list) else values.tolist()
    return found
