"""How a training went."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Course"]


@dataclass(frozen=True)
class Course:
    """The losses of a training.

    Args:
        losses: the loss after each iteration, or of each epoch.
        converged: whether it ended by itself, and not because its iterations were used up.
        held_out: the loss on the samples held out, of each epoch; empty if there were none.
    """

    losses: list[float]
    converged: bool
    held_out: list[float] = field(default_factory=list)
