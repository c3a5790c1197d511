"""`Objectives`: what a compiled model is trained for: a loss for each output, their weights, and the metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasflow import losses
from kerasflow.core import ops
from kerasflow.metrics import Mean, resolve

__all__ = ["Objectives"]


class Objectives:
    """The losses and metrics of a model, by output.

    Args:
        loss: a loss for all outputs, or a list or dict with one for each.
        loss_weights: a list or dict of numbers that multiply the losses.
        metrics: a list for all outputs, or a list of lists or dict of lists with one for each.
        weighted_metrics: likewise, of metrics that take the sample weights into account.
        output_names: the names of the outputs.

    Raises:
        ValueError: a name that is no output or no known loss or metric.
    """

    def __init__(
        self, loss: Any, loss_weights: Any, metrics: Any, weighted_metrics: Any, output_names: Sequence[str]
    ) -> None:
        self.names = list(output_names)
        self.losses = [None if one is None else losses.get(one) for one in _spread(loss, self.names, "loss")]
        given = _spread(loss_weights, self.names, "loss weight")
        self.loss_weights = [1.0 if w is None else float(w) for w in given]
        plain, weighted = _metric_lists(metrics, self.names), _metric_lists(weighted_metrics, self.names)
        self._wanted = [
            [*[(m, False) for m in p], *[(m, True) for m in w]] for p, w in zip(plain, weighted, strict=True)
        ]
        self._metrics: list[list[tuple[Any, bool]]] | None = None
        several = len(self.names) > 1
        self._of_outputs = [
            Mean(name=f"{n}_loss") if several and loss is not None else None
            for n, loss in zip(self.names, self.losses, strict=True)
        ]
        self.trackers = [Mean(name="loss"), *[t for t in self._of_outputs if t is not None]]
        self.classes = [getattr(one, "integer_targets", False) for one in self.losses]  # targets that are classes

    def resolve_metrics(self, outputs: Sequence[Any], targets: Sequence[Any]) -> list[list[tuple[Any, bool]]]:
        """The metrics of each output, and whether they are weighted, once it is known what the outputs look like."""
        if self._metrics is None:
            self._metrics = [
                [(resolve(m, output.dims, target.dims, loss), weighted) for m, weighted in wanted]
                for wanted, output, target, loss in zip(self._wanted, outputs, targets, self.losses, strict=True)
            ]
        return self._metrics

    def total(
        self, outputs: Sequence[Any], targets: Sequence[Any], weights: Sequence[Any], penalties: Sequence[Any]
    ) -> tuple[Any, list[Any]]:
        """The loss to minimise, and its parts by output."""
        parts = [
            None if loss is None else loss(y, output, w)
            for loss, output, y, w in zip(self.losses, outputs, targets, weights, strict=True)
        ]
        terms = [p if c == 1.0 else c * p for p, c in zip(parts, self.loss_weights, strict=True) if p is not None]
        terms += [ops.cast(p, outputs[0].dtype) for p in penalties]
        if not terms:
            raise ValueError("The model has no loss: pass one to compile().")
        return (ops.add_n(terms) if len(terms) > 1 else terms[0]), parts

    def updates(
        self, total: Any, parts: Sequence[Any], outputs: Sequence[Any], targets: Sequence[Any], weights: Sequence[Any]
    ) -> list[Any]:
        """Operations that add a batch to the loss trackers and metrics."""
        rows = ops.cast(ops.shape(outputs[0])[0], total.dtype)
        found = [self.trackers[0].update_state(total, rows)]
        for tracker, part in zip(self._of_outputs, parts, strict=True):
            if tracker is not None:
                found.append(tracker.update_state(part, rows))
        resolved = self.resolve_metrics(outputs, targets)
        for of_output, output, y, w in zip(resolved, outputs, targets, weights, strict=True):
            found += [m.update_state(y, output, w if weighted else None) for m, weighted in of_output]
        return found

    def named_metrics(self) -> list[tuple[str, Any]]:
        """The loss trackers and metrics with the names they have in the logs."""
        named = [(t.name, t) for t in self.trackers]
        for name, of_output in zip(self.names, self._metrics or [], strict=False):
            prefix = f"{name}_" if len(self.names) > 1 else ""
            named += [(prefix + m.name, m) for m, _ in of_output]
        return _distinct(named)

    def reset(self) -> None:
        """Set the trackers and metrics back to where an epoch starts."""
        for _, m in self.named_metrics():
            m.reset_state()


def _distinct(named: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The same pairs, a name that occurs again numbered."""
    counts: dict[str, int] = {}
    out = []
    for name, m in named:
        k = counts[name] = counts.get(name, 0) + 1
        out.append((name if k == 1 else f"{name}_{k - 1}", m))
    return out


def _spread(value: Any, names: list[str], what: str) -> list[Any]:
    """One `value` for each of `names`."""
    if isinstance(value, Mapping) and "class_name" not in value:
        unknown = sorted(set(value) - set(names))
        if unknown:
            raise ValueError(f"There is a {what} for {unknown}, which are no outputs; these are {names}.")
        return [value.get(n) for n in names]
    if isinstance(value, (list, tuple)):
        if len(value) != len(names):
            raise ValueError(f"Expected {len(names)} {what}s, for {names}; got {len(value)}.")
        return list(value)
    return [value] * len(names)


def _metric_lists(value: Any, names: list[str]) -> list[list[Any]]:
    if value is None:
        return [[] for _ in names]
    if isinstance(value, Mapping):
        return [_listed(v) for v in _spread(value, names, "metric")]
    value = _listed(value)
    if len(names) > 1 and any(isinstance(v, (list, tuple)) for v in value):
        return [_listed(v) for v in _spread(value, names, "metric")]
    return [list(value) for _ in names]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
