"""`Optimizer`: what the Keras optimizers have in common, laid over the rules of `kerasflow.train`.

A Keras optimizer is a rule with another face: its learning rate can be changed at any time and may be a schedule, it
counts its own steps, clips gradients, lets weights decay, and can be described by its arguments. A class of this family
inherits the face from here and the law from `kerasflow.train.rules`.
"""

from __future__ import annotations

import inspect
import re
import weakref
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from kerasflow.core import ops, types
from kerasflow.core.graph import Graph, convert, default_graph
from kerasflow.core.session import Session
from kerasflow.core.tensor import Operation
from kerasflow.core.types import DType
from kerasflow.core.variables import Cell, Variable
from kerasflow.optimizers import schedules
from kerasflow.train import optimizer as train
from kerasflow.train.checks import at_least, is_number, is_zero, scalar
from kerasflow.train.clipping import clip_by_global_norm, clip_by_norm
from kerasflow.train.schedules import LearningRateSchedule
from kerasflow.train.slots import State

__all__ = ["Optimizer"]

# What Keras has besides, and the values of it that change nothing; configurations written by Keras hold them.
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "use_ema": (False, None),
    "ema_momentum": (0.99, None),
    "ema_overwrite_frequency": (None,),
    "loss_scale_factor": (None,),
    "gradient_accumulation_steps": (None,),
    "jit_compile": (True, False, None),
    "is_legacy_optimizer": (False,),
}


class Optimizer(train.Optimizer):
    """The base of the Keras optimizers.

    Every one of them takes, besides its own arguments and by name:

    Args:
        learning_rate, lr: a number, which can be changed at any time; a `LearningRateSchedule`, which is called with
            the number of steps taken; or a function without arguments that gives a number or a tensor.
        weight_decay: before each step, weights are multiplied by ``1 - learning_rate * weight_decay``.
        clipnorm: the largest L2 norm a weight's gradient may have; it is scaled down to it.
        clipvalue: the largest absolute value a number of a gradient may have.
        global_clipnorm: the largest L2 norm all gradients together may have. At most one of the three is given.
        decay: the learning rate is divided by ``1 + decay * steps``.
        name: of the operations and slots.

    Raises:
        TypeError: there is no such argument. ValueError: a value is out of range.
    """

    rows_rest = False
    counters: Mapping[str, Any] = {"iteration": np.int64(0)}  # what it counts, and from where

    def _configure(
        self,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        lr: Any = None,
        decay: float = 0.0,
        **rest: Any,
    ) -> None:
        """Take the arguments that every Keras optimizer has; each constructor ends with this."""
        for name, value in rest.items():
            if name not in _NEUTRAL:
                raise TypeError(f"{type(self).__name__} takes no argument {name!r}.")
            if value not in _NEUTRAL[name]:
                raise ValueError(f"{type(self).__name__}: {name}={value!r} is not supported.")
        clips = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        given = {name: value for name, value in clips.items() if value is not None}
        if len(given) > 1:
            raise ValueError(f"At most one of clipnorm, clipvalue and global_clipnorm can be set, got {given}.")
        for name, value in given.items():
            if not is_number(value) or not value > 0:
                raise ValueError(f"{name} must be a positive number, got {value!r}.")
        at_least(0.0, decay=decay, **({} if weight_decay is None else {"weight_decay": weight_decay}))
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.decay = decay
        self._exempt: tuple[Sequence[Any], re.Pattern[str] | None] = ((), None)
        self._start_over()
        if lr is not None:
            self.learning_rate = lr

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in super().__getstate__().items() if key not in ("_counters", "_last_graph")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._start_over()

    def _start_over(self) -> None:
        self._counters = {name: Cell(np.array(start)) for name, start in self.counters.items()}
        self._last_graph: Any = lambda: None

    # The learning rate and the count of steps.

    @property
    def name(self) -> str:
        """The name given to the constructor."""
        return self._name

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the next step, a float; set it to a number at any time.

        >>> adam = tf.optimizers.Adam(0.01)
        >>> adam.learning_rate = 0.5 * adam.learning_rate
        >>> adam.learning_rate
        0.005
        """
        if isinstance(self._rate, Cell):
            return _Setting(self._rate.value, self)
        graph = Graph()
        with graph.as_default():
            value = self._scheduled(graph.convert(np.int64(self.iterations)))
            return _Setting(value if is_number(value) else Session(graph=graph).run(convert(value)), self)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        rate = self.__dict__.get("_rate")
        if is_number(value) and isinstance(rate, Cell):
            rate.value[...] = value
            return
        if self.__dict__.get("_last_graph", lambda: None)() is not None:
            held = "a number" if isinstance(rate, Cell) else "a schedule or function"
            raise TypeError(
                f"This optimizer is in use with {held} for its learning rate; it cannot be set to {value!r}."
            )
        if not is_number(value) and not callable(value):
            raise TypeError(f"A learning rate is a number, a LearningRateSchedule or a function, got {value!r}.")
        self._rate = Cell(np.array(value, np.float64)) if is_number(value) else value

    lr = learning_rate

    @property
    def iterations(self) -> int:
        """The number of steps taken on the weights of models."""
        return int(self._counters["iteration"].value)

    def _scheduled(self, step: Any) -> Any:
        """The tensor that a schedule or function gives for the step."""
        rate = self._rate
        if isinstance(rate, LearningRateSchedule):
            return rate.at(step, types.float64) if hasattr(rate, "at") else rate(step)
        return rate()

    def _setting(self, name: str) -> Any:
        if name != "learning_rate":
            return super()._setting(name)
        shared = self._state(default_graph()).shared
        rate = (
            shared["learning_rate"] if isinstance(self._rate, Cell) else self._scheduled(convert(shared["iteration"]))
        )
        if is_zero(self.decay):
            return rate
        steps = ops.cast(shared["iteration"], types.float64)
        return scalar(name, rate, types.float64) / (1.0 + self.decay * steps)

    # How a step is taken.

    def _shared(self, variables: Sequence[Variable]) -> Mapping[str, Any]:
        lasts = all(v.cell is not None for v in variables)
        shared: dict[str, Any] = dict(self._counters if lasts else self.counters)
        return {**shared, **({"learning_rate": self._rate} if isinstance(self._rate, Cell) else {})}

    def _values(self, state: State, dtype: DType) -> SimpleNamespace:
        h = SimpleNamespace(**{name: scalar(name, self._setting(name), dtype) for name in self.settings})
        h.step = ops.cast(convert(state.shared["iteration"]) + 1, dtype)
        for power, base in self.powers.items():
            setattr(h, power, getattr(h, base) ** h.step)
        self.prepare(h)
        return h

    def _prepared(self, pairs: train.Pairs) -> train.Pairs:
        if self.clipnorm is None and self.clipvalue is None and self.global_clipnorm is None:
            return pairs
        gradients = [convert(g) for g, _ in pairs]
        if self.clipnorm is not None:
            gradients = [clip_by_norm(g, self.clipnorm) for g in gradients]
        elif self.clipvalue is not None:
            gradients = [ops.clip_by_value(g, -self.clipvalue, self.clipvalue) for g in gradients]
        else:
            gradients, _ = clip_by_global_norm(gradients, self.global_clipnorm)
        return list(zip(gradients, [v for _, v in pairs], strict=True))

    def _update(self, h: SimpleNamespace, g: Any, x: Variable, slots: Sequence[Variable]) -> list[Any]:
        if self.weight_decay is None or self._is_exempt(x):
            return super()._update(h, g, x, slots)
        rate = h.learning_rate * scalar("weight_decay", self.weight_decay, x.dtype)
        with x.graph.control_dependencies([x.assign_sub(rate * x)]):
            return super()._update(h, g, x, slots)

    def _advance(self, state: State) -> list[Any]:
        return [state.shared["iteration"].assign_add(1)]

    def apply_gradients(
        self,
        grads_and_vars: Iterable[tuple[Any, Variable]],
        global_step: Variable | None = None,
        name: str | None = None,
    ) -> Operation:
        """An operation that applies gradients, and counts the step; see `kerasflow.train.Optimizer`."""
        operation = super().apply_gradients(grads_and_vars, global_step, name)
        self._last_graph = weakref.ref(operation.graph)
        return operation

    # What Keras programs ask for.

    def exclude_from_weight_decay(self, var_list: Iterable[Any] | None = None, var_names: Iterable[str] = ()) -> None:
        """Let some weights not decay: those in `var_list`, and those in whose name one of `var_names` occurs."""
        pattern = "|".join(var_names or ())
        self._exempt = (list(var_list or ()), re.compile(pattern) if pattern else None)

    def _is_exempt(self, x: Variable) -> bool:
        weights, pattern = self._exempt
        named = pattern is not None and pattern.search(x.op.name) is not None
        return named or any(w is x or x.cell is not None and getattr(w, "cell", None) is x.cell for w in weights)

    @property
    def variables(self) -> Any:
        """The variables it keeps its state in: the count of steps, the learning rate, then the slots of each weight."""
        graph: Graph | None = self._last_graph()
        return _Variables(self._state(graph).variables() if graph is not None else [])

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the arrays behind `variables`. ValueError if a session has them, not this optimizer."""
        return [np.array(cell.value) for cell in self._cells()]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the arrays behind `variables`. ValueError if their number or a shape differs; then nothing is changed."""
        cells = self._cells()
        arrays = [np.asarray(w) for w in weights]
        shapes = [np.shape(cell.value) for cell in cells]
        if [a.shape for a in arrays] != shapes:
            raise ValueError(f"Expected arrays of the shapes {shapes}, got {[a.shape for a in arrays]}.")
        for cell, array in zip(cells, arrays, strict=True):
            np.copyto(cell.value, array, casting="same_kind")

    def _cells(self) -> list[Cell]:
        cells = [v.cell for v in self.variables]
        if None in cells:
            raise ValueError("This optimizer's state is in a session: fetch and load its variables there.")
        return cells

    def slot_cell(self, weight: Cell, slot: str) -> Cell:
        """The cell in which a slot of a weight is kept, made if it is not there.

        Args:
            weight: the cell of the weight.
            slot: one of `slots`.

        >>> weight = tf.keras.layers.Dense(1).add_weight("w", (2,))
        >>> tf.optimizers.Adagrad().slot_cell(weight.cell, "accumulator").value
        array([0.1, 0.1], dtype=float32)
        """
        cells = self._kept.setdefault(weight, {})
        if slot not in cells:
            cells[slot] = Cell(np.full_like(weight.value, self.slots[slot]))
        return cells[slot]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer, with the learning rate as it is now.

        Raises:
            ValueError: the learning rate is a function, which cannot be written down.
        """
        rate: Any = self._rate
        if isinstance(rate, LearningRateSchedule):
            rate = schedules.serialize(rate)
        elif isinstance(rate, Cell):
            rate = float(rate.value)
        else:
            raise ValueError(f"The learning rate {rate!r} is a function, which cannot be written to a configuration.")
        common = {name: getattr(self, name) for name in ("weight_decay", "clipnorm", "global_clipnorm", "clipvalue")}
        config = {"name": self.name, "learning_rate": rate, **common}
        config |= {} if is_zero(self.decay) else {"decay": self.decay}
        return config | {name: getattr(self, name) for name in self._own_arguments() if name not in config}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Optimizer:
        """The optimizer that `get_config` described.

        >>> adam = tf.optimizers.Adam(beta_1=0.8, clipnorm=1.0)
        >>> again = tf.optimizers.Adam.from_config(adam.get_config())
        >>> again.beta_1, again.clipnorm
        (0.8, 1.0)
        """
        config = dict(config)
        if isinstance(config.get("learning_rate"), Mapping):
            config["learning_rate"] = schedules.deserialize(config["learning_rate"], custom_objects)
        return cls(**config)

    @classmethod
    def _own_arguments(cls) -> list[str]:
        parameters = inspect.signature(cls).parameters.values()
        return [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]

    def __repr__(self) -> str:
        own = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._own_arguments())
        return f"{type(self).__name__}({own})"


class _Setting(float):
    """A float that knows the optimizer it was read from: programs write ``optimizer.learning_rate.assign(r)``."""

    def __new__(cls, value: Any, optimizer: Optimizer) -> _Setting:
        number = super().__new__(cls, value)
        number._optimizer = optimizer
        return number

    _optimizer: Optimizer

    def numpy(self) -> float:
        """The number."""
        return float(self)

    def assign(self, value: Any) -> None:
        """Set the learning rate of the optimizer."""
        self._optimizer.learning_rate = value

    def __reduce__(self) -> Any:
        return float, (float(self),)


class _Variables(list[Variable]):
    """A list that may be called, and gives itself: ``optimizer.variables`` and ``optimizer.variables()`` are one."""

    def __call__(self) -> _Variables:
        return self
