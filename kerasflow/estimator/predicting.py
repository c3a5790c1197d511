"""Predictions, batch after batch or example after example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kerasflow.core.errors import OutOfRangeError
from kerasflow.core.graph import Graph
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.train.monitored import ChiefSessionCreator, MonitoredSession

__all__ = ["predictions_of"]


def predictions_of(
    graph: Graph,
    spec: EstimatorSpec,
    keys: Sequence[str] | str | None,
    hooks: Sequence[Any],
    path: str | None,
    config: Any,
    singly: bool,
) -> Iterator[Any]:
    """What the predictions of a model function are until the data end.

    The graph is the default one while something is computed, and not while the program that asks has its turn.
    """
    wanted = _chosen(spec.predictions, keys)
    with graph.as_default():
        creator = ChiefSessionCreator(spec.scaffold, config=config, checkpoint_filename_with_path=path)
        session = MonitoredSession(creator, hooks)
    try:
        while not session.should_stop():
            try:
                with graph.as_default():
                    batch = session.run(wanted)
            except (OutOfRangeError, StopIteration):
                break
            yield from _taken_apart(batch) if singly else (batch,)
        with graph.as_default():
            session.close()
    finally:
        session.abandon()


def _chosen(predictions: Any, keys: Sequence[str] | str | None) -> Any:
    if not keys:
        return predictions
    if not isinstance(predictions, Mapping):
        raise ValueError("predict_keys argument is not valid in case of non-dict predictions.")
    wanted = (keys,) if isinstance(keys, str) else keys
    chosen = {key: value for key, value in predictions.items() if key in wanted}
    if not chosen:
        raise ValueError(f"Expected to run at least one output from {list(predictions)}, provided {keys}.")
    return chosen


def _taken_apart(batch: Any) -> Iterator[Any]:
    if not isinstance(batch, Mapping):
        yield from batch
        return
    sizes = {key: value.shape[0] if value.shape else None for key, value in batch.items()}
    if len(set(sizes.values())) != 1 or None in sizes.values():
        raise ValueError(f"Batch length of predictions should be same, got {sizes}.")
    for i in range(next(iter(sizes.values()))):
        yield {key: value[i] for key, value in batch.items()}
