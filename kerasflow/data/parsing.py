"""`Example` messages as tensors: `parse_example` and its kin.

What is wanted of a message is told by a dict from the names of its features to `FixedLenFeature`, `VarLenFeature`,
`FixedLenSequenceFeature` or `SparseFeature`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import convert
from kerasflow.core.opdef import op
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype, float32, int64, string
from kerasflow.core.values import to_array
from kerasflow.data.columns import Column, Fixed, Sequential, Sparse, Varying, unreadable
from kerasflow.io import protos

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "SparseFeature",
    "VarLenFeature",
    "parse_example",
    "parse_single_example",
    "parse_single_sequence_example",
]


class VarLenFeature(NamedTuple):
    """A feature with any number of values: a sparse tensor.

    Args:
        dtype: float32, int64 or string.
    """

    dtype: Any


class FixedLenFeature(NamedTuple):
    """A feature with as many values in each message: a dense tensor.

    Args:
        shape: its shape in a message.
        dtype: float32, int64 or string.
        default_value: what stands for it in a message without it; if there is none, such a message is an error.
    """

    shape: Any
    dtype: Any
    default_value: Any = None


class FixedLenSequenceFeature(NamedTuple):
    """A feature that is a sequence of parts of one shape: a dense tensor, filled up to the longest in the batch.

    Args:
        shape: the shape of a part.
        dtype: float32, int64 or string.
        allow_missing: whether messages may be without it; must be true for `parse_example`.
        default_value: what shorter sequences are filled up with, a scalar; by default zero, or the empty string.
    """

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


class SparseFeature(NamedTuple):
    """A sparse tensor of which two features hold the places and the values.

    Args:
        index_key: the feature with the places, int64.
        value_key: the feature with the values.
        dtype: float32, int64 or string, the values' type.
        size: the size of the tensor in a message.
        already_sorted: whether the places are in rising order in each message.
    """

    index_key: str
    value_key: str
    dtype: Any
    size: int
    already_sorted: bool = False


def _column(key: str, feature: Any, sequence: bool) -> Column:
    """What reads a feature out of messages; raises as `parse_example`."""
    if isinstance(feature, SparseFeature) and not sequence:
        if not isinstance(feature.index_key, str):
            raise TypeError(f"Feature {key!r}: a SparseFeature with several index keys is not supported.")
        dtype = _checked_type(key, feature.dtype)
        return Sparse(feature.index_key, feature.value_key, dtype, int(feature.size), bool(feature.already_sorted))
    if not isinstance(feature, (FixedLenFeature, VarLenFeature, FixedLenSequenceFeature)):
        raise TypeError(f"Feature {key!r}: expected a FixedLenFeature, VarLenFeature or the like, got {feature!r}.")
    dtype = _checked_type(key, feature.dtype)
    if isinstance(feature, VarLenFeature):
        return Varying(key, dtype)
    dims = shapes.as_dims(feature.shape)
    if dims is None or not shapes.is_static(dims):
        raise ValueError(f"Feature {key!r}: its shape {shapes.show(dims)} must be known; see FixedLenSequenceFeature.")
    default = None if feature.default_value is None else to_array(feature.default_value, dtype)
    if isinstance(feature, FixedLenSequenceFeature):
        if default is not None and default.size != 1:
            raise ValueError(f"Feature {key!r}: the default value must be one value, got an array of {default.shape}.")
        return Sequential(key, dtype, dims, bool(feature.allow_missing), _listed(default))
    if default is not None and default.size != int(np.prod(dims)):
        raise ValueError(f"Feature {key!r}: the default value has {default.size} values, the shape is {list(dims)}.")
    return Fixed(key, dtype, dims, _listed(default))


def _checked_type(key: str, dtype: Any) -> DType:
    found = as_dtype(dtype)
    if found not in (float32, int64, string):
        raise TypeError(f"Feature {key!r}: messages hold float32, int64 and string, not {found.name}.")
    return found


def _listed(default: Any) -> tuple[Any, ...] | None:
    if default is None:
        return None
    return tuple(v.encode() if isinstance(v, str) else v for v in default.reshape(-1).tolist())


def _columns(features: Any, what: str, sequence: bool = False) -> dict[str, Column]:
    if not isinstance(features, Mapping):
        raise TypeError(f"{what} must be a dict from names to features, got {features!r}.")
    return {key: _column(key, features[key], sequence) for key in sorted(features)}


# Operations.


def _infer(serialized: Spec, columns: tuple[Column, ...]) -> tuple[Spec, ...]:
    if serialized.dtype is not string:
        raise TypeError(f"messages are strings, got {serialized.dtype.name}")
    if serialized.shape is not None and len(serialized.shape) > 1:
        raise ValueError(f"messages come one by one or in a vector, got shape {shapes.show(serialized.shape)}")
    rows = serialized.shape if serialized.shape is not None else (None,)
    return tuple([spec for c in columns for spec in c.specs(rows)])


def _parse(messages: Any, columns: Sequence[Column], single: bool) -> Any:
    kind = protos.message("Example")
    parsed = []
    for i, text in enumerate(messages):
        try:
            parsed.append(kind.FromString(text).features.feature)
        except protos.message("DecodeError"):
            raise unreadable(i, text) from None
    flat = [v for c in columns for v in c.read(parsed, single)]
    return flat[0] if len(flat) == 1 else tuple(flat)


@op("ParseExample", infer=_infer, vjp=None)
def _parse_examples(serialized: Any, columns: tuple[Column, ...]) -> Any:
    return _parse(serialized.tolist(), columns, single=False)


@op("ParseSingleExample", infer=_infer, vjp=None)
def _parse_one(serialized: Any, columns: tuple[Column, ...]) -> Any:
    return _parse([np.asarray(serialized, object)[()]], columns, single=True)


def parse_example(serialized: Any, features: Any, name: str | None = None, example_names: Any = None) -> dict[str, Any]:
    """The features of a batch of serialized `Example` messages.

    Args:
        serialized: a string tensor, (batch,).
        features: a dict from names to `FixedLenFeature`, `VarLenFeature`, `FixedLenSequenceFeature` or
            `SparseFeature`.
        name: of the operation.
        example_names: accepted and without effect.

    Returns:
        A dict from the same names to tensors, and sparse tensors, with the batch as first axis.

    Raises:
        ValueError, TypeError: `features` is empty, or something in it is wrong. ImportError: the package tensorboard is
            not installed. InvalidArgumentError: when it is run, and a message has no such feature, or another type or
            number of values.

    >>> feature = tf.train.Feature(float_list=tf.train.FloatList(value=[1.0, 2.0]))
    >>> example = tf.train.Example(features=tf.train.Features(feature={"x": feature}))
    >>> parsed = tf.parse_example([example.SerializeToString()], {"x": tf.FixedLenFeature([2], tf.float32)})
    >>> tf.Session().run(parsed)
    {'x': array([[1., 2.]], dtype=float32)}
    """
    return _parsed("ParseExample", serialized, features, name)


def parse_single_example(
    serialized: Any, features: Any, name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """As `parse_example`, for one message, a scalar string; what it gives has no batch axis.

    >>> feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[7]))
    >>> example = tf.train.Example(features=tf.train.Features(feature={"n": feature}))
    >>> tf.Session().run(tf.parse_single_example(example.SerializeToString(), {"n": tf.FixedLenFeature([], tf.int64)}))
    {'n': np.int64(7)}
    """
    return _parsed("ParseSingleExample", serialized, features, name)


def _parsed(kind: str, serialized: Any, features: Any, name: str | None) -> dict[str, Any]:
    protos.message("Example")
    if not features:
        raise ValueError(f"Missing: features was {features!r}.")
    columns = _columns(features, "features")
    for key, c in columns.items():
        if isinstance(c, Sequential) and not c.may_miss:
            raise ValueError(f"Feature {key!r}: a FixedLenSequenceFeature needs allow_missing=True here.")
    messages = convert(serialized)
    rank = 0 if kind == "ParseSingleExample" else 1
    if messages.dims is not None and len(messages.dims) != rank:
        raise ValueError(f"Expected {'a scalar' if rank == 0 else 'a vector'} of messages, got {messages}.")
    made = messages.graph.apply(kind, messages, columns=tuple(columns.values()), name=name or f"{kind}/{kind}")
    return _packed(columns, made)


def _packed(columns: Mapping[str, Column], made: Any) -> dict[str, Any]:
    flat = iter(made if isinstance(made, tuple) else (made,))
    return {
        key: SparseTensor(next(flat), next(flat), next(flat)) if c.sparse else next(flat) for key, c in columns.items()
    }


def _infer_sequence(serialized: Spec, context: tuple[Column, ...], lists: tuple[Column, ...]) -> tuple[Spec, ...]:
    found = [spec for c in context for spec in c.specs(())]
    # The steps of a dense sequence are its only rows; those of a sparse one are rows of several values.
    return tuple([*found, *[spec for c in lists for spec in c.specs((None,) if c.sparse else ())]])


@op("ParseSingleSequenceExample", infer=_infer_sequence, vjp=None)
def _parse_sequence(serialized: Any, context: tuple[Column, ...], lists: tuple[Column, ...]) -> Any:
    text = np.asarray(serialized, object)[()]
    try:
        parsed = protos.message("SequenceExample").FromString(text)
    except protos.message("DecodeError"):
        raise unreadable(0, text) from None
    flat = [v for c in context for v in c.read([parsed.context.feature], True)]
    flat += [v for c in lists for v in c.read_list(parsed.feature_lists.feature_list)]
    return flat[0] if len(flat) == 1 else tuple(flat)


def parse_single_sequence_example(
    serialized: Any,
    context_features: Any = None,
    sequence_features: Any = None,
    example_name: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The features of a serialized `SequenceExample`: those of the whole, and those of the steps of its sequences.

    Args:
        serialized: a scalar string tensor.
        context_features: a dict from names to `FixedLenFeature` and `VarLenFeature`.
        sequence_features: a dict from names to `FixedLenSequenceFeature` and `VarLenFeature`; what it gives has the
            steps as first axis.
        example_name: accepted and without effect.
        name: of the operation.

    Raises:
        ValueError, TypeError: both dicts are empty, or something in them is wrong. InvalidArgumentError: when it is
            run, and the message has no such feature, or another type or number of values.
    """
    protos.message("SequenceExample")
    if not context_features and not sequence_features:
        raise ValueError("Missing features: pass context_features or sequence_features.")
    context = _columns(context_features or {}, "context_features")
    lists = _columns(sequence_features or {}, "sequence_features", sequence=True)
    for key, c in lists.items():
        if not isinstance(c, (Sequential, Varying)):
            raise TypeError(f"Feature {key!r}: a sequence is a FixedLenSequenceFeature or a VarLenFeature.")
    message: Tensor = convert(serialized)
    if message.dtype is not string or not shapes.compatible(message.dims, ()):
        raise ValueError(f"Expected a message, a scalar string, got {message}.")
    kind = "ParseSingleSequenceExample"
    attrs = {"context": tuple(context.values()), "lists": tuple(lists.values())}
    made = message.graph.apply(kind, message, name=name or f"{kind}/{kind}", **attrs)
    flat = list(made) if isinstance(made, tuple) else [made]
    cut = sum(3 if c.sparse else 1 for c in context.values())
    return _packed(context, tuple(flat[:cut])), _packed(lists, tuple(flat[cut:]))
