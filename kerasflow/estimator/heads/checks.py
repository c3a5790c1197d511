"""What heads ask of logits, labels and weights: shapes that belong together, classes that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.core import ops
from kerasflow.core.scopes import control_dependencies, name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float32
from kerasflow.feature_column.base import FeatureTransformationCache
from kerasflow.feature_column.numeric import NumericColumn, numeric_column

__all__ = ["checked_logits", "in_range", "matching_labels", "matching_weights"]


def checked_logits(logits: Any, size: int) -> Tensor:
    """Logits as floats. ValueError, or InvalidArgumentError in a run, if they are no rows of `size` numbers."""
    with name_scope(None, "logits", (logits,)) as scope:
        logits = ops.cast(logits, float32)
        told = "logits shape must be [D0, D1, ... DN, logits_dimension]"
        if logits.dims is not None and (len(logits.dims) < 2 or logits.dims[-1] not in (None, size)):
            raise ValueError(f"{told}, with logits_dimension {size}, got {logits.shape}.")
        if logits.dims is not None and logits.dims[-1] is not None:
            return logits
        with control_dependencies([ops.assert_equal(size, ops.shape(logits)[-1], message=told)]):
            return ops.identity(logits, name=scope)


def matching_labels(labels: Any, logits: Tensor, size: int) -> Tensor:
    """Labels with the axes of logits, of which the last has `size`; a vector becomes a column.

    Raises:
        ValueError: there are none, they are sparse, or do not fit; InvalidArgumentError if that is seen in a run.
    """
    if labels is None:
        raise ValueError(
            "You must provide a labels Tensor. Given: None. Check that your input_fn returns labels, and that your "
            "data has them."
        )
    if isinstance(labels, SparseTensor):
        raise ValueError(
            f"SparseTensor labels are not supported: labels must be a Tensor of shape [batch_size, {size}]. "
            "tf.sparse_tensor_to_dense() makes one of it, in your input_fn."
        )
    with name_scope(None, "labels", (labels, logits)) as scope:
        labels = ops.convert_to_tensor(labels)
        rank = None if logits.dims is None else len(logits.dims)
        if labels.dims is not None and rank is not None and len(labels.dims) == rank - 1:
            labels = ops.expand_dims(labels, -1)
        if labels.dims and labels.dims[-1] not in (None, size):
            raise ValueError(
                f"Mismatched label shape. Expected labels dimension={size}. Received {labels.dims[-1]}. Check your "
                "n_classes argument to the estimator, whose labels are no one-hot rows, and the shape of your label."
            )
        if labels.dims is not None and rank is not None and len(labels.dims) != rank:
            raise ValueError(f"labels shape must be [D0, D1, ... DN, {size}], got {labels.shape}.")
        wanted = ops.concat([ops.shape(logits)[:-1], [size]], 0)
        told = f"labels shape must be [D0, D1, ... DN, {size}], where the logits' is [D0, D1, ... DN, logits_dimension]"
        with control_dependencies([ops.assert_equal(wanted, ops.shape(labels), message=told)]):
            return ops.identity(labels, name=scope)


def in_range(labels: Tensor, n_classes: int) -> Tensor:
    """The same labels. InvalidArgumentError in a run if one is no class: not from 0 to `n_classes` - 1."""
    with name_scope(None, "assert_range", (labels,)):
        most = ops.cast(n_classes - 1, labels.dtype)
        checks = [
            ops.assert_less_equal(labels, most, message=f"Labels must be <= n_classes - 1 = {n_classes - 1}"),
            ops.assert_non_negative(labels, message="Labels must be >= 0"),
        ]
        with control_dependencies(checks):
            return ops.identity(labels)


def matching_weights(features: Any, column: Any, logits: Tensor, each: bool = False) -> Any:
    """The weights of examples, as floats with the axes of logits; 1.0 if there is no column of them.

    Args:
        features: from names to tensors.
        column: the name of a feature, or a numeric column.
        logits: the logits.
        each: whether there may be a weight for each logit.

    Raises:
        TypeError: `column` is something else. ValueError: weights are no numbers, or do not fit;
            InvalidArgumentError if that is seen in a run.
    """
    if column is None:
        return 1.0
    if isinstance(column, str):
        column = numeric_column(column, (1,))
    if not isinstance(column, NumericColumn):
        raise TypeError(f"Weight column must be either a string or a numeric column, given: {column!r}.")
    if not isinstance(features, Mapping):
        raise ValueError(f"Weights are a feature, so features must be a dict, given: {features!r}.")
    with name_scope(None, "weights", (logits,)) as scope:
        weights = column.get_dense_tensor(FeatureTransformationCache(features), None)
        if weights.dtype.kind not in "fiu":
            raise ValueError(f"Weight column should be castable to float. Given dtype: {weights.dtype}.")
        weights = ops.cast(weights, float32)
        told = "weights shape must be [D0, D1, ... DN] or [D0, D1, ... DN, 1]"
        if weights.dims is not None and logits.dims is not None and len(weights.dims) == len(logits.dims) - 1:
            weights = ops.expand_dims(weights, -1)
        wanted = ops.concat([ops.shape(logits)[:-1], [1]], 0)
        if each and weights.dims and weights.dims[-1] not in (None, 1):
            told, wanted = f"{told} or [D0, D1, ... DN, logits_dimension]", ops.shape(logits)
        with control_dependencies([ops.assert_equal(wanted, ops.shape(weights), message=told)]):
            return ops.identity(weights, name=scope)
