"""`get_variable`: the variable of a name, made or found as the open variable scope says."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.creators import VariableAggregation, VariableSynchronization
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.naming import did_you_mean
from kerasflow.core.ops.random_ops import random_uniform
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, as_dtype
from kerasflow.core.values import to_array
from kerasflow.core.variable_scope import AUTO_REUSE, Getter, VariableScope, check_getter, get_variable_scope, store_of
from kerasflow.core.variables import Variable

__all__ = ["get_local_variable", "get_variable", "no_regularizer"]


def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = None,
    collections: Iterable[Any] | None = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: Any = None,
    custom_getter: Getter | None = None,
    constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
) -> Any:
    """The variable called `name` in the open variable scope: a new one, or the one that is there.

    Args:
        name: its name, within the scope.
        shape: its shape.
        dtype: its type, by default the scope's, or that of a constant `initializer`.
        initializer: a function ``(shape, dtype)``, or one without arguments or a constant if there is no `shape`; by
            default the scope's, or else Glorot's uniform distribution (zeros for integers, truth values and text).
        regularizer: a function from the variable to a penalty, which joins REGULARIZATION_LOSSES.
        trainable: whether optimizers change it; yes, if `synchronization` is not ON_READ.
        collections: the collections it joins, by default GLOBAL_VARIABLES.
        validate_shape: whether its shape is fixed to that of the initial value.
        custom_getter: a function ``(getter, name, **kwargs)`` called instead of ``getter``.
        constraint: a function from the variable to its projected value.
        caching_device, partitioner, use_resource, synchronization, aggregation: accepted and without effect: a
            variable is one array in one place.

    Raises:
        ValueError: it exists and the scope makes variables, it does not and the scope finds them, what is found has
            another shape or type, or the initializer does not fit. TypeError: the name is no string.

    >>> with tf.variable_scope("a"):
    ...     w = tf.get_variable("w", initializer=[1.0, 2.0])
    >>> with tf.variable_scope("a", reuse=True):
    ...     tf.get_variable("w") is w
    True
    """
    if not isinstance(name, str) or not name:
        raise (ValueError if name == "" else TypeError)(f"A variable's name must be a non-empty string, got {name!r}.")
    scope = get_variable_scope()
    getter = scope.custom_getter if custom_getter is None else custom_getter
    check_getter(getter)
    arguments = {
        "shape": shape,
        "dtype": _dtype(name, dtype, initializer, scope),
        "initializer": scope.initializer if initializer is None else initializer,
        "regularizer": scope.regularizer if regularizer is None else regularizer,
        "reuse": scope.reuse,
        "trainable": trainable,
        "collections": collections,
        "caching_device": caching_device,
        "partitioner": partitioner,
        "validate_shape": validate_shape,
        "use_resource": use_resource,
        "constraint": scope.constraint if constraint is None else constraint,
        "synchronization": synchronization,
        "aggregation": aggregation,
    }
    graph = default_graph().root  # also from inside a loop or branch
    with graph.as_default(), graph.name_scope(None):
        if getter is None:
            return _make_or_find(scope.full_name(name), **arguments)
        return getter(getter=_make_or_find, name=scope.full_name(name), **arguments)


def get_local_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = False,
    collections: Iterable[Any] | None = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: Any = None,
    custom_getter: Getter | None = None,
    constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
) -> Any:
    """As `get_variable`, for a variable that is not kept: it joins LOCAL_VARIABLES and is not trained.

    >>> n = tf.get_local_variable("n", [2])
    >>> tf.local_variables() == [n], tf.global_variables(), tf.trainable_variables()
    (True, [], [])
    """
    return get_variable(
        name,
        shape,
        dtype,
        initializer,
        regularizer,
        False,
        [*(collections or ()), GraphKeys.LOCAL_VARIABLES],
        caching_device,
        partitioner,
        validate_shape,
        use_resource,
        custom_getter,
        constraint,
        synchronization,
        aggregation,
    )


def no_regularizer(_: Any) -> None:
    """A regularizer without penalty, for a variable that shall not have its scope's.

    >>> with tf.variable_scope("a", regularizer=lambda v: 0.5 * v):
    ...     b = tf.get_variable("b", [], regularizer=tf.no_regularizer)
    >>> tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    []
    """


def _dtype(name: str, dtype: Any, initializer: Any, scope: VariableScope) -> DType:
    """The type asked for. ValueError if a constant initializer has another."""
    if initializer is None or callable(initializer):
        return scope.dtype if dtype is None else as_dtype(dtype)
    given = as_dtype(initializer.dtype if hasattr(initializer, "dtype") else to_array(initializer).dtype)
    if dtype is not None and as_dtype(dtype) is not given:
        wanted = as_dtype(dtype).name
        raise ValueError(
            f"Variable {name!r}: the initializer is of type {given.name}, but dtype={wanted} was asked for."
        )
    return given


def _make_or_find(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    reuse: Any = None,
    trainable: bool | None = None,
    collections: Iterable[Any] | None = None,
    validate_shape: bool = True,
    constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
    **unused: Any,
) -> Variable:
    """What custom getters get as `getter`; `name` is the full name."""
    graph = default_graph()
    dtype = types.float32 if dtype is None else as_dtype(dtype)
    is_constant = initializer is not None and not callable(initializer)
    if shape is not None and is_constant:
        raise ValueError(f"Variable {name!r}: a constant initializer has its shape, so shape= must be left out.")
    dims = shapes.as_dims(shape)
    known = store_of(graph).variables
    if name in known:
        return _found(known[name], name, dims, known[name].dtype if is_constant else dtype, reuse)
    if reuse is True:
        raise ValueError(
            f"Variable {name} does not exist, or was not created with tf.get_variable(); this scope only finds "
            f"variables. Did you mean to set reuse=tf.AUTO_REUSE?{did_you_mean(name, known)}"
        )
    variable = Variable(
        _initial_value(graph, name, initializer, dims, dtype),
        trainable=trainable,
        collections=collections,
        validate_shape=validate_shape,
        name=name,
        dtype=dtype,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )
    known[name] = variable
    if regularizer is not None:
        _penalise(graph, name, variable, regularizer)
    return variable


def _found(variable: Variable, name: str, dims: shapes.Dims, dtype: DType, reuse: Any) -> Variable:
    if reuse is not True and reuse is not AUTO_REUSE:
        raise ValueError(
            f"Variable {name} already exists, and this scope only makes variables. Did you mean to set reuse=True or "
            f"reuse=tf.AUTO_REUSE? It was created at {variable.op.created_at}."
        )
    if not shapes.compatible(dims, variable.dims):
        raise ValueError(
            f"Variable {name} exists with the shape {shapes.show(variable.dims)}, but {shapes.show(dims)} was asked "
            f"for; it was created at {variable.op.created_at}."
        )
    if dtype is not variable.dtype:
        raise ValueError(
            f"Variable {name} exists with the type {variable.dtype.name}, but the type {dtype.name} was asked for: "
            f"pass dtype=tf.{variable.dtype.name}. It was created at {variable.op.created_at}."
        )
    return variable


def _penalise(graph: Graph, name: str, variable: Variable, regularizer: Callable[[Any], Any]) -> None:
    with graph.name_scope(f"{name}/Regularizer/"):
        penalty = regularizer(variable)
        if penalty is not None:
            graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, graph.convert(penalty))


# Initial values.


def _initial_value(graph: Graph, name: str, initializer: Any, dims: shapes.Dims, dtype: DType) -> Any:
    """The initial value, or a function that makes it. ValueError if there is too little to make it from."""
    if initializer is not None and not callable(initializer):
        return initializer
    make = initializer() if isinstance(initializer, type) else initializer
    if dims is None and make is not None and _accepts(make):
        return make
    if not shapes.is_static(dims):
        raise ValueError(
            f"Variable {name!r}: its shape must be fully known, got {shapes.show(dims)}. Pass shape=, or an "
            "initializer that is a constant or a function without arguments."
        )
    partition: dict[str, Any] = {"partition_info": None}
    if make is not None and not _accepts(make, [], dtype=dtype, **partition):
        partition = {}
    if make is not None and not _accepts(make, [], dtype=dtype, **partition):
        raise TypeError(f"Variable {name!r}: its initializer {make!r} must take (shape, dtype), as shape= is given.")

    def initial() -> Tensor:
        if make is None:
            return _default(graph, name, dims, dtype)
        value = graph.convert(make(list(dims or ()), dtype=dtype, **partition), dtype)
        if not shapes.compatible(value.dims, dims):
            given = f"{shapes.show(value.dims)}, not {shapes.show(dims)}"
            raise ValueError(f"Variable {name!r}: its initializer gives the shape {given}.")
        return value

    return initial


def _accepts(function: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    except ValueError:  # a function that does not say what it takes
        return "partition_info" not in kwargs and bool(args)
    return True


def _default(graph: Graph, name: str, dims: shapes.Dims, dtype: DType) -> Tensor:
    """Uniform in ``+-sqrt(6 / (fan_in + fan_out))`` (Glorot and Bengio 2010, equation 16); zeros where not floating.

    The fans are the last two sizes, each times the product of the sizes before them.
    """
    sizes = [d for d in dims or () if d is not None]
    if dtype.is_floating:
        field = math.prod(sizes[:-2])
        fans = [field * d for d in sizes[-2:]] or [1]
        scale = 1.0 / max(1.0, sum(fans) / len(fans))
        limit = math.sqrt(3.0 * scale)
        return random_uniform(sizes, -limit, limit, dtype)
    if dtype.is_complex:
        raise ValueError(f"Variable {name!r} of type {dtype.name} needs an initializer.")
    return graph.constant(np.full(sizes, b"" if dtype is types.string else 0, dtype.numpy), "zeros")
