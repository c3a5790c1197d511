"""The names that summaries had before TensorFlow 1.0; each warns when it is first used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kerasflow.core import types
from kerasflow.core.deprecation import former_name
from kerasflow.core.graph import graph_of
from kerasflow.core.keys import GraphKeys
from kerasflow.core.tensor import Tensor
from kerasflow.io.protos import message
from kerasflow.summary import functions
from kerasflow.summary.writer import FileWriter

__all__ = [
    "SummaryWriter",
    "audio_summary",
    "histogram_summary",
    "image_summary",
    "merge_all_summaries",
    "merge_summary",
    "scalar_summary",
]


def _summary(
    kind: str, tag: Any, values: Any, collections: Iterable[Any] | None, name: str | None, *more: Any, **attrs: Any
) -> Tensor:
    """A summary whose tag is any text, and which is not called by it."""
    former_name(f"tf.{_NAMES[kind][0]}", f"tf.summary.{_NAMES[kind][1]}")
    message("Summary")
    graph = graph_of([tag, values])
    made: Tensor = graph.apply(
        kind, graph.convert(tag, types.string), graph.convert(values), *more, name=name or kind, **attrs
    )
    for key in [GraphKeys.SUMMARIES] if collections is None else collections:
        graph.root.add_to_collection(key, made)
    return made


_NAMES = {
    "ScalarSummary": ("scalar_summary", "scalar"),
    "HistogramSummary": ("histogram_summary", "histogram"),
    "ImageSummary": ("image_summary", "image"),
    "AudioSummaryV2": ("audio_summary", "audio"),
}


def scalar_summary(tags: Any, values: Any, collections: Iterable[Any] | None = None, name: str | None = None) -> Tensor:
    """The former way to `tf.summary.scalar`: the tags are given as they are, one for each of the values.

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     summary = tf.scalar_summary(["a loss", "b loss"], [1.0, 2.0])
    >>> [v.tag for v in tf.Summary.FromString(tf.Session().run(summary)).value]
    ['a loss', 'b loss']
    """
    return _summary("ScalarSummary", tags, values, collections, name)


def histogram_summary(
    tag: Any, values: Any, collections: Iterable[Any] | None = None, name: str | None = None
) -> Tensor:
    """The former way to `tf.summary.histogram`; the tag is given as it is."""
    return _summary("HistogramSummary", tag, values, collections, name)


def image_summary(
    tag: Any, tensor: Any, max_images: int = 3, collections: Iterable[Any] | None = None, name: str | None = None
) -> Tensor:
    """The former way to `tf.summary.image`; the tag is given as it is."""
    return _summary("ImageSummary", tag, tensor, collections, name, max_images=max_images)


def audio_summary(
    tag: Any,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Iterable[Any] | None = None,
    name: str | None = None,
) -> Tensor:
    """The former way to `tf.summary.audio`; the tag is given as it is."""
    rate = graph_of([tag, tensor]).convert(sample_rate, types.float32)
    return _summary("AudioSummaryV2", tag, tensor, collections, name, rate, max_outputs=max_outputs)


def merge_summary(inputs: Sequence[Any], collections: Iterable[Any] | None = None, name: str | None = None) -> Tensor:
    """The former name of `tf.summary.merge`; a DeprecationWarning says so when it is first used."""
    former_name("tf.merge_summary", "tf.summary.merge")
    return functions.merge(inputs, collections, name)


def merge_all_summaries(key: Any = GraphKeys.SUMMARIES) -> Tensor | None:
    """The former name of `tf.summary.merge_all`; a DeprecationWarning says so when it is first used."""
    former_name("tf.merge_all_summaries", "tf.summary.merge_all")
    return functions.merge_all(key)


class SummaryWriter(FileWriter):
    """The former name of `tf.summary.FileWriter`; a DeprecationWarning says so when it is first used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        former_name("tf.train.SummaryWriter", "tf.summary.FileWriter")
        super().__init__(*args, **kwargs)
