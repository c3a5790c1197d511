"""`Objectives`: what a compiled model is trained for: a loss for each output, their weights, and the metrics.

What is reported is called what Keras 3 calls it: "loss"; for each of several losses the name of its output and "_loss";
for each metric of several outputs the name of its output before its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasflow import losses
from kerasflow.core import ops
from kerasflow.layers.masks import mask_of
from kerasflow.losses.align import quotient
from kerasflow.metrics import Mean, resolve
from kerasflow.models.nesting import Layout

__all__ = ["Objectives"]


class Objectives:
    """The losses and metrics of a model, by output.

    Args:
        loss: a loss for all outputs, or one for each: nested as they are, a dict by their names, or a list.
        loss_weights: likewise, numbers that multiply the losses.
        metrics: likewise, metrics or lists of metrics; of a single output a list.
        weighted_metrics: likewise, of metrics that take the sample weights into account.
        layout: the outputs.
        named: whether the names of the outputs are part of the names in the logs. Those of a model that defines `call`
            are not: there the keys of a dict of outputs are, and losses are told by their own names.

    Raises:
        ValueError: a name that is no output or no known loss or metric.
    """

    def __init__(
        self, loss: Any, loss_weights: Any, metrics: Any, weighted_metrics: Any, layout: Layout, named: bool = True
    ) -> None:
        self.layout = layout
        self._named = named
        wanted = layout.take(loss, "losses", everywhere=True, partly=True)
        self.losses = [None if one is None else losses.get(one) for one in wanted]
        given = _weights(loss_weights, self.losses, layout)
        self.loss_weights = [1.0 if w is None else float(w) for w in given]
        self._wanted = [_lists(m, layout, kind) for m, kind in ((metrics, "metrics"), (weighted_metrics, "metrics"))]
        self._metrics: list[list[list[Any]]] | None = None
        several = sum(one is not None for one in self.losses) > 1
        self._of_outputs = [
            Mean(name=self._loss_name(i, one)) if several and one is not None else None
            for i, one in enumerate(self.losses)
        ]
        self.total_tracker = Mean(name="loss")
        self.trackers = [t for i in self._order(loss) if (t := self._of_outputs[i]) is not None]
        self._adopted: list[Any] = []  # the metrics of layers

    @property
    def classes(self) -> list[bool]:
        """Which targets are numbers of classes."""
        return [getattr(one, "integer_targets", False) for one in self.losses]

    @property
    def needed(self) -> list[bool]:
        """Which outputs need targets: those with a loss or a metric."""
        lists = zip(self.losses, *self._wanted, strict=True)
        return [one is not None or bool(plain) or bool(weighted) for one, plain, weighted in lists]

    def _order(self, loss: Any) -> list[int]:
        """The outputs in the order in which Keras lists their losses: as in the dict of losses, or that of outputs.

        A list of losses is in the order of the sorted names.
        """
        places = list(range(self.layout.count))
        outputs = self.layout.structure
        if not self.layout.flat or not isinstance(outputs, dict) or isinstance(loss, (list, tuple)):
            return places
        first = list(loss) if isinstance(loss, Mapping) and set(loss) <= set(outputs) else list(outputs)
        keys = [path[0] for path in self.layout.paths]
        return sorted(places, key=lambda i: first.index(keys[i]) if keys[i] in first else len(first))

    def _loss_name(self, i: int, loss: Any) -> str:
        path, name = self.layout.paths[i], self.layout.names[i] if self._named else loss.name
        if not path or isinstance(path[-1], int):
            path = (*path[:-1], name)
        return "/".join(map(str, path)) + "_loss"

    def _prefix(self, i: int) -> str:
        if self.layout.count == 1:
            return ""
        path = self.layout.paths[i]
        if self.layout.flat and isinstance(path[0], str):
            return f"{path[0]}_"
        return f"{self.layout.names[i]}_" if self._named else ""

    def resolve_metrics(self, outputs: Sequence[Any], targets: Sequence[Any]) -> list[list[list[Any]]]:
        """The metrics of each output, plain and weighted, once it is known what the outputs look like."""
        if self._metrics is None:
            self._metrics = [
                [
                    [resolve(m, output.dims, target.dims, loss) for m in wanted] if wanted else []
                    for wanted, output, target, loss in zip(lists, outputs, targets, self.losses, strict=True)
                ]
                for lists in self._wanted
            ]
        return self._metrics

    def parts(self, outputs: Sequence[Any], targets: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
        """The loss of each output that has one; where a mask rides with it, only what that lets through counts."""
        return [
            None if loss is None else loss(y, output, _with_mask(w, mask_of(output), output, loss.reduction))
            for loss, output, y, w in zip(self.losses, outputs, targets, weights, strict=True)
        ]

    def total(self, parts: Sequence[Any], penalties: Sequence[Any]) -> Any:
        """The loss to minimise, None if there is none."""
        terms = [p if c == 1.0 else c * p for p, c in zip(parts, self.loss_weights, strict=True) if p is not None]
        terms += [ops.cast(p, terms[0].dtype) if terms else p for p in penalties]
        return ops.add_n(terms) if len(terms) > 1 else terms[0] if terms else None

    def updates(
        self, total: Any, parts: Sequence[Any], outputs: Sequence[Any], targets: Sequence[Any], weights: Sequence[Any]
    ) -> list[Any]:
        """Operations that add a batch to the loss trackers and metrics."""
        rows = ops.cast(ops.shape(outputs[0])[0], total.dtype)
        found = [self.total_tracker.update_state(total, rows)]
        if all(part is None for part in parts):  # the model computes its loss in another way
            self.trackers, self._of_outputs = [], [None] * self.layout.count
        for tracker, part in zip(self._of_outputs, parts, strict=True):
            if tracker is not None:
                found.append(tracker.update_state(part, rows))
        for lists, weighted in zip(self.resolve_metrics(outputs, targets), (False, True), strict=True):
            for metrics, output, y, w in zip(lists, outputs, targets, weights, strict=True):
                for m in metrics:
                    mask = mask_of(output) if isinstance(m, Mean) else None
                    found.append(m.update_state(y, output, _with_mask(w if weighted else None, mask, output, "sum")))
        return found

    def follow(self, updates: Sequence[tuple[Any, Any]]) -> list[Any]:
        """Report the metrics that layers update, too; the operations that do it."""
        self._of_layers = list(dict.fromkeys([*self._of_layers, *[m for m, _ in updates]]))
        return [update for _, update in updates]

    def adopt(self, updates: Sequence[tuple[Any, Any]]) -> list[Any]:
        """Report the metrics of layers too; gives the operations that add a batch to them."""
        self._adopted += [m for m, _ in updates if m not in self._adopted]
        return [update for _, update in updates]

    def named_metrics(self) -> list[tuple[str, Any]]:
        """The loss trackers and metrics with the names they have in the logs."""
        named = [("loss", self.total_tracker)]
        taken: dict[str, int] = {}
        named += [(_numbered(t.name, taken), t) for t in self.trackers]
        taken = {}
        for weighted, lists in enumerate(self._metrics or []):
            for i, metrics in enumerate(lists):
                prefix = self._prefix(i)
                for m in metrics:
                    again = weighted and prefix + m.name in taken
                    named.append((_numbered(f"{prefix}weighted_{m.name}" if again else prefix + m.name, taken), m))
        return named + [(_numbered(m.name, taken), m) for m in self._adopted]

    def in_order(self) -> list[str]:
        """The names in the logs, in the order in which Keras 3 lists the values."""
        names = [name for name, _ in self.named_metrics()]
        own = [m.name for lists in self._metrics or [] for metrics in lists for m in metrics]
        known = [name for name in ["loss", *own, *[t.name for t in self.trackers]] if name in names]
        return list(dict.fromkeys([*known, *sorted(names)]))

    def reset(self) -> None:
        """Set the trackers and metrics back to where an epoch starts."""
        for _, m in self.named_metrics():
            m.reset_state()


def _numbered(name: str, taken: dict[str, int]) -> str:
    """`name`, with a number if it is taken."""
    count = taken[name] = taken.get(name, 0) + 1
    return name if count == 1 else f"{name}_{count - 1}"


def _weights(loss_weights: Any, given: Sequence[Any], layout: Layout) -> list[Any]:
    """A weight for each output: nested as these are, or one for each that has a loss."""
    with_loss = [i for i, loss in enumerate(given) if loss is not None]
    if isinstance(loss_weights, (list, tuple)) and len(loss_weights) == len(with_loss) < layout.count:
        by_place = dict(zip(with_loss, loss_weights, strict=True))
        return [by_place.get(i) for i in range(layout.count)]
    return layout.take(loss_weights, "loss weights", everywhere=True, partly=True)


def _lists(value: Any, layout: Layout, what: str) -> list[list[Any]]:
    """The metrics of each output."""
    if value is None:
        return [[] for _ in range(layout.count)]
    if layout.count == 1:
        return [_listed(value)]
    everywhere = isinstance(value, (list, tuple)) and len(value) != layout.count and not any(map(_is_nested, value))
    if everywhere:  # as Keras 2 does
        return [list(value) for _ in range(layout.count)]
    return [_listed(v) for v in layout.take(value, what, everywhere=True, partly=True, alone=lambda v: False)]


def _listed(value: Any) -> list[Any]:
    """What is in nested lists and dicts, as a flat list without None."""
    if isinstance(value, Mapping) and "class_name" in value:
        return [value]
    if _is_nested(value):
        return [m for v in (value.values() if isinstance(value, Mapping) else value) for m in _listed(v)]
    return [] if value is None else [value]


def _is_nested(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or isinstance(value, Mapping) and "class_name" not in value


def _with_mask(weights: Any, mask: Any, output: Any, reduction: str) -> Any:
    """Sample weights that leave out what a mask does not let through.

    For a mean over the values of a batch, the weights of the others make up for those that are left out.
    """
    if mask is None:
        return weights
    mask = ops.cast(mask, output.dtype)
    if reduction == "sum_over_batch_size":
        mask = mask * quotient(ops.cast(ops.size(mask), mask.dtype), ops.reduce_sum(mask))
    if weights is None:
        return mask
    weights = ops.cast(weights, mask.dtype)
    for _ in range(len(mask.dims) - len(weights.dims)):
        weights = ops.expand_dims(weights, -1)
    for _ in range(len(weights.dims) - len(mask.dims)):
        mask = ops.expand_dims(mask, -1)
    return weights * mask
