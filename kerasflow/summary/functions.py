"""Summaries of tensors: what a program writes down of itself while it runs, for TensorBoard."""

from __future__ import annotations

import contextlib
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import Graph, default_graph, graph_of
from kerasflow.core.keys import GraphKeys
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor, holds_tensor
from kerasflow.core.values import to_array
from kerasflow.io.protos import message
from kerasflow.summary import operations as _operations  # noqa: F401  # fills the registry

__all__ = [
    "audio",
    "clean_tag",
    "get_summary_description",
    "histogram",
    "image",
    "merge",
    "merge_all",
    "scalar",
    "summarize",
    "tensor_summary",
    "text",
]

_HISTOGRAM = "HistogramSummary"
_NOT_IN_NAMES = re.compile(r"[^-/\w.]")


def clean_tag(name: str | None) -> str | None:
    """`name` with an underscore for each character that names cannot have, and without slashes in front.

    >>> from kerasflow.summary.functions import clean_tag
    >>> clean_tag("/my loss")
    'my_loss'
    """
    if name is None:
        return None
    if not isinstance(name, str):
        raise TypeError(f"The name of a summary is a string, got {name!r}, a {type(name).__name__}.")
    cleaned = _NOT_IN_NAMES.sub("_", name).lstrip("/")
    if cleaned != name:
        logging.getLogger("kerasflow").info("Summary name %s is illegal; using %s instead.", name, cleaned)
    return cleaned


@contextlib.contextmanager
def _scope(name: str | None, family: str | None, values: Any, default: str | None = None) -> Iterator[tuple[str, str]]:
    """A scope for a summary: what it is called in TensorBoard, and the full name of its operation."""
    name, family = clean_tag(name), clean_tag(family)
    if name == "" or name is None and (default is None or family is not None):
        raise ValueError(f"A summary needs a name, got {name!r}.")
    with name_scope(name if family is None else f"{family}/{name}", default, [values]) as scope:
        tag = scope.rstrip("/")
        yield (tag if family is None else f"{family}/{tag}"), scope


def _collect(graph: Graph, made: Any, collections: Iterable[Any] | None, default: tuple[str, ...]) -> None:
    for key in default if collections is None else collections:
        graph.root.add_to_collection(key, made)


def summarize(
    kind: str,
    name: str | None,
    tensor: Any,
    collections: Iterable[Any] | None,
    family: str | None = None,
    default: str | None = None,
    names: tuple[str, str] = ("tag", "tensor"),
    more: dict[str, tuple[Any, Any]] | None = None,
    prepared: Callable[[Any], Any] | None = None,
    **attrs: Any,
) -> Tensor:
    """Add a summary operation of the given kind.

    Args:
        kind: the operation's type.
        name, family: what it is called.
        tensor: what it summarises.
        collections: where it is kept, `GraphKeys.SUMMARIES` if None.
        default: its name where there is none.
        names: what the constants for the tag and for `tensor` are called.
        more: its other inputs and their types, by what their constants are called.
        prepared: what is done to a `tensor` that is none yet.
        attrs: its attributes.

    Raises:
        ImportError: the package tensorboard is missing. ValueError: there is no name. TypeError: the type of `tensor`
            cannot be summarised so.
    """
    message("Summary")  # complains here, not when the graph runs, if there is none
    with _scope(name, family, tensor, default) as (tag, scope):
        graph = graph_of([tensor])
        tensor = prepared(tensor) if prepared is not None and not holds_tensor(tensor) else tensor
        others = [graph.convert(value, dtype, n) for n, (value, dtype) in (more or {}).items()]
        inputs = [graph.convert(tag, types.string, names[0]), graph.convert(tensor, None, names[1]), *others]
        made: Tensor = graph.apply(kind, *inputs, name=scope, **attrs)
        _collect(graph, made, collections, (GraphKeys.SUMMARIES,))
    return made


def scalar(name: str, tensor: Any, collections: Iterable[Any] | None = None, family: str | None = None) -> Tensor:
    """A summary of one number, for a curve.

    Args:
        name: what the curve is called, inside the name scope that is open; characters that names cannot have become
            underscores.
        tensor: a real number.
        collections: the collections that it goes to, `GraphKeys.SUMMARIES` by default.
        family: goes in front of the name: curves of one family stand together.

    Returns:
        A string tensor: a serialised `tf.Summary`.

    Raises:
        TypeError: `tensor` is not of a real type. InvalidArgumentError: when it is run and is not one number.
        ImportError: the package tensorboard is missing.

    >>> summary = tf.summary.scalar("my loss", tf.constant(0.5))
    >>> tf.Summary.FromString(tf.Session().run(summary)).value[0]
    tag: "my_loss"
    simple_value: 0.5
    """
    return summarize("ScalarSummary", name, tensor, collections, family, names=("tags", "values"))


def _as_floats(values: Any) -> Any:
    """Numbers that are no tensor yet as float32."""
    array = to_array(values)
    return array.astype(np.float32) if array.dtype.kind in "biuf" else array


def _as_pixels(values: Any) -> Any:
    """The same, save for bytes, which stay what they are."""
    array = to_array(values)
    return array if array.dtype == np.uint8 else _as_floats(array)


def histogram(name: str, values: Any, collections: Iterable[Any] | None = None, family: str | None = None) -> Tensor:
    """A summary of how numbers are distributed, in buckets whose ends grow by a tenth.

    Args:
        name: what it is called; see `scalar`.
        values: real numbers in any shape; what is no tensor yet becomes float32.
        collections, family: see `scalar`.

    Raises:
        TypeError: `values` is not of a real type. InvalidArgumentError: when it is run and a number is not finite.
        ImportError: the package tensorboard is missing.

    >>> summary = tf.Session().run(tf.summary.histogram("weights", [1.0, 2.0, 2.0]))
    >>> histo = tf.Summary.FromString(summary).value[0].histo
    >>> histo.num, histo.sum, [b for b in histo.bucket if b]
    (3.0, 5.0, [1.0, 2.0])
    """
    names = ("tag", "values")
    return summarize(_HISTOGRAM, name, values, collections, family, _HISTOGRAM, names, prepared=_as_floats)


def image(
    name: str, tensor: Any, max_outputs: int = 3, collections: Iterable[Any] | None = None, family: str | None = None
) -> Tensor:
    """A summary of pictures.

    Bytes are shown as they are. Other numbers are scaled, each picture by itself: if none is negative, so that the
    largest is 255; else so that 0 is 128 and the largest by magnitude is 1 or 255. Pixels that are not finite are red.
    Arrays of bytes are bytes; TensorFlow scales these too, unless they are tensors.

    Args:
        name: what it is called; see `scalar`. The pictures are ``name/image/0``, ... or ``name/image`` if
            `max_outputs` is 1.
        tensor: of shape (batch, height, width, channels) with 1 (grey), 3 (RGB) or 4 channels (RGB and opacity), of
            type uint8, float16, float32 or float64.
        max_outputs: how many of the batch are shown.
        collections, family: see `scalar`.

    Raises:
        TypeError: the type is another. ValueError: `max_outputs` is not positive. InvalidArgumentError: when it is
            run and the shape is another. ImportError: the package tensorboard is missing.

    >>> summary = tf.Session().run(tf.summary.image("digit", np.zeros((1, 28, 28, 1), np.float32)))
    >>> [(v.tag, v.image.height) for v in tf.Summary.FromString(summary).value]
    [('digit/image/0', 28)]
    """
    most = _positive("max_outputs", max_outputs)
    return summarize("ImageSummary", name, tensor, collections, family, prepared=_as_pixels, max_images=most)


def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Iterable[Any] | None = None,
    family: str | None = None,
) -> Tensor:
    """A summary of sounds, as WAV with 16 bits a sample.

    Args:
        name: what it is called; see `image`.
        tensor: float32 of shape (batch, frames) or (batch, frames, channels), from -1 to 1.
        sample_rate: frames a second.
        max_outputs: how many of the batch are written.
        collections, family: see `scalar`.

    Raises:
        TypeError: the type is another. ValueError: `max_outputs` is not positive. InvalidArgumentError: when it is
            run and the shape is another or the rate not positive. ImportError: the package tensorboard is missing.

    >>> wave = np.sin(np.arange(800) / 5.0).astype(np.float32)
    >>> summary = tf.Session().run(tf.summary.audio("tone", wave[None], 8000, max_outputs=1))
    >>> [(v.tag, v.audio.length_frames) for v in tf.Summary.FromString(summary).value]
    [('tone/audio', 800)]
    """
    most = _positive("max_outputs", max_outputs)
    more = {"sample_rate": (sample_rate, types.float32)}
    return summarize("AudioSummaryV2", name, tensor, collections, family, more=more, max_outputs=most)


def _positive(name: str, value: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() < 1:
        raise ValueError(f"{name} must be a positive integer, got {value!r}.")
    return value.__index__()


def tensor_summary(
    name: str,
    tensor: Any,
    summary_description: str | None = None,
    collections: Iterable[Any] | None = None,
    summary_metadata: Any = None,
    family: str | None = None,
    display_name: str | None = None,
) -> Tensor:
    """A summary of a whole tensor, of any type and shape, for a plugin of TensorBoard's.

    Args:
        name: what it is called; see `scalar`.
        tensor: the tensor.
        summary_description: a text about it.
        collections: see `scalar`.
        summary_metadata: a `tf.SummaryMetadata`, which says for which plugin it is.
        family: see `scalar`.
        display_name: what TensorBoard calls it.

    Raises:
        ImportError: the package tensorboard is missing.

    >>> summary = tf.Session().run(tf.summary.tensor_summary("table", [[1, 2], [3, 4]]))
    >>> [d.size for d in tf.Summary.FromString(summary).value[0].tensor.tensor_shape.dim]
    [2, 2]
    """
    metadata = message("SummaryMetadata")()
    if summary_metadata is not None:
        metadata.CopyFrom(summary_metadata)
    if summary_description is not None:
        metadata.summary_description = summary_description
    if display_name is not None:
        metadata.display_name = display_name
    more = {"serialized_summary_metadata": (metadata.SerializeToString(), types.string)}
    return summarize("TensorSummaryV2", name, tensor, collections, family, more=more)


def text(name: str, tensor: Any, collections: Iterable[Any] | None = None) -> Tensor:
    """A summary of text, which TensorBoard reads as Markdown; vectors and matrices of strings are shown as tables.

    Args:
        name: what it is called; see `scalar`.
        tensor: a string tensor.
        collections: see `scalar`.

    Raises:
        ValueError: `tensor` is not of strings. ImportError: the package tensorboard is missing.

    >>> summary = tf.Session().run(tf.summary.text("notes", tf.constant("**bold**")))
    >>> tf.Summary.FromString(summary).value[0].tensor.string_val
    [b'**bold**']
    """
    tensor = graph_of([tensor]).convert(tensor)
    if tensor.dtype is not types.string:
        raise ValueError(f"Expected a string tensor for the summary {name!r}, got {tensor} of {tensor.dtype.name}.")
    metadata = message("SummaryMetadata")()
    metadata.plugin_data.plugin_name = "text"
    return tensor_summary(name, tensor, collections=collections, summary_metadata=metadata)


def merge(inputs: Sequence[Any], collections: Iterable[Any] | None = None, name: str | None = None) -> Tensor:
    """Several summaries as one.

    Args:
        inputs: summaries: string tensors.
        collections: the collections that it goes to, none by default.
        name: the operation's.

    Raises:
        ValueError: there are no inputs. InvalidArgumentError: when it is run and two have one tag, or an input is no
            summary. ImportError: the package tensorboard is missing.

    >>> both = tf.summary.merge([tf.summary.scalar("a", 1.0), tf.summary.scalar("b", 2.0)])
    >>> [v.tag for v in tf.Summary.FromString(tf.Session().run(both)).value]
    ['a', 'b']
    """
    message("Summary")
    name, inputs = clean_tag(name), list(inputs)
    graph = graph_of(inputs)
    with name_scope(name, "Merge", inputs):
        made: Tensor = graph.apply("MergeSummary", *graph.convert_all(inputs, types.string), name=name)
        _collect(graph, made, collections, ())
    return made


def merge_all(key: Any = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None) -> Tensor | None:
    """All summaries of the default graph as one; None if there are none.

    Args:
        key: the collection they are in.
        scope: only those whose names match this regular expression from their start.
        name: the operation's.

    >>> tf.summary.merge_all() is None, tf.summary.scalar("loss", 1.0).op.type, tf.summary.merge_all().op.type
    (True, 'ScalarSummary', 'MergeSummary')
    """
    found = default_graph().get_collection(key, scope)
    return merge(found, name=name) if found else None


def get_summary_description(node_def: Any) -> Any:
    """The `SummaryDescription` in the node of a ``TensorSummary``, as TensorFlow 1.0 wrote them.

    Raises:
        ValueError: the node is of another kind.

    >>> node = tf.NodeDef(op="TensorSummary")
    >>> node.attr["description"].s = b'{"type_hint": "scalar"}'
    >>> tf.summary.get_summary_description(node).type_hint
    'scalar'
    """
    if node_def.op != "TensorSummary":
        raise ValueError(f"Can't get_summary_description on {node_def.op}")
    found = json.loads(node_def.attr["description"].s or b"{}")
    hint = found.get("typeHint", found.get("type_hint", ""))
    return message("SummaryDescription")(type_hint=hint)
