"""Training with L-BFGS: SciPy decides where to look, the graph gives the loss and its gradient there."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from kerasflow.core import ops
from kerasflow.core.autodiff import gradients
from kerasflow.core.graph import Graph
from kerasflow.core.session import Session

__all__ = ["minimise"]


def minimise(model: Any, loss: Any, x: Any, y: Any, weights: Any, max_iter: int, tol: float) -> OptimizeResult:
    """Set the weights of `model` to where the loss on the whole of the data, with the regularizers', is least.

    Args:
        model: a built model.
        loss: a loss object.
        x, y, weights: arrays; the rows' weights multiply their losses.
        max_iter: the largest number of iterations.
        tol: the largest element of the gradient at which the search ends.

    Source: Zhu, Byrd, Lu and Nocedal 1997, Algorithm 778 (L-BFGS-B), as SciPy has it.
    """
    trained = model.trainable_weights
    graph = Graph()
    with graph.as_default():
        features, target, weight = (ops.constant(a) for a in (x, y, weights))
        variables = [w.variable(graph) for w in trained]
        terms = [loss(target, model.call(features), weight)]
        terms += [w.regularizer(v) for w, v in zip(trained, variables, strict=True) if w.regularizer is not None]
        total = ops.add_n(terms)
        slopes = gradients(total, variables)
    program = Session(graph=graph).executable([total, *slopes], [])
    ends = np.cumsum([w.numpy_value.size for w in trained])[:-1]

    def place(point: np.ndarray[Any, Any]) -> None:
        for w, part in zip(trained, np.split(point, ends), strict=True):
            w.assign(part.reshape(w.numpy_value.shape).astype(w.dtype.numpy))

    def value_and_slope(point: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
        place(point)
        value, *parts = program.run([])
        return float(value), np.concatenate([p.ravel() for p in parts]).astype(np.float64)

    start = np.concatenate([w.numpy_value.ravel() for w in trained]).astype(np.float64)
    options = {"maxiter": max_iter, "maxfun": 15 * max_iter, "gtol": tol}
    result = minimize(value_and_slope, start, jac=True, method="L-BFGS-B", options=options)
    place(result.x)
    return result
