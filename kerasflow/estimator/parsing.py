"""What `tf.parse_example` needs to know of feature columns, labels and weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kerasflow.core.types import float32, int64
from kerasflow.data.parsing import FixedLenFeature
from kerasflow.feature_column.functions import make_parse_example_spec
from kerasflow.feature_column.numeric import NumericColumn, numeric_column

__all__ = ["classifier_parse_example_spec", "regressor_parse_example_spec"]


def classifier_parse_example_spec(
    feature_columns: Iterable[Any],
    label_key: str,
    label_dtype: Any = int64,
    label_default: Any = None,
    weight_column: Any = None,
) -> dict[str, Any]:
    """What `tf.parse_example` needs for a classification.

    Args:
        feature_columns: the columns of the model.
        label_key: the feature that is the label.
        label_dtype: its type.
        label_default: what stands for it in an example without it.
        weight_column: the feature with weights, by name or as a numeric column.

    Raises:
        ValueError: the label or the weights are features of a column too.

    >>> columns = [tf.feature_column.numeric_column("age")]
    >>> sorted(tf.estimator.classifier_parse_example_spec(columns, "label", weight_column="weight"))
    ['age', 'label', 'weight']
    """
    label = FixedLenFeature((1,), label_dtype, label_default)
    return _with_label(make_parse_example_spec(feature_columns), label_key, label, weight_column)


def regressor_parse_example_spec(
    feature_columns: Iterable[Any],
    label_key: str,
    label_dtype: Any = float32,
    label_default: Any = None,
    label_dimension: int = 1,
    weight_column: Any = None,
) -> dict[str, Any]:
    """What `tf.parse_example` needs for a regression.

    Args:
        feature_columns, label_key, label_dtype, label_default, weight_column: as for
            `classifier_parse_example_spec`.
        label_dimension: how many numbers the label is.

    Raises:
        ValueError: the label or the weights are features of a column too.
    """
    label = FixedLenFeature((label_dimension,), label_dtype, label_default)
    return _with_label(make_parse_example_spec(feature_columns), label_key, label, weight_column)


def _with_label(spec: dict[str, Any], key: str, label: Any, weights: Any) -> dict[str, Any]:
    if key in spec:
        raise ValueError(f"label should not be used as feature. label_key: {key}, features: {sorted(spec)}")
    spec[key] = label
    if weights is None:
        return spec
    column = numeric_column(weights) if isinstance(weights, str) else weights
    if not isinstance(column, NumericColumn):
        raise ValueError(f"weight_column should be a name or a numeric column, given: {weights!r}")
    if column.key in spec:
        raise ValueError(f"weight_column should not be used as feature. weight_column: {column.key}, {sorted(spec)}")
    return {**spec, **column.parse_example_spec}
