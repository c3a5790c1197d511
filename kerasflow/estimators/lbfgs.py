"""Training on all the data at once: SciPy decides where to look, the graph gives the loss and its gradient there.

The search does not go in the weights W and b of the first layer, but in those of the standardised features,

    W' = s W,  b' = b + m W,  with m the mean of each feature and s its standard deviation,

where a step is as long in one direction as in another. What is looked for is the same; that the features have units
of their own does not matter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize

from kerasflow.core import ops
from kerasflow.core.autodiff import gradients
from kerasflow.core.graph import Graph
from kerasflow.core.session import Session
from kerasflow.estimators.course import Course

__all__ = ["minimise"]

Array = np.ndarray[Any, Any]
Data = tuple[Array, Array, Array]


def minimise(model: Any, loss: Any, data: Data, max_iter: int, tol: float) -> Course:
    """Set the weights of `model` to where the loss on the whole of the data, with the penalties, is least.

    Args:
        model: a built model of dense layers.
        loss: a loss object.
        data: features, targets and the samples' weights, which multiply their losses.
        max_iter: the largest number of iterations.
        tol: the largest element of the gradient at which the search ends.

    Source: Zhu, Byrd, Lu and Nocedal 1997, Algorithm 778 (L-BFGS-B), as SciPy has it.
    """
    trained = model.trainable_weights
    program = _program(model, loss, data)
    mean, spread = _standard(data[0], data[2], trained[0].regularizer)
    shapes = [w.numpy_value.shape for w in trained]
    ends = np.cumsum([np.prod(s, dtype=int) for s in shapes])[:-1]
    curve: list[float] = []

    def place(point: Array) -> None:
        arrays = [part.reshape(s) for part, s in zip(np.split(point, ends), shapes, strict=True)]
        arrays[0] = arrays[0] / spread
        arrays[1] = arrays[1] - mean @ arrays[0]
        for w, array in zip(trained, arrays, strict=True):
            np.copyto(w.numpy_value, array, casting="same_kind")

    def value_and_slope(point: Array) -> tuple[float, Array]:
        place(point)
        value, kernel, bias, *others = program.run(data)
        slopes = [(kernel - np.multiply.outer(mean, bias)) / spread, bias, *others]
        return float(value), np.concatenate([s.ravel() for s in slopes]).astype(np.float64)

    def note(intermediate_result: Any) -> None:
        curve.append(float(intermediate_result.fun))

    kernel, bias, *others = [w.numpy_value.astype(np.float64) for w in trained]
    start = np.concatenate([a.ravel() for a in (kernel * spread, bias + mean @ kernel, *others)])
    # The search also ends where the loss falls by no more than its rounding.
    precision = np.finfo(data[0].dtype).eps
    options = {"maxiter": max_iter, "maxfun": 15 * max_iter, "gtol": tol, "ftol": precision}
    result = minimize(value_and_slope, start, jac=True, method="L-BFGS-B", callback=note, options=options)
    place(result.x)
    return Course(losses=curve or [float(result.fun)], converged=result.status != 1)


def _standard(x: Array, weights: Array, penalty: Any) -> tuple[Array, Array]:
    """The mean m of each feature, (n_features,), and its spread s, (n_features, 1).

    A penalty l2 |W|^2 keeps a weight W as a feature of variance l2 would; it is added to the variance.
    """
    with np.errstate(all="ignore"):  # what overflows is seen below
        mean = np.average(x, axis=0, weights=weights)
        variance = np.average(np.square(x - mean), axis=0, weights=weights)
        spread = np.sqrt(variance + getattr(penalty, "l2", 0.0))
    known = np.isfinite(spread) & (spread > 0)
    return np.where(known, mean, 0.0).astype(np.float64), np.where(known, spread, 1.0).astype(np.float64)[:, None]


def _program(model: Any, loss: Any, data: Data) -> Any:
    """From features, targets and weights to the loss and its gradients."""
    graph = Graph()
    with graph.as_default():
        features, targets, weights = feeds = [ops.placeholder(a.dtype, a.shape) for a in data]
        variables = [w.variable(graph) for w in model.trainable_weights]
        penalties = [w.regularizer(v) for w, v in zip(model.trainable_weights, variables, strict=True) if w.regularizer]
        total = ops.add_n([loss(targets, model.call(features), weights), *penalties])
        slopes = gradients(total, variables)
    return Session(graph=graph).executable([total, *slopes], feeds)
