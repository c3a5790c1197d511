"""Training on all the data at once: SciPy decides where to look, the graph gives the loss and its gradient there.

The search does not go in the weights of the first layer, but in those of features that are brought to one spread; see
`axes`. Where there is a penalty on magnitudes, it goes in two parts of each matrix that are not
negative, W = P - N with the penalty l1 (P + N), which is smooth; and ends where many weights are exactly 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize

from kerasflow.core import ops
from kerasflow.core.autodiff import gradients
from kerasflow.core.graph import Graph
from kerasflow.core.session import Session
from kerasflow.estimators.axes import Axes, axes_of
from kerasflow.estimators.bench import Bench
from kerasflow.estimators.course import Course
from kerasflow.estimators.linear_loss import LinearLoss
from kerasflow.estimators.sparse import entries

__all__ = ["Slope", "minimise", "minimise_linear"]

Array = np.ndarray[Any, Any]
Data = tuple[Array, Array, Array]


class Slope(Bench):
    """A model with the loss and its gradient on all the data.

    Args:
        design: what it looks like, see `Stack`.
        loss: the loss of its outputs.
        targets: the type of the encoded targets and how many there are for a sample.
        penalties: of its matrices, see `Penalty`.
    """

    def __init__(self, design: Any, loss: Any, targets: tuple[Any, int], penalties: Sequence[str]) -> None:
        super().__init__(design, loss, penalties=penalties)
        graph = Graph()
        with graph.as_default():
            features = [ops.placeholder(t.dtype, t.dims) for t in self.model.inputs]
            codes = ops.placeholder(targets[0], (None, targets[1]))
            weights = ops.placeholder(design.dtype, (None,))
            trained = self.model.trainable_weights
            variables = [w.variable(graph) for w in trained]
            outputs = self.model.call(features[0] if len(features) == 1 else features)
            penalised = [w.regularizer(v) for w, v in zip(trained, variables, strict=True) if w.regularizer]
            total = ops.add_n([loss(codes, outputs, weights), *penalised])
            slopes = [graph.convert(slope) for slope in gradients(total, variables)]
        self.program = Session(graph=graph).executable([total, *slopes], [*features, codes, weights])

    def begin(self, *args: Any, **options: Any) -> None:
        """Set everything to where a training starts."""
        super().begin(*args, **options)
        self.program.start_over()


def minimise(
    slope: Slope,
    data: Data,
    flattest: float,
    max_iter: int,
    tol: float,
    l1: float,
    l2: float,
    watch: Callable[..., bool] | None,
) -> Course:
    """Set the weights of a model to where the loss on the whole of the data, with the penalties, is least.

    Args:
        slope: has the model, and the penalty on squares.
        data: features, targets and the samples' weights, which multiply their losses.
        flattest: how little the loss curves, see `Head`.
        max_iter: the largest number of iterations.
        tol: the largest element of the gradient at which the search ends.
        l1: the strength of the penalty on the magnitudes of the matrices.
        l2: that of the penalty on their squares.
        watch: called with the number of each iteration when it is done, with its loss and a function that gives the
            weights; it gives whether to end here.

    Source: Zhu, Byrd, Lu and Nocedal 1997, Algorithm 778 (L-BFGS-B), as SciPy has it.
    """
    space = _Space(slope.model.trainable_weights, data, l1, l2, flattest)
    features = entries(data[0])
    feeds = [*(features if isinstance(features, (list, tuple)) else [features]), *data[1:]]

    def value_and_slope(point: Array) -> tuple[float, Array]:
        space.place(point)
        value, *slopes = slope.program.run(feeds)
        return space.seen(float(value), slopes, point)

    def weights(point: Array) -> list[Array]:
        space.place(point)
        return list(slope.model.get_weights())

    # The search also ends where the loss falls by no more than its rounding.
    precision = np.finfo(data[2].dtype).eps
    return _search(value_and_slope, space.start, weights, max_iter, tol, precision, watch, space.bounds)


@np.errstate(all="ignore")  # what overflows is seen in the loss
def minimise_linear(
    loss: LinearLoss,
    start: Sequence[Array],
    flattest: float,
    max_iter: int,
    tol: float,
    watch: Callable[..., bool] | None,
) -> Course:
    """The weights of a linear model where the loss is least.

    Args:
        loss: of the model on the data, with the penalty.
        start: the matrix and the intercepts to begin with.
        flattest, max_iter, tol, watch: as for `minimise`.
    """
    first = loss.point(start)
    turn, back = loss.turn(flattest)

    def there(point: Array) -> Array:
        return turn @ point.reshape(first.shape)

    def value_and_slope(point: Array) -> tuple[float, Array]:
        value, slope, _ = loss.expanded(there(point))
        return value, (turn.T @ slope).ravel()

    def weights(point: Array) -> list[Array]:
        return loss.weights(there(point))

    precision = float(np.finfo(np.float64).eps)
    return _search(value_and_slope, (back @ first).ravel(), weights, max_iter, tol, precision, watch)


def _search(
    value_and_slope: Callable[[Array], tuple[float, Array]],
    start: Array,
    weights: Callable[[Array], list[Array]],
    max_iter: int,
    tol: float,
    precision: float,
    watch: Callable[..., bool] | None,
    bounds: Any = None,
) -> Course:
    curve: list[float] = []

    def note(intermediate_result: Any) -> None:
        if watch:
            watch(len(curve), None, None)
        curve.append(float(intermediate_result.fun))
        if watch and watch(len(curve) - 1, {"loss": curve[-1]}, lambda: weights(intermediate_result.x)):
            raise StopIteration

    options = {"maxiter": max_iter, "maxfun": 15 * max_iter, "gtol": tol, "ftol": precision}
    result = minimize(
        value_and_slope, start, jac=True, method="L-BFGS-B", callback=note, options=options, bounds=bounds
    )
    return Course(curve or [float(result.fun)], result.status != 1, weights(result.x))


class _Space:
    """Where the search goes: what its points are to the weights.

    Args:
        trained: the weights, a matrix first and what is added to its product second.
        data: features, targets and the samples' weights.
        l1, l2: the strengths of the penalties on magnitudes and on squares.
        flattest: how little the loss curves, see `Head`.
    """

    def __init__(self, trained: list[Any], data: Data, l1: float, l2: float, flattest: float) -> None:
        self._trained, self._l1 = trained, l1
        self._shapes = [w.numpy_value.shape for w in trained]
        count = self._shapes[0][0]
        self._axes = Axes(np.zeros(count), np.ones((count, 1)))
        if count == data[0].shape[1]:  # a matrix for some of the features alone is left in their units
            self._axes = axes_of(data[0], data[2], l2 / flattest, turned=not l1 and len(trained) == 2)
        ends = [0, *np.cumsum([np.prod(s, dtype=int) for s in self._shapes]).tolist()]
        self._parts = [slice(a, b) for a, b in zip(ends, ends[1:], strict=False)]
        kernel, bias, *others = [w.numpy_value.astype(np.float64) for w in trained]
        start = self._flat([self._axes.into(kernel), bias + self._axes.mean @ kernel, *others])
        self.start, self.bounds = start, None
        if l1:  # nothing is taken away from what has no such penalty
            matrices = [np.full(s, float(len(s) == 2)) for s in self._shapes]
            matrices[0] = self._axes.out(matrices[0])
            self._cost = l1 * self._flat(matrices)  # of each number
            positive, negative = np.where(self._cost, np.maximum([start, -start], 0), [start, 0 * start])
            self.start = np.concatenate([positive, negative])
            free = [(0 if c else None, None) for c in self._cost]
            self.bounds = [*free, *[(0, None if c else 0) for c in self._cost]]

    @staticmethod
    def _flat(arrays: list[Array]) -> Array:
        return np.concatenate([a.ravel() for a in arrays], dtype=np.float64)

    def place(self, point: Array) -> None:
        """Set the weights to those of a point."""
        point = np.subtract(*np.split(point, 2)) if self._l1 else point
        arrays = [point[part].reshape(s) for part, s in zip(self._parts, self._shapes, strict=True)]
        arrays[0] = self._axes.out(arrays[0])
        arrays[1] = arrays[1] - self._axes.mean @ arrays[0]
        for w, array in zip(self._trained, arrays, strict=True):
            w.numpy_value[...] = array

    def seen(self, value: float, slopes: list[Array], point: Array) -> tuple[float, Array]:
        """The loss at a point and its gradient there, from those of the weights."""
        kernel, bias, *others = slopes
        slope = self._flat([self._axes.pull(kernel - self._axes.mean[:, None] * bias), bias, *others])
        if not self._l1:
            return value, slope
        cost = np.concatenate([self._cost, self._cost])
        return value + float(cost @ point), np.concatenate([slope, -slope]) + cost
