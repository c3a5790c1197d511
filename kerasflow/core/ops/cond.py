"""Choosing while a graph runs: `cond` and `case`. Of the functions they are given, only the one that is chosen runs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasflow.core import nest, types
from kerasflow.core.body import Body, taken
from kerasflow.core.graph import Graph, apply, default_graph, graph_of
from kerasflow.core.ops.cast import cast
from kerasflow.core.ops.debugging import Assert
from kerasflow.core.ops.if_op import Choice
from kerasflow.core.ops.reduction import reduce_sum
from kerasflow.core.tensor import Operation, Tensor

__all__ = ["case", "cond", "switch_case"]

Function = Callable[[], Any]


def cond(
    pred: Any,
    true_fn: Function | None = None,
    false_fn: Function | None = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Function | None = None,
    fn2: Function | None = None,
) -> Any:
    """What `true_fn` gives if `pred` is true, else what `false_fn` gives; the other function's operations do not run.

    What the functions take from outside is computed before, whichever is chosen.

    Args:
        pred: a scalar tensor of type bool.
        true_fn, false_fn: functions without arguments that give tensors in one nested structure, of the same types.
            For an operation, the value of `pred` is given.
        strict: whether a list of one tensor stays a list.
        fn1, fn2: their names in TensorFlow 0.x.

    Raises:
        TypeError: `pred` is no boolean tensor, or the structures differ in kind. ValueError: a function gives nothing,
            or they differ in the number or types of what they give.

    >>> x = tf.placeholder(tf.float32, [])
    >>> y = tf.cond(x > 0.0, lambda: tf.log(x), lambda: tf.zeros([]))
    >>> tf.Session().run([y, tf.gradients(y, x)[0]], {x: 2.0})
    [np.float32(0.6931472), np.float32(0.5)]
    >>> tf.Session().run(y, {x: -1.0})
    np.float32(0.0)
    """
    true_fn = _one_of(true_fn, fn1, "true_fn", "fn1")
    false_fn = _one_of(false_fn, fn2, "false_fn", "fn2")
    if isinstance(pred, bool):
        raise TypeError("pred must not be a Python bool, but a tensor: use `if` to choose while the graph is built.")
    graph = graph_of((pred,))
    with graph.name_scope(name or "cond") as scope:
        pred = taken(graph, pred, "cond")
        sides = []
        for side, function in (("true_fn", true_fn), ("false_fn", false_fn)):
            body = Body(graph, f"{side} of {scope[:-1]!r}")
            result = _result_of(body, function, side)
            sides.append((body, result, _tensors_of(body, result, side == "true_fn")))
        _check_alike(*[(result, tensors) for _, result, tensors in sides])
        outputs = _apply(graph, pred, [(body, tensors) for body, _, tensors in sides])
    packed = nest.pack_parts(sides[0][1], outputs)
    return packed[0] if not strict and isinstance(packed, (list, tuple)) and len(packed) == 1 else packed


def _one_of(function: Function | None, old: Function | None, name: str, old_name: str) -> Function:
    if function is not None and old is not None:
        raise TypeError(f"cond(): {name} and {old_name} may not be set simultaneously.")
    function = old if function is None else function
    if function is None:
        raise TypeError(f"cond(): {name} argument required")
    if not callable(function):
        raise TypeError(f"{name} must be callable.")
    return function


def _result_of(body: Body, function: Function, side: str) -> Any:
    with body.as_default():
        result = function()
    if result is None:
        raise ValueError(f"{side} must have a return value.")
    return result


def _tensors_of(body: Body, result: Any, chosen_when: bool) -> list[Tensor]:
    """What a function gave, as tensors of its body."""
    tensors = []
    with body.as_default():
        for value in nest.flatten(result):
            if isinstance(value, Operation):
                with body.control_dependencies([value]):
                    value = body.apply("Identity", body.convert(chosen_when))
            tensors.append(taken(body, value, "cond"))
    return tensors


def _check_alike(first: tuple[Any, list[Tensor]], second: tuple[Any, list[Tensor]]) -> None:
    nest.check_same(first[0], second[0], "What true_fn and false_fn give")
    for a, b in zip(first[1], second[1], strict=True):
        if a.dtype is not b.dtype:
            raise ValueError(
                f"Outputs of true_fn and false_fn must have the same type: {a.dtype.name}, {b.dtype.name}; got {a} and "
                f"{b}."
            )


def _apply(graph: Graph, pred: Tensor, sides: Sequence[tuple[Body, list[Tensor]]]) -> list[Tensor]:
    inputs, routes = [], []
    taken: dict[Tensor, int] = {}
    for body, _ in sides:
        inner, outside = body.captured()
        inputs.append(inner)
        routes.append([taken.setdefault(t, len(taken)) for t in outside])
    (true, a), (false, b) = sides
    choice = Choice((true, false), inputs, routes, zip(a, b, strict=True))
    with graph.control_dependencies([*true.waits, *false.waits]):
        made = graph.apply("If", pred, *taken, choice=choice, changed=choice.changed, name="Merge")
    return list(made) if isinstance(made, tuple) else [made] if isinstance(made, Tensor) else []


def case(
    pred_fn_pairs: Any,
    default: Function | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """What the function beside the first true predicate gives.

    Args:
        pred_fn_pairs: pairs of a scalar boolean tensor and a function, in a list, or as a dict if the order does not
            matter. The functions are as those of `cond`.
        default: the function that is chosen where all predicates are false.
        exclusive: whether at most one predicate may be true.

    Raises:
        TypeError: something else than pairs of predicates and functions. ValueError: there are no pairs.
        InvalidArgumentError: with `exclusive`, more than one is true; or none is, and there is no `default`.

    >>> x = tf.placeholder(tf.int32, [])
    >>> y = tf.case([(x < 0, lambda: tf.constant(-1)), (x > 0, lambda: tf.constant(1))], lambda: tf.constant(0))
    >>> [tf.Session().run(y, {x: v}) for v in (-5, 0, 5)]
    [np.int32(-1), np.int32(0), np.int32(1)]
    """
    pairs = _pairs(pred_fn_pairs)
    if default is not None and not callable(default):
        raise TypeError("default must be callable.")
    graph = graph_of([p for p, _ in pairs])
    with graph.name_scope(name or "case"):
        preds = [graph.convert(p) for p, _ in pairs]
        names = ", ".join(p.name for p in preds)
        waits = []
        if exclusive:
            message = f"Input error: exclusive=True: more than 1 conditions ({names}) evaluated as True:"
            true = graph.apply("Pack", *preds, axis=0)
            waits.append(Assert(reduce_sum(cast(true, types.int32)) <= 1, [message, true], name="exclusive"))
        if default is None:
            default = _refusing(f"Input error: None of conditions evaluated as True: ({names})", pairs[-1][1])
        for pred, (_, function) in reversed(list(zip(preds, pairs, strict=True))):
            default = functools.partial(cond, pred, function, default, strict, name="cond")
        with graph.control_dependencies(waits):
            return default()


def switch_case(branch_index: Any, branch_fns: Any, default: Function | None = None, name: str = "switch_case") -> Any:
    """What the function with the number `branch_index` gives.

    Args:
        branch_index: a scalar int32 tensor.
        branch_fns: functions without arguments, in a list, or in a dict or pairs with their numbers, from 0 on.
        default: the function for other numbers; by default the last one.

    Raises:
        TypeError: the number is not int32, or something else than functions. ValueError: a number is missing.

    >>> i = tf.placeholder(tf.int32, [])
    >>> y = tf.switch_case(i, [lambda: tf.constant("a"), lambda: tf.constant("b")])
    >>> [tf.Session().run(y, {i: k}) for k in (0, 1, 7)]
    [b'a', b'b', b'b']
    """
    functions = _numbered(branch_fns)
    if default is not None and not callable(default):
        raise TypeError("default must be callable.")
    graph = graph_of([branch_index])
    with graph.name_scope(name or "switch_case"):
        index = graph.convert(branch_index)
        if index.dtype is not types.int32:
            raise TypeError(f"branch_index must be an int32 tensor, got {index.dtype.name}.")
        if default is None:
            default = functions.pop()
        if not functions:
            return default()
        chosen = [(graph.apply_alike("Equal", index, k), f) for k, f in enumerate(functions)]
        return case(chosen, default, name="branches")


def _numbered(given: Any) -> list[Function]:
    """The functions in the order of their numbers."""
    if not isinstance(given, (list, tuple, Mapping)):
        raise TypeError("branch_fns must be a list, tuple, or dict")
    pairs = list(given.items()) if isinstance(given, Mapping) else list(given)
    if all(callable(f) for f in pairs):
        pairs = list(enumerate(pairs))
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in branch_fns must be a 2-tuple")
        if not isinstance(pair[0], int) or not callable(pair[1]):
            raise TypeError(f"Each entry in branch_fns must be an int and a function, got {pair!r}.")
    numbers = sorted(k for k, _ in pairs)
    if not pairs or numbers != list(range(len(pairs))):
        found = ",".join(map(str, numbers))
        raise ValueError(f"branch indices must form contiguous range of [0 to {len(pairs)}) but found {{{found}}}")
    return [f for _, f in sorted(pairs, key=lambda pair: pair[0])]


def _refusing(message: str, function: Function) -> Function:
    """A function that gives what `function` gives, but fails when it is run."""

    def refuse() -> Any:
        with default_graph().control_dependencies([Assert(False, [message], name="any")]):
            result = function()
            return nest.pack_parts(result, [apply("Identity", t) for t in nest.flatten(result)])

    return refuse


def _pairs(given: Any) -> list[tuple[Tensor, Function]]:
    if not isinstance(given, (list, tuple, Mapping)):
        raise TypeError("fns must be a list, tuple, or dict")
    pairs = list(given.items()) if isinstance(given, Mapping) else list(given)
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in pred_fn_pairs must be a 2-tuple")
        pred, function = pair
        if not hasattr(pred, "dtype") or not pred.dtype == "bool":
            raise TypeError(f"pred must be Tensor of type bool: {getattr(pred, 'name', pred)}")
        if not callable(function):
            raise TypeError(f"fn for pred {getattr(pred, 'name', pred)} must be callable.")
    if not pairs:
        raise ValueError("case needs at least one pair of a predicate and a function.")
    return pairs
