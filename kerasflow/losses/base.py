"""`Loss`: what a model is trained to make small, and how the values of a batch become one number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import as_dtype
from kerasflow.losses.align import align_weights, as_columns, as_tensors, graph_of, quotient, scope_name
from kerasflow.utils.registry import known_objects

__all__ = [
    "Loss",
    "LossFunctionWrapper",
    "Reduction",
    "StandardLoss",
    "function_name",
    "reduce_values",
    "with_function",
]


class Reduction:
    """How a loss reduces the values of a batch, by the names that Keras and TensorFlow gave it over time.

    >>> tf.keras.losses.MeanSquaredError(reduction=tf.keras.losses.Reduction.SUM).reduction
    'sum'
    """

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
    MEAN = "mean"
    MEAN_WITH_SAMPLE_WEIGHT = "mean_with_sample_weight"
    SUM_BY_NONZERO_WEIGHTS = "sum_by_nonzero_weights"


_SPELLINGS = {
    "auto": "sum_over_batch_size",
    "mean": "sum_over_batch_size",
    "sum_over_batch_size": "sum_over_batch_size",
    "weighted_sum_over_batch_size": "sum_over_batch_size",
    "sum": "sum",
    "weighted_sum": "sum",
    "none": "none",
    None: "none",
    "mean_with_sample_weight": "mean_with_sample_weight",
    "weighted_mean": "mean_with_sample_weight",
    "sum_by_nonzero_weights": "sum_by_nonzero_weights",
    "weighted_sum_by_nonzero_weights": "sum_by_nonzero_weights",
}


def _standard_reduction(reduction: Any) -> str:
    key = reduction.lower() if isinstance(reduction, str) else reduction
    if not isinstance(key, (str, type(None))) or key not in _SPELLINGS:
        known = sorted(k for k in _SPELLINGS if k is not None)
        raise ValueError(f"reduction must be one of {known}, got {reduction!r}.")
    return _SPELLINGS[key]


def reduce_values(values: Tensor, weights: Any, reduction: str) -> Tensor:
    """The values of a batch, weighted, as one number (or as they are, if `reduction` is "none")."""
    if weights is not None:
        weights = align_weights(weights, values)
        values = values * weights
    if reduction == "none":
        return values
    if reduction == "sum":
        return ops.reduce_sum(values)
    if reduction == "sum_over_batch_size" or weights is None:
        return ops.reduce_mean(values)
    counted = weights
    if reduction == "sum_by_nonzero_weights":
        counted = ops.cast(ops.not_equal(weights, 0.0), values.dtype)
    return quotient(ops.reduce_sum(values), ops.reduce_sum(counted * ops.ones_like(values)))


class Loss:
    """The base of all losses.

    A loss of one's own defines `call(y_true, y_pred)`, which gives one value per sample; calling the loss weighs and
    reduces them. With values v and sample weights w (1 where there are none) the reduction is

        "sum_over_batch_size"      sum(w v) / n, n the number of values; also "mean" and "auto"
        "sum"                      sum(w v)
        "none"                     w v
        "mean_with_sample_weight"  sum(w v) / sum(w)
        "sum_by_nonzero_weights"   sum(w v) / the number of values whose weight is not 0

    and 0 where the last two would divide by 0.

    Args:
        name: its name, by default the class's.
        reduction: one of these.
        dtype: the type it computes in, by default that of the predictions.

    Raises:
        ValueError: there is no such reduction.

    >>> class LargestError(tf.keras.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return tf.reduce_max(tf.abs(y_true - y_pred), -1)
    >>> tf.Session().run(LargestError()([[0.0, 1.0], [2.0, 3.0]], [[0.5, 1.0], [2.0, 2.0]]))
    np.float32(0.75)
    """

    integer_targets: ClassVar[bool] = False  # whether targets are numbers of classes, and are left as they are

    def __init__(self, name: str | None = None, reduction: Any = "sum_over_batch_size", dtype: Any = None) -> None:
        self.name = name or type(self).__name__
        self.reduction = _standard_reduction(reduction)
        self.dtype = None if dtype is None else as_dtype(dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value per sample."""
        raise NotImplementedError(f"{type(self).__name__} must define call(self, y_true, y_pred).")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The loss of a batch, a scalar tensor unless `reduction` is "none".

        Raises:
            ValueError: the shapes of targets, predictions and weights do not fit.
        """
        graph = graph_of(y_pred, y_true, sample_weight)
        with graph.as_default(), graph.name_scope(scope_name(self.name)):
            y_true, y_pred = as_tensors(y_true, y_pred, self.dtype, not self.integer_targets)
            values = graph.convert(self.call(y_true, y_pred))
            return reduce_values(values, self.weights(values, sample_weight), self.reduction)

    def weights(self, values: Tensor, sample_weight: Any) -> Any:
        """The weights of the values that `call` gave, from those of the samples; None for 1."""
        return sample_weight

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a loss like this one."""
        dtype = None if self.dtype is None else self.dtype.name
        return {"name": self.name, "reduction": self.reduction, "dtype": dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A loss from what `get_config` gave."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} reduction={self.reduction!r}>"


class LossFunctionWrapper(Loss):
    """Any function as a loss.

    Args:
        fn: a function ``(y_true, y_pred, **kwargs)`` that gives one value per sample, or one for the batch.
        reduction, name, dtype: see `Loss`; by default the name is the function's.
        kwargs: passed on to `fn`.

    Raises:
        TypeError: `fn` cannot be called.

    >>> loss = tf.keras.losses.LossFunctionWrapper(lambda t, p, scale: scale * tf.abs(t - p), scale=10.0)
    >>> tf.Session().run(loss([1.0, 2.0], [1.5, 2.0]))
    np.float32(2.5)
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        if not callable(fn):
            raise TypeError(f"A loss function must be callable, got {fn!r}.")
        super().__init__(name or getattr(fn, "__name__", type(fn).__name__), reduction, dtype)
        self.fn = fn
        self.kwargs = kwargs

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """What the function gives."""
        return self.fn(y_true, y_pred, **self.kwargs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a loss like this one; the function is there by its name."""
        return {**super().get_config(), "fn": getattr(self.fn, "__name__", type(self.fn).__name__), **self.kwargs}


def with_function(config: Mapping[str, Any], custom_objects: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The saved form of a wrapped function, with the function itself in the place of its name.

    Raises:
        ValueError: it is not among `custom_objects`; no function is looked up anywhere else.
    """
    settings = dict(config.get("config") or {})
    name, known = function_name(settings.get("fn")), known_objects(custom_objects)
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"The {kind} {name!r} is a function of the program that saved it: pass it in custom_objects.")
    return {**config, "config": {**settings, "fn": known[name]}}


def function_name(saved: Any) -> Any:
    """The name of a function from its saved form, which may be the name.

    >>> from kerasflow.losses.base import function_name
    >>> function_name({"class_name": "function", "config": "mse"})
    'mse'
    """
    if isinstance(saved, Mapping) and saved.get("class_name") == "function":
        return saved.get("registered_name") or saved.get("config")
    return saved


class StandardLoss(Loss):
    """The base of the losses that come with the library: a function of this package and its parameters."""

    fn: ClassVar[Callable[..., Any]]
    elementwise: ClassVar[bool] = True  # whether a vector of n numbers is n samples; else it is one sample

    def __init__(
        self, reduction: Any = "sum_over_batch_size", name: str | None = None, dtype: Any = None, **parameters: Any
    ) -> None:
        super().__init__(name or type(self).fn.__name__, reduction, dtype)
        self.parameters = parameters

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value per sample."""
        if self.elementwise:
            y_true, y_pred = as_columns(y_true, y_pred)
        return type(self).fn(y_true, y_pred, **self.parameters)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a loss like this one."""
        return {**super().get_config(), **self.parameters}
