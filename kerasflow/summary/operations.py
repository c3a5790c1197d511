"""The operations of summaries: each gives a serialised `Summary` message, a string."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasflow.core import errors, types
from kerasflow.core.opdef import REAL, of_kind, op
from kerasflow.core.types import Spec, as_dtype
from kerasflow.graphdef.values import to_tensor
from kerasflow.io.protos import message
from kerasflow.summary.histograms import histogram_of
from kerasflow.summary.media import as_pixels, to_png, to_wav

__all__: list[str] = []

_PIXELS = ("float32", "float64", "float16", "uint8")


def _infer(kinds: str) -> Any:
    """The rule of summaries of numbers: tag and numbers of one of `kinds`."""

    def infer(tag: Spec, values: Spec, *_: Spec, **attrs: Any) -> Spec:
        of_kind("O", tag)
        of_kind(kinds, values)
        return Spec(types.string, ())

    return infer


def _infer_image(tag: Spec, tensor: Spec, max_images: int) -> Spec:
    of_kind("O", tag)
    if tensor.dtype.name not in _PIXELS:
        raise TypeError(f"images are of type {', '.join(_PIXELS)}, not {tensor.dtype.name}")
    return Spec(types.string, ())


def _infer_audio(tag: Spec, tensor: Spec, sample_rate: Spec, max_outputs: int) -> Spec:
    of_kind("O", tag)
    if tensor.dtype is not types.float32 or sample_rate.dtype is not types.float32:
        raise TypeError(f"samples and their rate are float32, not {tensor.dtype.name} and {sample_rate.dtype.name}")
    return Spec(types.string, ())


def _infer_tensor(tag: Spec, tensor: Spec, metadata: Spec) -> Spec:
    of_kind("O", tag)
    of_kind("O", metadata)
    return Spec(types.string, ())


def _infer_merge(*summaries: Spec) -> Spec:
    if not summaries:
        raise ValueError("it takes one summary at least")
    for s in summaries:
        of_kind("O", s)
    return Spec(types.string, ())


def _text(value: Any) -> str:
    """The tag in a string tensor of one element."""
    array = np.asarray(value, object)
    if array.ndim:
        raise errors.InvalidArgumentError(None, None, f"tags must be scalar, got shape {list(array.shape)}")
    text: str = array[()].decode()
    return text


def _serialized(summary: Any) -> np.ndarray:
    out = np.empty((), object)
    out[()] = summary.SerializeToString()
    return out


@op("ScalarSummary", infer=_infer(REAL), vjp=None)
def _scalar(tags: Any, values: Any) -> Any:
    tags, values = np.asarray(tags, object), np.asarray(values)
    if tags.shape != values.shape:
        found = f"tags and values not the same shape: {list(tags.shape)} != {list(values.shape)}"
        shown = f" (tag '{tags[()].decode()}')" if not tags.ndim else ""
        raise errors.InvalidArgumentError(None, None, found + shown)
    summary = message("Summary")()
    with np.errstate(over="ignore"):
        numbers = values.astype(np.float32)
    for tag, number in zip(tags.reshape(-1), numbers.reshape(-1), strict=True):
        summary.value.add(tag=tag.decode(), simple_value=number)
    return _serialized(summary)


@op("HistogramSummary", infer=_infer(REAL), vjp=None)
def _histogram(tag: Any, values: Any) -> Any:
    summary = message("Summary")()
    summary.value.add(tag=_text(tag), histo=histogram_of(values, _text(tag)))
    return _serialized(summary)


def _tags(tag: str, kind: str, count: int, most: int) -> Iterator[str]:
    """What the elements of a batch are called, of which `most` are shown."""
    return iter([f"{tag}/{kind}"] if most == 1 else [f"{tag}/{kind}/{i}" for i in range(min(count, most))])


@op("ImageSummary", infer=_infer_image, vjp=None)
def _image(tag: Any, tensor: Any, max_images: int) -> Any:
    shape = np.shape(tensor)
    if len(shape) != 4 or shape[3] not in (1, 3, 4):
        shown = str(list(shape)).replace(" ", "")
        raise errors.InvalidArgumentError(None, None, f"Tensor must be 4-D with last dim 1, 3, or 4, not {shown}")
    summary = message("Summary")()
    for picture, name in zip(tensor, _tags(_text(tag), "image", shape[0], max_images), strict=False):
        value = summary.value.add(tag=name)
        value.image.height, value.image.width, value.image.colorspace = picture.shape
        value.image.encoded_image_string = to_png(as_pixels(picture))
    return _serialized(summary)


@op("AudioSummaryV2", infer=_infer_audio, vjp=None)
def _audio(tag: Any, tensor: Any, sample_rate: Any, max_outputs: int) -> Any:
    sounds, rate = np.asarray(tensor), float(sample_rate)
    if sounds.ndim not in (2, 3):
        raise errors.InvalidArgumentError(None, None, f"Tensor must be 3-D or 2-D, got: {list(sounds.shape)}")
    if rate <= 0.0:
        raise errors.InvalidArgumentError(None, None, "sample_rate must be > 0")
    sounds = sounds[..., None] if sounds.ndim == 2 else sounds
    summary = message("Summary")()
    for sound, name in zip(sounds, _tags(_text(tag), "audio", len(sounds), max_outputs), strict=False):
        audio = summary.value.add(tag=name).audio
        audio.sample_rate, audio.content_type = rate, "audio/wav"
        audio.length_frames, audio.num_channels = sound.shape
        audio.encoded_audio_string = to_wav(sound, rate)
    return _serialized(summary)


@op("TensorSummaryV2", infer=_infer_tensor, vjp=None)
def _tensor(tag: Any, tensor: Any, metadata: Any) -> Any:
    array = np.asarray(tensor)
    summary = message("Summary")()
    value = summary.value.add(tag=_text(tag), tensor=to_tensor(array, as_dtype(array.dtype)))
    value.metadata.CopyFrom(message("SummaryMetadata").FromString(np.asarray(metadata, object)[()]))
    return _serialized(summary)


@op("MergeSummary", infer=_infer_merge, vjp=None)
def _merge(*summaries: Any) -> Any:
    merged, seen = message("Summary")(), set()
    for text in [s for array in summaries for s in np.asarray(array, object).reshape(-1)]:
        try:
            part = message("Summary").FromString(text)
        except message("DecodeError") as error:
            raise errors.InvalidArgumentError(None, None, "Could not parse one of the summary inputs") from error
        for value in part.value:
            if value.tag in seen:
                raise errors.InvalidArgumentError(None, None, f"Duplicate tag {value.tag} found in summary inputs")
            seen.add(value.tag)
        merged.MergeFrom(part)
    return _serialized(merged)
