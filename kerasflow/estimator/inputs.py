"""`tf.estimator.inputs`: input functions over arrays and data frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasflow.data import Dataset

__all__ = ["numpy_input_fn", "pandas_input_fn"]

InputFn = Callable[[], Any]


def numpy_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int = 1000,
    num_threads: int = 1,
) -> InputFn:
    """An input function over the rows of arrays.

    Batches go on from one pass to the next, so all are full but the last. A shuffle covers all rows in each pass.

    Args:
        x: an array, or a dict of arrays with as many rows each.
        y: labels, likewise; None for features alone.
        batch_size: the number of rows in a batch.
        num_epochs: the number of passes; None for no end.
        shuffle: whether each pass has an order of its own; must be given.
        queue_capacity, num_threads: accepted and without effect.

    Raises:
        ValueError: `shuffle` is not given; when it is called, if there are no arrays, they differ in their number of
            rows, or features and labels share a name. TypeError: when it is called, if `x` is something else.

    >>> input_fn = tf.estimator.inputs.numpy_input_fn(
    ...     {"x": np.array([1.0, 2.0, 3.0])}, np.array([10, 20, 30]), batch_size=2, shuffle=False
    ... )
    >>> features, labels = input_fn()
    >>> with tf.Session() as sess:
    ...     sess.run([features["x"], labels])
    [array([1., 2.]), array([10, 20])]
    """
    _check_shuffle(shuffle)

    def input_fn() -> Any:
        features = _features(x)
        if isinstance(y, Mapping):
            if not y:
                raise ValueError("y cannot be empty dict, use None instead.")
            shared = sorted(set(features) & set(y)) if isinstance(x, Mapping) else []
            if shared:
                raise ValueError(f"{len(shared)} duplicate keys are found in both x and y: {shared}")
        labels = {key: y[key] for key in sorted(y)} if isinstance(y, Mapping) else y
        _check_rows(features, labels)
        given = features if isinstance(x, Mapping) else x
        return _batches(given if y is None else (given, labels), len(_first(features)), batch_size, num_epochs, shuffle)

    return input_fn


def pandas_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int | None = 1000,
    num_threads: int = 1,
    target_column: str = "target",
) -> InputFn:
    """An input function over the rows of a data frame, each column a feature; the arguments are as for arrays.

    Args:
        x: a data frame.
        y: labels: a series, or a data frame for a dict of labels, with the index of `x`.
        batch_size, num_epochs, shuffle, queue_capacity, num_threads: as for `numpy_input_fn`.
        target_column: a name for the labels that `x` has no column of.

    Raises:
        ValueError: `shuffle` is not given, the indices differ, or `x` has that column. TypeError: `x` is no data frame,
            or `target_column` no text.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"age": [30, 40], "name": ["a", "b"]})
    >>> features = tf.estimator.inputs.pandas_input_fn(table, shuffle=False)()
    >>> with tf.Session() as sess:
    ...     sess.run([features["age"], features["name"]])
    [array([30, 40]), array([b'a', b'b'], dtype=object)]
    """
    _check_shuffle(shuffle)
    if not hasattr(x, "columns"):
        raise TypeError(f"x must be a pandas DataFrame, got a {type(x).__name__}; numpy_input_fn takes arrays.")
    if not isinstance(target_column, str):
        raise TypeError("target_column must be a string type")
    labels = None
    if y is not None:
        if target_column in x:
            raise ValueError(
                f"Cannot use name {target_column} for target column: DataFrame already has a column with that name: "
                f"{list(x.columns)}"
            )
        if not np.array_equal(x.index, y.index):
            raise ValueError(f"Index for x and y are mismatched.\nIndex for x: {x.index}\nIndex for y: {y.index}\n")
        labels = _columns(y) if hasattr(y, "columns") else y.to_numpy(copy=True)
    features = _columns(x)

    def input_fn() -> Any:
        structure = features if labels is None else (features, labels)
        return _batches(structure, len(x), batch_size, num_epochs, shuffle)

    return input_fn


def _check_shuffle(shuffle: Any) -> None:
    if not isinstance(shuffle, bool):
        raise ValueError(
            "shuffle must be provided and explicitly set as boolean (it is recommended to set it as True for "
            f"training); got {shuffle}"
        )


def _features(x: Any) -> dict[str, Any]:
    """Features by name; an array on its own has the empty one."""
    if isinstance(x, Mapping):
        if not x:
            raise ValueError("x cannot be an empty dict")
        return {key: x[key] for key in sorted(x)}
    if isinstance(x, np.ndarray):
        if x.size == 0:
            raise ValueError("x cannot be an empty array")
        return {"": x}
    raise TypeError(f"x must be a dict or array; got {type(x).__name__}")


def _first(features: dict[str, Any]) -> Any:
    return next(iter(features.values()))


def _check_rows(features: dict[str, Any], labels: Any) -> None:
    of_labels = labels if isinstance(labels, dict) else {} if labels is None else {"": labels}
    given = [*features.values(), *of_labels.values()]
    if len({np.shape(v)[:1] for v in given}) == 1 and np.shape(given[0]):
        return
    in_x = {key: np.shape(v) for key, v in features.items()}
    in_y = {key: np.shape(v) for key, v in of_labels.items()}
    raise ValueError(
        "Length of tensors in x and y is mismatched. All elements in x and y must have the same length.\n"
        f"Shapes in x: {in_x}\nShapes in y: {in_y}\n"
    )


def _columns(table: Any) -> dict[str, Any]:
    return {name: table[name].to_numpy(copy=True) for name in table.columns}


def _batches(structure: Any, rows: int, size: int, epochs: int | None, shuffle: Any) -> Any:
    """The tensors of batches of the rows of arrays, in their nest."""
    dataset = Dataset.from_tensor_slices(structure)
    if shuffle:
        dataset = dataset.shuffle(rows)
    if epochs != 1:
        dataset = dataset.repeat(epochs)
    return dataset.batch(size, drop_remainder=epochs is None).make_one_shot_iterator().get_next()
