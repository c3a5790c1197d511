"""What is put into a saved model when it serves: raw tensors, or serialised `tf.train.Example` messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from kerasflow.core import ops, types
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.data.parsing import parse_example

__all__ = [
    "ServingInputReceiver",
    "TensorServingInputReceiver",
    "build_parsing_serving_input_receiver_fn",
    "build_raw_serving_input_receiver_fn",
]


class _Fields(NamedTuple):
    features: Any
    receiver_tensors: dict[str, Tensor]
    receiver_tensors_alternatives: Any


class ServingInputReceiver(_Fields):
    """The features of a model that serves, and the tensors that are put in.

    Args:
        features: what the model function is given, a tensor or a dict of tensors; one tensor becomes ``"feature"``.
        receiver_tensors: a tensor, which becomes ``"input"``, or a dict of tensors.
        receiver_tensors_alternatives: by name, other tensors to put in.

    Raises:
        ValueError: something is missing, or is no tensor.

    >>> x = tf.placeholder(tf.float32, [None])
    >>> sorted(tf.estimator.export.ServingInputReceiver({"x": x}, x).receiver_tensors)
    ['input']
    """

    __slots__ = ()

    def __new__(
        cls, features: Any, receiver_tensors: Any, receiver_tensors_alternatives: Any = None
    ) -> ServingInputReceiver:
        """Check what is given."""
        return super().__new__(
            cls,
            _tensors(features, "feature", sparse=True),
            _tensors(receiver_tensors, "input"),
            _checked_alternatives(receiver_tensors_alternatives),
        )


class TensorServingInputReceiver(_Fields):
    """As `ServingInputReceiver`, for a model function whose features are one tensor rather than a dict."""

    __slots__ = ()

    def __new__(
        cls, features: Any, receiver_tensors: Any, receiver_tensors_alternatives: Any = None
    ) -> TensorServingInputReceiver:
        """Check what is given."""
        if not isinstance(features, (Tensor, SparseTensor)):
            raise ValueError(f"feature must be a Tensor or SparseTensor, got {features!r}.")
        alternatives = _checked_alternatives(receiver_tensors_alternatives)
        return super().__new__(cls, features, _tensors(receiver_tensors, "input"), alternatives)


def _tensors(given: Any, single: str, sparse: bool = False) -> dict[str, Any]:
    if given is None or (isinstance(given, Mapping) and not given):
        raise ValueError(f"{single}s must be defined.")
    named = dict(given) if isinstance(given, Mapping) else {single: given}
    kinds = (Tensor, SparseTensor) if sparse else (Tensor,)
    for key, value in named.items():
        if not isinstance(key, str):
            raise ValueError(f"{single} keys must be strings: {key!r}.")
        if not isinstance(value, kinds):
            raise ValueError(f"{single} {key} must be a {' or '.join(k.__name__ for k in kinds)}, got {value!r}.")
    return named


def _checked_alternatives(given: Any) -> Any:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise ValueError(f"receiver_tensors_alternatives must be a dict: {given!r}.")
    return {name: _tensors(other, "input") for name, other in given.items()}


def build_parsing_serving_input_receiver_fn(
    feature_spec: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """A function that gives features parsed from serialised examples, which are put in as ``"examples"``.

    Args:
        feature_spec: what `tf.parse_example` is given.
        default_batch_size: the number of examples, by default any.

    >>> build = tf.estimator.export.build_parsing_serving_input_receiver_fn({"x": tf.FixedLenFeature([1], tf.float32)})
    >>> receiver = build()
    >>> receiver.features["x"].shape, receiver.receiver_tensors["examples"].name
    (TensorShape([Dimension(None), Dimension(1)]), 'input_example_tensor:0')
    """

    def serving_input_receiver_fn() -> ServingInputReceiver:
        serialized = ops.placeholder(types.string, [default_batch_size], name="input_example_tensor")
        features = parse_example(serialized, dict(feature_spec))
        return ServingInputReceiver(features, {"examples": serialized})

    return serving_input_receiver_fn


def build_raw_serving_input_receiver_fn(
    features: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """A function that gives placeholders as features, which are put in under their names.

    Args:
        features: tensors by name, whose types and shapes the placeholders have.
        default_batch_size: the number of rows, by default any.

    >>> build = tf.estimator.export.build_raw_serving_input_receiver_fn({"x": tf.zeros([5, 2])})
    >>> build().receiver_tensors["x"].shape
    TensorShape([Dimension(None), Dimension(2)])
    """

    def serving_input_receiver_fn() -> ServingInputReceiver:
        made = {}
        for name, t in features.items():
            rest = None if t.dims is None else t.dims[1:]
            dims = None if rest is None else [default_batch_size, *rest]
            made[name] = ops.placeholder(t.dtype, dims, name=t.op.name)
        return ServingInputReceiver(made, made)

    return serving_input_receiver_fn
