"""Images in files: JPEG, PNG, GIF and BMP, read and written by Pillow."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.errors import InvalidArgumentError, UnimplementedError
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import op
from kerasflow.core.shapes import compatible, show
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype
from kerasflow.core.values import alone
from kerasflow.image.colors import convert_image_dtype

__all__ = [
    "decode_and_crop_jpeg",
    "decode_bmp",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "encode_jpeg",
    "encode_png",
    "extract_jpeg_shape",
    "is_jpeg",
]

Pixels = np.ndarray[Any, Any]

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_FORMATS = {
    "jpeg": ("JPEG",),
    "png": ("PNG",),
    "gif": ("GIF",),
    "bmp": ("BMP",),
    "image": ("JPEG", "PNG", "GIF", "BMP"),
}
_CHANNELS = {"1": 1, "L": 1, "P": 3, "LA": 2, "PA": 4, "RGB": 3, "RGBA": 4, "CMYK": 3, "YCbCr": 3, "I": 1, "I;16": 1}


def _pillow() -> Any:
    """The module `PIL.Image`. ImportError, which says how to install it, if it is not there."""
    try:
        from PIL import Image
    except ImportError as error:
        message = "Images are read and written with the package Pillow: pip install 'kerasflow[images]'."
        raise ImportError(message) from error
    return Image


def _opened(contents: Any, kind: str) -> Any:
    """An image of one of the formats. InvalidArgumentError if it is none, damaged or cut off."""
    image_module = _pillow()
    data = alone(contents)
    try:
        image = image_module.open(io.BytesIO(data), formats=_FORMATS[kind])
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError, image_module.DecompressionBombError) as error:
        names = ", ".join(_FORMATS[kind])
        raise InvalidArgumentError(None, None, f"Cannot decode {names} data of {len(data)} bytes: {error}") from None
    return image


def _pixels(image: Any, channels: int, deep: bool) -> Pixels:
    """The pixels of an image, uint8, or uint16 if that is asked for, of shape [height, width, channels]."""
    if image.mode in ("I", "I;16"):
        if channels > 1:
            raise UnimplementedError(None, None, "Grey images of 16 bits are not turned into colours.")
        array = np.asarray(image).astype(np.uint16)[..., None]
        return array if deep else (array >> 8).astype(np.uint8)
    known = _CHANNELS.get(image.mode, 3)
    if image.mode in ("P", "L", "RGB") and "transparency" in image.info:
        known = 2 if image.mode == "L" else 4
    array = np.asarray(image.convert(_MODES[channels or known]))
    array = array[..., None] if array.ndim == 2 else array
    return array.astype(np.uint16) * 257 if deep else array


def _infer(contents: Spec, kind: str, channels: int, deep: bool, frames: bool) -> Spec:
    if contents.dtype is not types.string or not compatible(contents.shape, ()):
        raise ValueError(f"an image is decoded from a scalar string, got {contents}")
    dtype = types.uint16 if deep else types.uint8
    if kind == "gif":
        return Spec(dtype, (None, None, None, 3))
    return Spec(dtype, None if frames else (None, None, channels or None))


@op("DecodeImage", infer=_infer, vjp=None)
def _decode(contents: Any, kind: str, channels: int, deep: bool, frames: bool) -> Pixels:
    image = _opened(contents, kind)
    if image.format != "GIF" or not frames:
        return _pixels(image, channels or 3 * (image.format == "GIF"), deep)
    found = []
    for k in range(image.n_frames):
        image.seek(k)
        found.append(_pixels(image, channels or 3, deep))
    return np.stack(found)


def _decoded(
    contents: Any, kind: str, channels: int | None, allowed: tuple[int, ...], name: str | None, frames: bool = False,
    deep: bool = False,
) -> Tensor:  # fmt: skip
    if (channels or 0) not in allowed:
        raise ValueError(f"channels must be one of {allowed}, got {channels}.")
    made: Tensor = apply(
        "DecodeImage", convert(contents), kind=kind, channels=channels or 0, deep=deep, frames=frames, name=name
    )
    return made


def decode_jpeg(
    contents: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """The pixels of a JPEG image, uint8 of shape [height, width, channels].

    Args:
        contents: the content of the file, a scalar string.
        channels: 1 for grey, 3 for red, green and blue; 0 for as many as there are.
        ratio: not supported but for 1.
        fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method: accepted and without effect.
        name: of the operation.

    Raises:
        ValueError: another number of channels or another ratio. InvalidArgumentError: in a run, it is no JPEG image, or
            damaged. ImportError: in a run, Pillow is not installed.

    Pixels may differ by a level or two from TensorFlow's, which rounds its cosine transform more coarsely.
    """
    if ratio != 1:
        raise ValueError(f"Images are decoded in their own size, ratio=1, got {ratio}; resize them afterwards.")
    return _decoded(contents, "jpeg", channels, (0, 1, 3), name or "DecodeJpeg")


def decode_png(contents: Any, channels: int = 0, dtype: Any = types.uint8, name: str | None = None) -> Tensor:
    """The pixels of a PNG image, of shape [height, width, channels].

    Args:
        contents: the content of the file, a scalar string.
        channels: 1 for grey, 2 with an alpha channel, 3 for red, green and blue, 4 with an alpha channel; 0 for as many
            as there are.
        dtype: uint8 or uint16.
        name: of the operation.

    Raises:
        ValueError: another number of channels or type. InvalidArgumentError: in a run, it is no PNG image, or damaged.
            ImportError: in a run, Pillow is not installed.

    >>> pixels = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
    >>> tf.Session().run(tf.image.decode_png(tf.image.encode_png(pixels))).tolist()
    [[[0, 1, 2], [3, 4, 5]]]
    """
    kind = as_dtype(dtype)
    if kind not in (types.uint8, types.uint16):
        raise ValueError(f"A PNG image is decoded as uint8 or uint16, got {kind.name}.")
    return _decoded(contents, "png", channels, (0, 1, 2, 3, 4), name or "DecodePng", deep=kind is types.uint16)


def decode_bmp(contents: Any, channels: int = 0, name: str | None = None) -> Tensor:
    """The pixels of a BMP image, as `decode_jpeg` gives those of a JPEG image; `channels` may be 4, too."""
    return _decoded(contents, "bmp", channels, (0, 1, 3, 4), name or "DecodeBmp")


def decode_gif(contents: Any, name: str | None = None) -> Tensor:
    """The frames of a GIF image, uint8 of shape [frames, height, width, 3]."""
    return _decoded(contents, "gif", 3, (3,), name or "DecodeGif", frames=True)


def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = types.uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """The pixels of an image whose format is found out: [height, width, channels], or the frames of a GIF image.

    Args:
        contents: the content of the file, a scalar string.
        channels: as for `decode_png`.
        dtype: the type; other than uint8 as `convert_image_dtype` makes it.
        name: of the operation.
        expand_animations: whether a GIF image has an axis for its frames; else its first frame is taken.

    Raises:
        ValueError, InvalidArgumentError, ImportError: as for `decode_png`.
    """
    kind = as_dtype(dtype)
    deep = kind is types.uint16
    image = _decoded(contents, "image", channels, (0, 1, 3, 4), name or "decode_image", expand_animations, deep)
    return image if kind in (types.uint8, types.uint16) else convert_image_dtype(image, kind)


def decode_and_crop_jpeg(
    contents: Any, crop_window: Any, channels: int = 0, ratio: int = 1, name: str | None = None, **options: Any
) -> Tensor:
    """A part of a JPEG image: `crop_window` is its first row and column, its height and its width."""
    top, left, height, width = (convert(crop_window, types.int32)[k] for k in range(4))
    image = decode_jpeg(contents, channels, ratio, name=name)
    return image[top : top + height, left : left + width]


# What is known without decoding.


@op("IsJpeg", infer=lambda contents: Spec(types.bool, ()), vjp=None)
def _is_jpeg(contents: Any) -> Any:
    data = alone(contents)
    return np.bool_(data[:3] == b"\xff\xd8\xff")


def is_jpeg(contents: Any, name: str | None = None) -> Tensor:
    """Whether the content of a file begins as that of JPEG images does."""
    made: Tensor = apply("IsJpeg", convert(contents), name=name)
    return made


@op("ExtractJpegShape", infer=lambda contents, dtype: Spec(dtype, (3,)), vjp=None)
def _jpeg_shape(contents: Any, dtype: DType) -> Any:
    image = _opened(contents, "jpeg")
    return np.array([image.height, image.width, len(image.getbands())], dtype.numpy)


def extract_jpeg_shape(contents: Any, output_type: Any = types.int32, name: str | None = None) -> Tensor:
    """The height, width and number of channels of a JPEG image."""
    made: Tensor = apply("ExtractJpegShape", convert(contents), dtype=as_dtype(output_type), name=name)
    return made


# Writing.


def _infer_encode(image: Spec, **attrs: Any) -> Spec:
    if image.dtype not in (types.uint8, types.uint16):
        raise TypeError(f"an image to be encoded is uint8 or uint16, got {image.dtype.name}")
    if image.shape is not None and len(image.shape) != 3:
        raise ValueError(f"an image to be encoded has the shape [height, width, channels], got {show(image.shape)}")
    return Spec(types.string, ())


def _encoded(image: Pixels, allowed: tuple[int, ...], save: Callable[[Any, Any], None]) -> Any:
    image_module = _pillow()
    if image.ndim != 3 or image.shape[2] not in allowed or 0 in image.shape:
        raise InvalidArgumentError(
            None, None, f"Expected an image [height, width, channels] with {allowed} channels, got {list(image.shape)}."
        )
    stream = io.BytesIO()
    save(image_module.fromarray(image[..., 0] if image.shape[2] == 1 else image), stream)
    return np.array(stream.getvalue(), object)


@op("EncodePng", infer=_infer_encode, vjp=None)
def _encode_png(image: Any, compression: int) -> Any:
    if image.dtype == np.uint16 and image.shape[-1] != 1:
        raise UnimplementedError(None, None, "PNG images of 16 bits are written with one channel only.")
    level = {} if compression < 0 else {"compress_level": compression}
    return _encoded(image, (1, 2, 3, 4), lambda made, stream: made.save(stream, "PNG", **level))


def encode_png(image: Any, compression: int = -1, name: str | None = None) -> Tensor:
    """An image as the content of a PNG file, a scalar string.

    Args:
        image: uint8 of shape [height, width, channels] with 1 to 4 channels, or uint16 with one.
        compression: from 0, none, to 9; -1 for the usual one.
        name: of the operation.

    Raises:
        TypeError, ValueError: an image of another type or rank. InvalidArgumentError: in a run, another number of
            channels, or no pixels. ImportError: in a run, Pillow is not installed.
    """
    if not -1 <= compression <= 9:
        raise ValueError(f"compression must be from -1 to 9, got {compression}.")
    made: Tensor = apply("EncodePng", convert(image), compression=int(compression), name=name)
    return made


@op("EncodeJpeg", infer=_infer_encode, vjp=None)
def _encode_jpeg(image: Any, quality: int, progressive: bool, optimize: bool) -> Any:
    options = {"quality": quality, "progressive": progressive, "optimize": optimize}
    return _encoded(image, (1, 3), lambda made, stream: made.save(stream, "JPEG", **options))


def encode_jpeg(
    image: Any,
    format: str = "",
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: str = "",
    name: str | None = None,
) -> Tensor:
    """An image as the content of a JPEG file, a scalar string.

    Args:
        image: uint8 of shape [height, width, 1 or 3].
        format: "", "grayscale" or "rgb", accepted and without effect: the channels say it.
        quality: from 1 to 100.
        progressive: whether it appears step by step.
        optimize_size: whether to make it smaller at the cost of time.
        chroma_downsampling, density_unit, x_density, y_density, xmp_metadata: accepted and without effect.
        name: of the operation.

    Raises:
        As for `encode_png`.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"quality must be from 1 to 100, got {quality}.")
    image = convert(image)
    if image.dtype is not types.uint8:
        raise TypeError(f"A JPEG image has the type uint8, got {image}.")
    made: Tensor = apply(
        "EncodeJpeg",
        image,
        quality=int(quality),
        progressive=bool(progressive),
        optimize=bool(optimize_size),
        name=name,
    )
    return made
