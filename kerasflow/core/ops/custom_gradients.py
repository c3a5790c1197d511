"""Functions that come with gradients of their own."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core.autodiff import gradients
from kerasflow.core.graph import Graph, apply, graph_of
from kerasflow.core.opdef import op
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec
from kerasflow.core.variables import Variable

__all__ = ["custom_gradient", "grad_pass_through", "identity_n", "recompute_grad"]

_count = itertools.count(1)


@op(
    "IdentityN",
    infer=lambda *xs: tuple([Spec(x.dtype, x.shape) for x in xs]),
    vjp=lambda n, g: g if len(n.inputs) > 1 else (g,),
    alias=True,
    forward=lambda *xs: range(len(xs)),
)
def _identity_n(*xs: Any) -> Any:
    return xs if len(xs) > 1 else xs[0]


def identity_n(input: Sequence[Any], name: str | None = None) -> list[Tensor]:
    """The tensors of a list themselves, as the outputs of one operation.

    >>> x, y = tf.identity_n([tf.constant(1.0), tf.constant(2)])
    >>> x.name, y.name, tf.Session().run(y)
    ('IdentityN:0', 'IdentityN:1', np.int32(2))
    """
    made = graph_of(input).apply("IdentityN", *input, name=name)
    return list(made) if isinstance(made, tuple) else [made]


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a function that gives its result and the function that computes its gradient.

    Args:
        f: takes tensors; gives ``(y, grad_fn)``, where `y` is a tensor or a list of them. ``grad_fn(*grad_ys)`` takes
            the gradient by each of `y` and gives one for each of the tensors. If `f` uses trainable variables it is
            called with them too, ``grad_fn(*grad_ys, variables=[...])``, and gives a second list, theirs.

    Raises:
        ValueError: the function is called with keyword arguments, or `grad_fn` gives too few gradients or too many.
        TypeError: `f` gives something else, or uses variables that `grad_fn` does not take.

    >>> @tf.custom_gradient
    ... def log1pexp(x):
    ...     e = tf.exp(x)
    ...     return tf.log(1.0 + e), lambda dy: dy * (1.0 - 1.0 / (1.0 + e))
    >>> x = tf.constant(100.0)
    >>> tf.Session().run(tf.gradients(log1pexp(x), x))  # exp(x) is infinite, and the rule of log gives nan
    [np.float32(1.0)]
    """

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise ValueError(f"A function with a custom gradient takes no keyword arguments, got {sorted(kwargs)}.")
        graph = graph_of(args).building()
        given = [graph.adopt(graph.convert(x), "custom_gradient") for x in args]
        before = graph.version
        made = f(*given)
        if not isinstance(made, tuple) or len(made) != 2 or not callable(made[1]):
            raise TypeError(f"A function with a custom gradient gives (result, function), got {made!r}.")
        result, grad_fn = made
        variables = _used(graph, before, [x for x in args if isinstance(x, Variable)])
        if variables and not _takes_variables(grad_fn):
            raise TypeError(
                f"The function uses the variables {', '.join(v.op.name for v in variables)}, so its gradient function "
                "must accept a keyword argument 'variables', and give their gradients in a second list."
            )
        return _with_gradient(graph, result, given, variables, grad_fn)

    return decorated


def _with_gradient(
    graph: Graph, result: Any, given: Sequence[Tensor], variables: Sequence[Variable], grad_fn: Callable[..., Any]
) -> Any:
    """`result`, whose gradient by `given` and `variables` is what `grad_fn` computes."""
    results = [graph.convert(r) for r in (result if isinstance(result, (list, tuple)) else [result])]

    def gradient(operation: Operation, *grad_ys: Tensor) -> list[Any]:
        ours = grad_ys[: len(results)]
        if variables:
            by_inputs, by_variables = grad_fn(*ours, variables=list(variables))
        else:
            by_inputs, by_variables = grad_fn(*ours), []
        return [None] * len(results) + _listed(by_inputs) + _listed(by_variables)

    # The inputs and variables pass through as well: what is asked by them then finds its way here.
    with graph.gradient_of("IdentityN", f"CustomGradient-{next(_count)}", gradient):
        passed = apply("IdentityN", *results, *given, *variables)
    outputs = (passed if isinstance(passed, tuple) else (passed,))[: len(results)]
    return type(result)(outputs) if isinstance(result, (list, tuple)) else outputs[0]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _used(graph: Graph, before: int, apart_from: Sequence[Variable]) -> list[Variable]:
    """The trainable variables whose values the operations made since there were `before` of them take."""
    found: dict[Variable, None] = {}
    for o in graph.get_operations()[before:]:
        for reader in (o, *[t.op for t in o.inputs]):
            variable = reader.attrs.get(reader.opdef.reads) if reader.opdef.reads else None
            if isinstance(variable, Variable) and variable.trainable and variable not in apart_from:
                found[variable] = None
    return sorted(found, key=lambda v: v.op.index)


def _takes_variables(function: Callable[..., Any]) -> bool:
    kinds = {p.name: p.kind for p in inspect.signature(function).parameters.values()}
    return "variables" in kinds or inspect.Parameter.VAR_KEYWORD in kinds.values()


def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function `f`, with the gradient of the identity: a straight-through estimator.

    >>> x = tf.constant(1.3)
    >>> y = tf.grad_pass_through(tf.round)(x)
    >>> tf.Session().run([y] + tf.gradients(y, x))
    [np.float32(1.0), np.float32(1.0)]
    """

    @custom_gradient
    @functools.wraps(f)
    def passing(*args: Any) -> Any:
        def grad(*grad_ys: Any, variables: Sequence[Variable] = ()) -> Any:
            return (grad_ys, [None] * len(variables)) if variables else grad_ys

        return f(*args), grad

    return passing


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function `f`, computed again when its gradient is, so that what it needs in between need not be kept.

    >>> x = tf.constant(3.0)
    >>> y = tf.recompute_grad(lambda t: tf.square(t) * 2.0)(x)
    >>> tf.Session().run([y] + tf.gradients(y, x))
    [np.float32(18.0), np.float32(12.0)]
    """

    @custom_gradient
    @functools.wraps(f)
    def recomputing(*args: Any) -> Any:
        result = f(*args)

        def grad(*grad_ys: Any, variables: Sequence[Variable] = ()) -> Any:
            anew = [apply("Identity", x, name="recomputed") for x in args]
            found = gradients(f(*anew), [*anew, *variables], grad_ys=list(grad_ys))
            return (found[: len(args)], found[len(args) :]) if variables else found

        return result, grad

    return recomputing
