"""Heads: what the targets are to the network that is trained on them.

A head learns from the targets of a fit how many outputs the network needs, by which loss it is trained, and how the
targets are encoded for it. The body is the same under every head.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.linalg import block_diag
from scipy.special import expit
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from kerasflow import losses
from kerasflow.core import ops, types
from kerasflow.estimators.labels import weights_of_classes

__all__ = ["ClassificationHead", "Curves", "Head", "RegressionHead"]

Array = np.ndarray[Any, Any]
Curves = list[tuple[Array, Array | None]]
Expansion = tuple[Array, Array, Callable[[], Curves]]  # losses, their first derivatives, what gives the second ones
_CERTAIN = 0.01  # the curvature of a cross-entropy where most classes are all but certain
_KINDS = {"multilabel-indicator": "labels", "multiclass-multioutput": "several"}


class Head:
    """The base of the heads; for one, the outputs of the network are in the units of the targets.

    Attributes:
        outputs: the number of units in the last layer.
        widths: how many of them go together: the loss is a sum of such that have outputs of their own.
        steps: how many of Newton's lead to the least loss of a linear model, about.
        key: what the loss depends on: heads with equal keys train by the same loss.
        idle: the directions of the outputs in which no loss changes, as a projection, (outputs, outputs).
        flattest: how much the loss curves by an output where that is little; what a search reckons with.
        penalties: what multiplies ``l1 |W|`` and ``alpha |W|^2`` beside the sum of the losses of the samples.
    """

    outputs: int
    widths: tuple[int, ...]
    steps: int
    idle: Array
    flattest: float
    key: tuple[Any, ...]
    penalties: tuple[float, float]

    def loss(self) -> losses.Loss:
        """The loss of the network's outputs."""
        raise NotImplementedError(f"{type(self).__name__} has to define loss().")

    def expanded(self, outputs: Array, targets: Array) -> Expansion:
        """The loss of each sample, (n_samples,), with its first derivatives by the outputs, (n_samples, n_outputs), and
        what gives its second ones: for outputs that go together c and u, (n_samples, width), or None for u = 0, of
        which they are diag(c) - u u^T.

        Args:
            outputs: of the network, (n_samples, n_outputs).
            targets: as `encode` gives them.
        """
        raise NotImplementedError(f"{type(self).__name__} has to define expanded(outputs, targets).")

    def strata(self, y: Array) -> Array | None:
        """Classes of which every part of the samples should have its share."""
        return None

    def encode(self, y: Array) -> Array:
        """The targets as the network is trained on them: numbers of shape (n_samples, n)."""
        raise NotImplementedError(f"{type(self).__name__} has to define encode(y).")

    def factors(self, y: Array) -> Any:
        """What the samples' weights are multiplied with."""
        return 1.0

    def to_units(self, kernel: Array, bias: Array) -> tuple[Array, Array]:
        """The trained weights of the last layer, for outputs in the units of the targets."""
        return kernel, bias

    def from_units(self, kernel: Array, bias: Array) -> tuple[Array, Array]:
        """The inverse of `to_units`."""
        return kernel, bias


class RegressionHead(Head):
    """One output for each target, trained by the squared error of the standard scores of the targets.

    So the size of the steps, the tolerance and the loss mean the same whatever unit the targets are in.

    Args:
        mean, scale: of each target, (n_outputs,).
    """

    def __init__(self, mean: Array, scale: Array) -> None:
        self.mean, self.scale = mean, scale
        self.outputs = len(mean)
        self.widths, self.steps = (1,) * self.outputs, 1
        self.idle = np.zeros((self.outputs, self.outputs))
        self.flattest = 1 / self.outputs
        self.key = ("numbers",)
        self.penalties = (1 / self.outputs, 1 / self.outputs)  # as the squared error is a mean over the outputs

    @classmethod
    def learn(cls, y: Array, weights: Array) -> RegressionHead:
        """The head for targets y, (n_samples,) or (n_samples, n_outputs), of samples with these weights."""
        counts = weights > 0
        y, weights = _columns(y)[counts], weights[counts]
        exponent = np.frexp(np.abs(y).max(axis=0))[1]
        near = np.ldexp(y, -exponent)  # no absolute value above 1, so that no square overflows
        mean = np.average(near, axis=0, weights=weights)
        scale = np.sqrt(np.average((near - mean) ** 2, axis=0, weights=weights))
        varies = (near != near[0]).any(axis=0) & (scale > 0)
        return cls(np.where(varies, np.ldexp(mean, exponent), y[0]), np.where(varies, np.ldexp(scale, exponent), 1.0))

    def loss(self) -> losses.Loss:
        """The mean squared error."""
        return losses.MeanSquaredError()

    def expanded(self, outputs: Array, targets: Array) -> Expansion:
        """The mean of the squares of the errors e, with 2 e / n_outputs and 2 / n_outputs."""
        errors, share = outputs - targets, 2 / self.outputs
        return (
            (errors**2).mean(axis=1),
            share * errors,
            lambda: [(np.full((len(errors), 1), share), None)] * self.outputs,
        )

    def encode(self, y: Array) -> Array:
        """The standard scores, float64 of shape (n_samples, n_outputs)."""
        y = _columns(y)
        if y.shape[1] != self.outputs:
            raise ValueError(f"y has {y.shape[1]} columns, {self.outputs} are expected.")
        return (y - self.mean) / self.scale

    def to_units(self, kernel: Array, bias: Array) -> tuple[Array, Array]:
        """The trained weights of the last layer, for outputs in the units of the targets."""
        return (kernel * self.scale).astype(kernel.dtype), (bias * self.scale + self.mean).astype(bias.dtype)

    def from_units(self, kernel: Array, bias: Array) -> tuple[Array, Array]:
        """The inverse of `to_units`."""
        return (kernel / self.scale).astype(kernel.dtype), ((bias - self.mean) / self.scale).astype(bias.dtype)


class ClassificationHead(Head):
    """Logits for classes, trained by the cross-entropy: one logit for two classes, else one for each class.

    Args:
        kind: "classes" for a class of each sample; "labels" for labels that a sample has or has not; "several" for
            several outputs, a class of each.
        classes: of each output the classes, sorted.
    """

    def __init__(self, kind: str, classes: Sequence[Array]) -> None:
        self.kind, self.classes = kind, list(classes)
        self.widths = tuple(1 if len(c) <= 2 else len(c) for c in self.classes)
        self.outputs, self.steps = sum(self.widths), 4
        self.flattest = _CERTAIN
        self.idle = block_diag(*[np.full((w, w), 1 / w if w > 1 else 0.0) for w in self.widths])
        self.key = (kind, *(() if kind == "labels" else self.widths), False)
        self.penalties = (1.0, 0.5)
        self._factors: list[Array] | None = None

    @classmethod
    def learn(cls, y: Array, classes: Any = None) -> ClassificationHead:
        """The head for targets, and for these classes, if `y` need not have each of them.

        Raises:
            ValueError: `y` is no sequence of labels, or has one that is not among the classes.
        """
        check_classification_targets(y)
        kind = "classes" if y.ndim == 1 else _KINDS.get(type_of_target(y), "several")
        if kind == "labels" and classes is not None and np.ndim(classes[0]):
            kind = "several"
        if kind == "labels":
            return cls(kind, [np.array([0, 1])] * y.shape[1])
        if classes is None:
            return cls(kind, [np.unique(column) for column in _targets(y).T])
        given = [np.unique(c) for c in ([classes] if kind == "classes" else classes)]
        head = cls(kind, given)
        head.encode(y)
        return head

    @classmethod
    def known(cls, kind: str, classes: Any) -> ClassificationHead:
        """The head of an estimator with these `classes_`."""
        if kind == "labels":
            return cls(kind, [np.array([0, 1])] * len(classes))
        return cls(kind, [classes] if kind == "classes" else classes)

    @property
    def public(self) -> Any:
        """The classes as `classes_` has them."""
        if self.kind == "labels":
            return np.arange(len(self.classes))
        return self.classes[0] if self.kind == "classes" else self.classes

    def loss(self) -> losses.Loss:
        """The cross-entropy; of several outputs the sum of theirs."""
        if self.kind != "classes":
            return _CrossEntropies(self.widths, self._factors is not None)
        cls = losses.BinaryCrossentropy if self.outputs == 1 else losses.SparseCategoricalCrossentropy
        return cls(from_logits=True)

    def expanded(self, outputs: Array, targets: Array) -> Expansion:
        """The cross-entropies of the probabilities p, with p - y for the labels y, and diag(p) - p p^T."""
        parts, start = [], 0
        for k, width in enumerate(self.widths):
            expand = _of_two if width == 1 else _of_several
            parts.append(expand(outputs[:, start : start + width], targets[:, k]))
            start += width
        if self.kind == "classes":
            return parts[0]
        weights = targets[:, len(parts) :] if self._factors is not None else np.ones(targets.shape)
        return _together(parts, weights)

    def strata(self, y: Array) -> Array | None:
        """The classes of the samples, if there is one of each."""
        return y if self.kind == "classes" else None

    def encode(self, y: Array) -> Array:
        """The places of the labels among the classes, (n_samples, n_outputs); beside them, where outputs have weights
        of their own, these.

        Raises:
            ValueError: a label is none of the classes.
        """
        codes = self._codes(y)
        if self.kind == "classes":
            return codes
        weights = [] if self._factors is None else [f[codes[:, k]] for k, f in enumerate(self._factors)]
        return np.column_stack([codes, *weights]).astype(np.float64)

    def _codes(self, y: Array) -> Array:
        y = _targets(y)
        if y.shape[1] != len(self.classes):
            raise ValueError(f"y has {y.shape[1]} columns, {len(self.classes)} are expected.")
        columns = []
        for column, classes in zip(y.T, self.classes, strict=True):
            places = np.searchsorted(classes, column)
            known = classes[np.minimum(places, len(classes) - 1)] == column
            if not known.all():
                unknown = np.unique(column[~known])
                raise ValueError(f"y has the classes {unknown[:5].tolist()}, none of {classes[:20].tolist()}.")
            columns.append(places)
        return np.stack(columns, axis=1)

    # The weights of classes.

    def weigh(self, class_weight: Any, y: Array, weights: Array) -> None:
        """Take note of how much the classes weigh.

        Args:
            class_weight: a dict from class to number; "balanced", which gives all classes the same sum of weights; for
                labels and several outputs a list of these, or of None, or "balanced" for all.
            y: the targets.
            weights: of the samples, (n_samples,).

        Raises:
            ValueError: it is for other outputs, or a dict lacks a class and has one that does not occur.
        """
        if class_weight is None:
            return
        given = [class_weight] * len(self.classes) if isinstance(class_weight, str) else class_weight
        if self.kind == "classes":
            given = [class_weight]
        if isinstance(given, Mapping) or len(given) != len(self.classes) or isinstance(given[0], list):
            wanted = "a dict or 'balanced'" if self.kind == "classes" else "'balanced' or a list with an item for each"
            raise ValueError(f"y has {len(self.classes)} outputs: class_weight must be {wanted}. Got {class_weight!r}.")
        columns = zip(given, self.classes, self._codes(y).T, strict=True)
        self._factors = [weights_of_classes(*column, weights) for column in columns]
        self.key = (*self.key[:-1], self.kind != "classes")

    def factors(self, y: Array) -> Any:
        """What the samples' weights are multiplied with, where each has one class; other outputs are weighed apart."""
        if self._factors is None or self.kind != "classes":
            return 1.0
        return self._factors[0][self._codes(y)[:, 0]]


class _CrossEntropies(losses.Loss):
    """The sum of the cross-entropies of several outputs.

    Args:
        widths: of each output the number of logits.
        weighted: whether the targets, the places of the classes, have weights beside them.
    """

    def __init__(self, widths: Sequence[int], weighted: bool) -> None:
        super().__init__("cross_entropies")
        self.widths, self.weighted = tuple(widths), weighted

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """One value per sample."""
        count = len(self.widths)
        codes = y_true[:, :count]
        if set(self.widths) == {1}:
            values = ops.sigmoid_cross_entropy_with_logits(labels=codes, logits=y_pred)
        else:
            ends = np.cumsum(self.widths).tolist()
            parts = [
                _cross_entropy(codes[:, k], y_pred[:, end - width : end], width)
                for k, (end, width) in enumerate(zip(ends, self.widths, strict=True))
            ]
            values = ops.stack(parts, axis=1)
        return ops.reduce_sum(values * y_true[:, count:] if self.weighted else values, 1)


def _of_two(logits: Array, codes: Array) -> Expansion:
    """The cross-entropies of two classes, with logits (n, 1), and their derivatives."""
    z = logits[:, 0]
    p = expit(z)
    return np.logaddexp(0, z) - codes * z, (p - codes)[:, None], lambda: [((p * (1 - p))[:, None], None)]


def _of_several(logits: Array, codes: Array) -> Expansion:
    """The cross-entropies of classes, with logits (n, n_classes), and their derivatives."""
    z = logits.T.copy()  # classes in front: NumPy is slow along short rows
    z -= z.max(axis=0)
    at = codes.astype(np.intp), np.arange(len(codes))
    chosen = z[at]
    p = np.exp(z, out=z)
    total = p.sum(axis=0)
    p /= total
    slopes = p.copy()
    slopes[at] -= 1.0
    return np.log(total) - chosen, slopes.T, lambda: [(p.T, p.T)]


def _together(parts: Sequence[Expansion], weights: Array) -> Expansion:
    """The sum of losses of which each has outputs of its own, and a weight for each sample."""
    weighted = list(zip(parts, weights.T, strict=False))

    def curves() -> Curves:
        each = [(c, u, w[:, None]) for (_, _, found), w in weighted for c, u in found()]
        return [(c * w, None if u is None else u * np.sqrt(w)) for c, u, w in each]

    slopes = np.hstack([slope * w[:, None] for (_, slope, _), w in weighted])
    return np.sum([loss * w for (loss, _, _), w in weighted], axis=0), slopes, curves


def _cross_entropy(codes: Any, logits: Any, width: int) -> Any:
    if width == 1:
        return ops.sigmoid_cross_entropy_with_logits(labels=codes, logits=logits[:, 0])
    return ops.sparse_softmax_cross_entropy_with_logits(labels=ops.cast(codes, types.int32), logits=logits)


def _targets(y: Any) -> Array:
    """Labels with an axis for the outputs."""
    return np.asarray(y).reshape(len(y), -1)


def _columns(y: Array) -> Array:
    return y.reshape(len(y), -1).astype(np.float64)
