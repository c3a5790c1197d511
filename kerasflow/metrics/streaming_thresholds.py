"""The metrics of the graph API that count right and wrong decisions by each of several thresholds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.metrics.streaming import Pair
from kerasflow.metrics.streaming_counts import COUNTS, over_thresholds

__all__ = [
    "false_negatives_at_thresholds",
    "false_positives_at_thresholds",
    "true_negatives_at_thresholds",
    "true_positives_at_thresholds",
]


def _count_at(key: str) -> Callable[..., Pair]:
    what = COUNTS[key][0]

    def at_thresholds(
        labels: Any,
        predictions: Any,
        thresholds: Sequence[float],
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> Pair:
        rest = (weights, metrics_collections, updates_collections, name)
        return over_thresholds(what, lambda counts: counts[key], labels, predictions, thresholds, rest, key)

    at_thresholds.__name__ = at_thresholds.__qualname__ = f"{what}_at_thresholds"
    at_thresholds.__doc__ = f"The {what.replace('_', ' ')} of deciding by each of `thresholds`; see `{what}`."
    return at_thresholds


true_positives_at_thresholds = _count_at("tp")
false_negatives_at_thresholds = _count_at("fn")
true_negatives_at_thresholds = _count_at("tn")
false_positives_at_thresholds = _count_at("fp")
