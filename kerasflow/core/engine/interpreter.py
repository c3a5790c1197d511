"""The interpreter: executes a plan with NumPy. It is the definition of what is right.

All that can be decided before the first run is: each step is bound to its attributes and its buffer, and knows which
values to take and where to put its result. A run is a loop over those steps. Values live in a frame; a program keeps
the frames it is not using, so that a run inside a run (from a Python function in the graph) has one of its own.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from kerasflow.core import errors, shapes
from kerasflow.core.engine.memory import Layout
from kerasflow.core.engine.passes import last_uses
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["Program", "failure"]

_KEEP = 1 << 14  # bytes: a result of this size or more is let go at its last use, smaller ones when the run ends

Bound = tuple[Callable[..., Any], Callable[[list[Any]], Sequence[Any]], int, Any]


class Program:
    """A plan, ready to run in one session."""

    def __init__(self, plan: Plan, runtime: Any, layout: Layout | None = None) -> None:
        self.plan = plan
        self._runtime = runtime
        self._layout = layout or Layout()
        self._frames: list[tuple[list[Any], list[Bound]]] = []
        self._template: list[Any] = [None] * (plan.value_count + 1)
        for number, array in plan.constants.items():
            self._template[number] = array
        self._owned = _owned(plan)

    def run(self, feeds: Sequence[Any]) -> list[Any]:
        """Execute the plan; gives the fetched values, as arrays or scalars that are the caller's.

        Raises:
            OpError: an operation failed; the message names it, its inputs and the line that made it.
        """
        with np.errstate(all="ignore"):
            return self.execute(feeds)

    def execute(self, feeds: Sequence[Any]) -> list[Any]:
        """As `run`, where NumPy has been told to be silent."""
        values, steps = self._frames.pop() if self._frames else self._new_frame()
        for number, array in zip(self.plan.feeds, feeds, strict=True):
            values[number] = array
        step: Bound | None = None
        try:
            for step in steps:
                call, get, out, tail = step
                values[out] = call(*get(values))
                if tail is not None:
                    tail(values)
        except Exception as cause:
            if isinstance(cause, errors.OpError) and cause.op is not None:
                raise  # from a run inside this run, which has said where
            index = next(k for k, s in enumerate(steps) if s is step)
            raise failure(self.plan.steps[index], values, cause) from cause
        results = [
            values[f] if owned else _copy(values[f]) for f, owned in zip(self.plan.fetches, self._owned, strict=True)
        ]
        values[:] = self._template
        self._frames.append((values, steps))
        return results

    def _new_frame(self) -> tuple[list[Any], list[Bound]]:
        buffers = self._layout.allocate(self.plan)
        last = last_uses(self.plan)
        dying: dict[int, list[int]] = {}
        for number, k in last.items():
            if number not in buffers and number not in self.plan.constants and self._is_large(number):
                dying.setdefault(k, []).append(number)
        steps = [self._bind(step, buffers, dying.get(k, [])) for k, step in enumerate(self.plan.steps)]
        return self._template.copy(), steps

    def _is_large(self, number: int) -> bool:
        count = shapes.size(self.plan.specs[number].shape)
        return count is None or count * self.plan.specs[number].dtype.size >= _KEEP

    def _bind(self, step: Step, buffers: dict[int, Any], dying: list[int]) -> Bound:
        opdef = step.opdef
        call = opdef.kernel
        if opdef.stateful:
            call = partial(call, self._runtime, step.operation, **step.attrs)
        elif step.outputs and step.outputs[0] in buffers:
            call = partial(call, out=buffers[step.outputs[0]], **step.attrs)
        elif step.attrs:
            call = partial(call, **step.attrs)
        if step.copies:
            call = partial(_copied, call)
        if len(step.outputs) == 1:
            return call, _getter(step.inputs), step.outputs[0], partial(_forget, dying) if dying else None
        # Several results arrive as a tuple in a place beyond the values, and are spread from there.
        return call, _getter(step.inputs), -1, partial(_spread, step.outputs, dying)


def _owned(plan: Plan) -> list[bool]:
    """For each fetch, whether its array is new in each run and nobody else holds it."""
    makers = {o: s for s in plan.steps for o in s.outputs}
    owned = []
    for k, f in enumerate(plan.fetches):
        step = makers.get(f)
        fresh = step is not None and not step.opdef.alias and not step.opdef.stateful
        owned.append(
            fresh and f not in plan.fetches[:k] and plan.specs[f].shape != () and plan.specs[f].shape is not None
        )
    return owned


def _copy(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value
    array = np.asarray(value)
    return array[()] if array.ndim == 0 else array.copy()


def _copied(call: Callable[..., Any], *args: Any) -> Any:
    return np.array(call(*args))


def _getter(inputs: tuple[int, ...]) -> Callable[[list[Any]], Sequence[Any]]:
    if len(inputs) > 1:
        return operator.itemgetter(*inputs)
    return partial(_one, inputs[0]) if inputs else _none


def _one(i: int, values: list[Any]) -> Sequence[Any]:
    return (values[i],)


def _none(values: list[Any]) -> Sequence[Any]:
    return ()


def _forget(numbers: list[int], values: list[Any]) -> None:
    for i in numbers:
        values[i] = None


def _spread(outputs: tuple[int, ...], dying: list[int], values: list[Any]) -> None:
    for o, value in zip(outputs, values[-1] or (), strict=True):
        values[o] = value
    values[-1] = None
    _forget(dying, values)


_ERRORS: dict[type[Exception], type[errors.OpError]] = {
    MemoryError: errors.ResourceExhaustedError,
    NotImplementedError: errors.UnimplementedError,
    StopIteration: errors.OutOfRangeError,
    ValueError: errors.InvalidArgumentError,
    TypeError: errors.InvalidArgumentError,
    IndexError: errors.InvalidArgumentError,
    ArithmeticError: errors.InvalidArgumentError,
    Exception: errors.UnknownError,
}


def failure(step: Step, values: list[Any], cause: Exception) -> Exception:
    """The error a failed step ends in: of the kernel's class if that is an `OpError`, else as `_ERRORS` maps it."""
    operation = step.operation
    given = ", ".join(f"{t.name} {_describe(values[i])}" for t, i in zip(operation.inputs, step.inputs, strict=False))
    cls = (
        type(cause)
        if isinstance(cause, errors.OpError)
        else next(e for c, e in _ERRORS.items() if isinstance(cause, c))
    )
    what = f"{type(cause).__name__}: {cause}" if cls is errors.UnknownError else str(cause)
    message = (
        f"{what}\n  in {operation.type} {operation.name!r}, inputs: {given or 'none'}, created at "
        f"{operation.created_at}"
    )
    return cls(operation, operation, message)


def _describe(value: Any) -> str:
    if value is None:
        return "(released)"
    array = np.asarray(value)
    return f"{array.dtype}{list(array.shape)}"
