"""`Table`: the recipes of a family of operations, by name.

A family is a module with a table of its own, ``RECIPES = Table()``, to which it adds its functions with
``@RECIPES.add(kinds, *names)``; `steps` puts the families together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.opdef import REGISTRY

__all__ = ["Ints", "Recipe", "Table", "dims_of", "shape_of", "undoes"]

Ints = tuple[int, ...]
Make = Callable[[Lowering, Step], list[Value]]
Accepts = Callable[[Plan, Step], bool]


@dataclass(frozen=True)
class Recipe:
    """How an operation is put together.

    `make` gives the values of the step's outputs. `kinds` are the kinds of types (NumPy's letters) it takes. Of the
    inputs only the first `reads` are read (None: all) but for those in `unread`; of the others the shapes are known.
    Inputs in `known` must be constants, and are not read either. `accepts` says whether this very step can be made,
    where types and known shapes are not enough to tell.
    """

    make: Make
    kinds: str
    reads: int | None = None
    known: Ints = ()
    unread: Ints = ()
    accepts: Accepts | None = None

    def read_by(self, step: Step) -> list[int]:
        """The values that the code for `step` reads."""
        return [n for k, n in enumerate(step.inputs[: self.reads]) if k not in (*self.known, *self.unread)]


class Table(dict[str, Recipe]):
    """Recipes by the names of their operations."""

    def add(self, kinds: str, *names: str, **limits: Any) -> Callable[[Make], Make]:
        """Enter the decorated function for the operations `names`; `limits` are the other fields of `Recipe`."""

        def enter(make: Make) -> Make:
            self.update(dict.fromkeys(names, Recipe(make, kinds, **limits)))
            return make

        return enter


def undoes(forward: str, *given: int) -> Accepts:
    """Whether the first input has the shape that operation `forward` gives of those inputs, or of all others.

    The rule for shapes of an adjoint takes them on trust; its kernel finds out when it runs.
    """

    def accepts(plan: Plan, step: Step) -> bool:
        numbers = [step.inputs[k] for k in given] or step.inputs[1:]
        try:
            made = REGISTRY[forward].infer(*[plan.specs[i] for i in numbers], **step.attrs)
        except (ValueError, TypeError):
            return False
        return bool(made.shape == plan.specs[step.inputs[0]].shape)

    return accepts


def shape_of(t: Lowering, step: Step, k: int = 0) -> Ints:
    """The shape of the step's output number `k`."""
    return dims_of(t.plan, step.outputs[k])


def dims_of(plan: Plan, number: int) -> Ints:
    """The shape of the plan's value of that number, which is known."""
    return tuple(plan.specs[number].shape)  # type: ignore[arg-type]
