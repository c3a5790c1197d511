"""How a training went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Course"]


@dataclass(frozen=True)
class Course:
    """The losses of a training, and what it left.

    Args:
        losses: the loss after each iteration, or of each epoch.
        converged: whether it ended by itself, and not because its iterations were used up.
        held_out: the loss on the samples held out, of each epoch; empty if there were none.
        weights: of the model, in its order.
        state: of the optimizer.
    """

    losses: list[float]
    converged: bool
    weights: list[Any]
    held_out: list[float] = field(default_factory=list)
    state: list[Any] = field(default_factory=list)
