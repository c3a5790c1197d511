"""What layers need to know of the model that is being built around them: the phase, and where to leave their losses."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Record",
    "caller_in",
    "calling",
    "current_record",
    "empty_weights",
    "phase",
    "phase_if_known",
    "recording",
    "training_phase",
    "weights_are_empty",
]


@dataclass
class Record:
    """What layers leave behind while a model is built.

    Attributes:
        losses: penalties to add to the loss.
        updates: operations to run with each step of training.
        assignments: operations to run in evaluation too.
        metric_updates: metrics of layers, each with the operation that adds a batch to it, to be run in evaluation too.
    """

    losses: list[Any] = field(default_factory=list)
    updates: list[Any] = field(default_factory=list)
    assignments: list[Any] = field(default_factory=list)
    metric_updates: list[tuple[Any, Any]] = field(default_factory=list)


class _Context(threading.local):
    def __init__(self) -> None:
        self.training: list[Any] = []
        self.empty_weights = 0
        self.records: list[Record] = []
        self.calls: list[tuple[Any, Any]] = []


_context = _Context()


def phase() -> Any:
    """Whether the layers called now are built for training: a bool, or a boolean tensor; False if nobody said."""
    return _context.training[-1] if _context.training else False


def phase_if_known() -> Any:
    """The same, but None if nobody said."""
    return _context.training[-1] if _context.training else None


@contextlib.contextmanager
def training_phase(training: Any) -> Iterator[None]:
    """Build layers for training, or not, within the block."""
    _context.training.append(training)
    try:
        yield
    finally:
        _context.training.pop()


def caller_in(graph: Any) -> Any:
    """The innermost layer that is being called in `graph`; None if there is none."""
    return next((layer for g, layer in reversed(_context.calls) if g is graph), None)


@contextlib.contextmanager
def calling(graph: Any, layer: Any) -> Iterator[None]:
    """Say that a layer is being called in `graph`."""
    _context.calls.append((graph, layer))
    try:
        yield
    finally:
        _context.calls.pop()


@contextlib.contextmanager
def recording() -> Iterator[Record]:
    """Collect what layers called in the block leave behind."""
    record = Record()
    _context.records.append(record)
    try:
        yield record
    finally:
        _context.records.pop()


def current_record() -> Record | None:
    """Where layers leave their losses and updates; None outside of a model."""
    return _context.records[-1] if _context.records else None


@contextlib.contextmanager
def empty_weights() -> Iterator[None]:
    """Make weights of zeros in the block, because all of them will be set: nothing is drawn, no memory is touched."""
    _context.empty_weights += 1
    try:
        yield
    finally:
        _context.empty_weights -= 1


def weights_are_empty() -> bool:
    """Whether weights are made of zeros."""
    return _context.empty_weights > 0
