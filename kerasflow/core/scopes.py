"""Functions on the default graph: scopes, collections, variables' initialisers, grouping."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from kerasflow.core.graph import default_graph, graph_of
from kerasflow.core.keys import GraphKeys
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.variables import Variable

__all__ = [
    "add_to_collection",
    "add_to_collections",
    "assert_variables_initialized",
    "colocate_with",
    "container",
    "control_dependencies",
    "device",
    "get_collection",
    "get_collection_ref",
    "global_variables",
    "global_variables_initializer",
    "group",
    "init_scope",
    "local_variables",
    "local_variables_initializer",
    "model_variables",
    "moving_average_variables",
    "name_scope",
    "set_random_seed",
    "trainable_variables",
    "variables_initializer",
]


@contextlib.contextmanager
def name_scope(name: str | None, default_name: str | None = None, values: Iterable[Any] | None = None) -> Iterator[str]:
    """Prefix the names of operations made in the block.

    Args:
        name: the scope; made unique if it is taken, re-opened if it ends in ``/``; None for `default_name`.
        default_name: the scope where `name` is None.
        values: tensors the block works on; their graph becomes the default one.

    Raises:
        ValueError: both names are None and `values` are given, or a name is not allowed.

    >>> with tf.name_scope("outer") as scope:
    ...     tf.constant(1.0, name="c").name, scope
    ('outer/c:0', 'outer/')
    """
    scope = default_name if name is None else name
    if scope is None and values is not None:
        raise ValueError("name_scope needs a name or a default_name where values are given.")
    graph = graph_of(values or ())
    with graph.as_default(), graph.name_scope(scope) as full:
        yield full


def control_dependencies(control_inputs: Iterable[Any] | None) -> Any:
    """Operations made in the block run after `control_inputs`; None lets go of the blocks around this one.

    >>> w = tf.Variable(1.0)
    >>> with tf.control_dependencies([w.assign_add(1.0)]):
    ...     after = tf.identity(w)
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(after)
    np.float32(2.0)
    """
    return default_graph().control_dependencies(control_inputs)


@contextlib.contextmanager
def device(device_name_or_function: Any) -> Iterator[None]:
    """Place operations made in the block on a device; parts that are left open come from the blocks around.

    There is one device to run on, ``/cpu:0``: see `ConfigProto.allow_soft_placement` for programs that name others.

    Args:
        device_name_or_function: a name such as ``"/job:worker/task:1/gpu:0"``, a function that gives one for an
            operation, or None to leave the blocks around.

    Raises:
        ValueError: no device is named so. TypeError: it is something else.

    >>> with tf.device("/job:worker"), tf.device("/gpu:1"):
    ...     tf.constant(1.0).device
    '/job:worker/device:GPU:1'
    """
    with default_graph().device(device_name_or_function):
        yield


@contextlib.contextmanager
def colocate_with(op: Any, ignore_existing: bool = False) -> Iterator[None]:
    """Place operations made in the block where `op` is; with None, where nobody says.

    >>> with tf.device("/cpu:0"):
    ...     w = tf.Variable(1.0)
    >>> with tf.colocate_with(w):
    ...     tf.constant(1.0).device
    '/device:CPU:0'
    """
    with default_graph().device(None if op is None else getattr(op, "device", None)):
        yield


@contextlib.contextmanager
def container(container_name: str) -> Iterator[None]:
    """Keep the variables that are made in the block in a container of a server; without effect, for there are none.

    >>> with tf.container("experiment"):
    ...     w = tf.Variable(1.0)
    """
    yield


@contextlib.contextmanager
def init_scope() -> Iterator[None]:
    """Make operations in the block outside of loops and branches, and without waiting for anything.

    >>> x = tf.constant(1.0)
    >>> with tf.control_dependencies([x]), tf.init_scope():
    ...     tf.constant(2.0).op.control_inputs
    ()
    """
    graph = default_graph()
    scope = graph.names.scope
    with graph.root.as_default(), graph.root.control_dependencies(None):
        with graph.root.name_scope(f"{scope}/" if scope else None):
            yield


def add_to_collection(name: Any, value: Any) -> None:
    """Append `value` to a collection of the default graph.

    >>> tf.add_to_collection("mine", 3)
    >>> tf.get_collection("mine")
    [3]
    """
    default_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    """Append `value` to several collections of the default graph, to each once.

    >>> tf.add_to_collections(["mine", "yours"], 3)
    >>> tf.get_collection("mine"), tf.get_collection("yours")
    ([3], [3])
    """
    default_graph().add_to_collections(names, value)


def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """A copy of a collection of the default graph, with `scope` only the items whose names start with it.

    >>> tf.get_collection("nothing here")
    []
    """
    return default_graph().get_collection(key, scope)


def get_collection_ref(key: Any) -> list[Any]:
    """A collection of the default graph itself: changes to it stay.

    >>> tf.get_collection_ref("mine").append(4)
    >>> tf.get_collection("mine")
    [4]
    """
    return default_graph().get_collection_ref(key)


def global_variables(scope: str | None = None) -> list[Variable]:
    """The variables that a program keeps, of the default graph.

    >>> w = tf.Variable(1.0)
    >>> tf.global_variables() == [w]
    True
    """
    return get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def local_variables(scope: str | None = None) -> list[Variable]:
    """The variables that are not kept, such as the counts of a metric.

    >>> tf.local_variables()
    []
    """
    return get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def model_variables(scope: str | None = None) -> list[Variable]:
    """The variables that layers made for a model.

    >>> tf.model_variables()
    []
    """
    return get_collection(GraphKeys.MODEL_VARIABLES, scope)


def moving_average_variables(scope: str | None = None) -> list[Variable]:
    """The variables that `train.ExponentialMovingAverage` keeps averages of.

    >>> tf.moving_average_variables()
    []
    """
    return get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


def assert_variables_initialized(var_list: Iterable[Variable] | None = None) -> Operation | None:
    """An operation that fails if a variable has no value yet; None if there are no variables.

    Args:
        var_list: the variables, by default all global and local ones.

    Raises:
        FailedPreconditionError: when it is run, and a variable has no value.
    """
    variables = global_variables() + local_variables() if var_list is None else list(var_list)
    return group(*[v.read_value() for v in variables]) if variables else None


def trainable_variables(scope: str | None = None) -> list[Variable]:
    """The variables that optimizers change by default.

    >>> w, step = tf.Variable(1.0), tf.Variable(0, trainable=False)
    >>> tf.trainable_variables() == [w]
    True
    """
    return get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def group(*inputs: Any, name: str | None = None) -> Operation:
    """An operation that is done when all of `inputs` are.

    Args:
        inputs: tensors, operations, variables, or lists of these.

    Raises:
        TypeError: something else.

    >>> a, b = tf.Variable(1.0), tf.Variable(2.0)
    >>> tf.group(a.initializer, b.initializer)
    <tf.Operation 'group_deps' type=NoOp>
    """
    flat: list[Any] = []
    todo = list(reversed(inputs))
    while todo:
        x = todo.pop()
        if isinstance(x, (list, tuple)):
            todo.extend(reversed(x))
        elif isinstance(x, (Tensor, Operation)) or hasattr(x, "__tensor__"):
            flat.append(x)
        else:
            raise TypeError(f"group takes tensors and operations, got {x!r}, a {type(x).__name__}.")
    graph = graph_of(flat)
    with graph.control_dependencies(flat):
        return graph.apply("NoOp", name=name or "group_deps")


def variables_initializer(var_list: Iterable[Variable], name: str = "init") -> Operation:
    """An operation that gives the variables of `var_list` their initial values.

    >>> w = tf.Variable([1.0, 2.0])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.variables_initializer([w]))
    ...     sess.run(w)
    array([1., 2.], dtype=float32)
    """
    return group(*[v.initializer for v in var_list], name=name)


def global_variables_initializer() -> Operation:
    """An operation that gives all global variables of the default graph their initial values.

    >>> w = tf.Variable(3.0)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(w)
    np.float32(3.0)
    """
    return variables_initializer(global_variables())


def local_variables_initializer() -> Operation:
    """An operation that gives all local variables of the default graph their initial values.

    >>> tf.local_variables_initializer().type
    'NoOp'
    """
    return variables_initializer(local_variables())


def set_random_seed(seed: int | None) -> None:
    """Make the random operations of the default graph draw the same numbers in every session.

    Together with it, the order in which operations are created decides what each draws.

    >>> tf.set_random_seed(42)
    """
    default_graph().seed = seed
