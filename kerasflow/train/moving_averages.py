"""Moving averages of variables: what a model is evaluated with while its variables still move."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.core.graph import Graph, convert, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.scopes import group
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.variables import Variable
from kerasflow.train.checks import below, is_number, scalar

__all__ = ["ExponentialMovingAverage"]


class ExponentialMovingAverage:
    """Averages in which what is past fades: ``a <- d a + (1 - d) x``.

    The average of a variable starts at the value the variable has when the average is initialised; that of another
    tensor starts at 0. Polyak and Juditsky 1992 say why averages of iterates are better than the last one.

    Args:
        decay: d, at least 0 and below 1; a number or a scalar tensor.
        num_updates: a count n of updates, with which averages move faster at the beginning: d becomes
            ``min(d, (1 + n) / (10 + n))``.
        zero_debias: must be False.
        name: the average of ``W`` is called ``W/name``.

    Raises:
        ValueError: `decay` is out of range, or `zero_debias` is True.

    >>> w = tf.Variable(1.0, name="w")
    >>> averages = tf.train.ExponentialMovingAverage(0.75)
    >>> step = w.assign_add(4.0)
    >>> with tf.control_dependencies([step]):
    ...     update = averages.apply([w])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(update)
    ...     averages.average_name(w), sess.run(averages.average(w))  # 0.75 * 1 + 0.25 * 5
    ('w/ExponentialMovingAverage', np.float32(2.0))
    """

    def __init__(
        self, decay: Any, num_updates: Any = None, zero_debias: bool = False, name: str = "ExponentialMovingAverage"
    ) -> None:
        below(1.0, decay=decay)
        if zero_debias:
            raise ValueError("zero_debias=True is not supported: divide the average by 1 - decay ** updates.")
        self._decay = decay
        self._num_updates = num_updates
        self._name = name

    @property
    def name(self) -> str:
        """The name given to the constructor."""
        return self._name

    def apply(self, var_list: Iterable[Any] | None = None) -> Operation:
        """An operation that updates the averages of variables, which are made if they are not there yet.

        Args:
            var_list: floating-point variables or tensors; by default all trainable variables.

        Raises:
            TypeError: one of them is not floating-point. ValueError: there are none, or a tensor's shape is not known.
        """
        graph = default_graph()
        items = list(graph.get_collection(GraphKeys.TRAINABLE_VARIABLES) if var_list is None else var_list)
        if not items:
            raise ValueError("There are no variables to average.")
        for x in items:
            if not isinstance(x, (Tensor, Variable)) or not x.dtype.is_floating:
                raise TypeError(f"Averages are of floating-point variables and tensors, got {x!r}.")
        graph = items[0].graph.building()
        averages = [self._made(graph.root, x) for x in items]
        with graph.as_default(), graph.name_scope(self._name) as scope:
            moved = []
            for x, average in zip(items, averages, strict=True):
                moved.append(average.assign_sub((1 - self._decay_for(x)) * (average - convert(x))))
            return group(*moved, name=scope)

    def _decay_for(self, x: Any) -> Any:
        decay = scalar("decay", self._decay, x.dtype)
        if self._num_updates is None:
            return decay
        n = scalar("num_updates", self._num_updates, x.dtype)
        early = (1 + n) / (10 + n)
        return min(decay, early) if is_number(decay) and is_number(n) else ops.minimum(decay, early)

    def _averages(self, graph: Graph) -> dict[Any, Variable]:
        averages: dict[Any, Variable] = graph.state.setdefault(self, {})
        return averages

    def _made(self, graph: Graph, x: Any) -> Variable:
        averages = self._averages(graph)
        if x not in averages:
            if isinstance(x, Variable):
                graph.add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, x)
            elif not shapes.is_static(x.dims):
                raise ValueError(f"The shape of {x} must be known for its average.")
            with graph.as_default(), graph.name_scope(None), graph.control_dependencies(None):
                # A variable is initialised before its average, which is made later, and read in between.
                start = x.read_value() if isinstance(x, Variable) else ops.zeros(x.dims, x.dtype)
                fixed = shapes.is_static(x.dims)
                name = f"{x.op.name}/{self._name}"
                averages[x] = Variable(start, trainable=False, validate_shape=fixed, name=name)
        return averages[x]

    def average(self, var: Any) -> Variable | None:
        """The variable that holds the average of `var`, None if there is none."""
        return self._averages(var.graph).get(var)

    def average_name(self, var: Any) -> str:
        """The name of the variable that holds, or would hold, the average of `var`."""
        average = self.average(var)
        if average is not None:
            return average.op.name
        with var.graph.name_scope(None):
            name: str = var.graph.unique_name(f"{var.op.name}/{self._name}", mark_as_used=False)
        return name

    def variables_to_restore(self, moving_avg_variables: Iterable[Variable] | None = None) -> dict[str, Variable]:
        """Which variable to restore from which name, for a `Saver`: averages in the place of variables that have them.

        Args:
            moving_avg_variables: the variables that have averages in the checkpoint; by default the trainable ones and
                those that were averaged in this graph.
        """
        graph = default_graph()
        if moving_avg_variables is None:
            keys = (GraphKeys.TRAINABLE_VARIABLES, GraphKeys.MOVING_AVERAGE_VARIABLES)
            moving_avg_variables = [v for key in keys for v in graph.get_collection(key)]
        averaged = dict.fromkeys(moving_avg_variables)
        names = {self.average_name(v): v for v in averaged}
        rest = [v for v in graph.get_collection(GraphKeys.GLOBAL_VARIABLES) if v not in averaged]
        return names | {v.op.name: v for v in rest if v.op.name not in names}
