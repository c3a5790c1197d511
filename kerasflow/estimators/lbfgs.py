"""Training on all the data at once: SciPy decides where to look, the graph gives the loss and its gradient there."""

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


def minimise(model: Any, loss: Any, data: tuple[Array, Array, Array], max_iter: int, tol: float) -> Course:
    """Set the weights of `model` to where the loss on the whole of the data, with the penalties, is least.

    Args:
        model: a built model.
        loss: a loss object.
        data: features, targets and the samples' weights, which multiply their losses.
        max_iter: the largest number of iterations.
        tol: the largest element of the gradient at which the search ends.

    Source: Zhu, Byrd, Lu and Nocedal 1997, Algorithm 778 (L-BFGS-B), as SciPy has it.
    """
    trained = model.trainable_weights
    program = _program(model, loss, data)
    ends = np.cumsum([w.numpy_value.size for w in trained])[:-1]
    curve: list[float] = []

    def place(point: Array) -> None:
        for w, part in zip(trained, np.split(point, ends), strict=True):
            np.copyto(w.numpy_value, part.reshape(w.numpy_value.shape), casting="same_kind")

    def value_and_slope(point: Array) -> tuple[float, Array]:
        place(point)
        value, *parts = program.run(data)
        return float(value), np.concatenate([p.ravel() for p in parts]).astype(np.float64)

    def note(intermediate_result: Any) -> None:
        curve.append(float(intermediate_result.fun))

    start = np.concatenate([w.numpy_value.ravel() for w in trained]).astype(np.float64)
    # It also ends where the loss falls by no more than its rounding.
    precision = np.finfo(data[0].dtype).eps
    options = {"maxiter": max_iter, "maxfun": 15 * max_iter, "gtol": tol, "ftol": precision}
    result = minimize(value_and_slope, start, jac=True, method="L-BFGS-B", callback=note, options=options)
    place(result.x)
    return Course(losses=curve or [float(result.fun)], converged=result.status != 1)


def _program(model: Any, loss: Any, data: tuple[Array, Array, Array]) -> Any:
    """From features, targets and weights to the loss and its gradients."""
    graph = Graph()
    with graph.as_default():
        features, targets, weights = feeds = [ops.placeholder(a.dtype, a.shape) for a in data]
        variables = [w.variable(graph) for w in model.trainable_weights]
        penalties = [w.regularizer(v) for w, v in zip(model.trainable_weights, variables, strict=True) if w.regularizer]
        total = ops.add_n([loss(targets, model.call(features), weights), *penalties])
        slopes = gradients(total, variables)
    return Session(graph=graph).executable([total, *slopes], feeds)
