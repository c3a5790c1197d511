"""`Trainer`: the half of a model that trains, evaluates and predicts."""

from __future__ import annotations

from typing import Any

from kerasflow.callbacks.base import History
from kerasflow.models.fitting import Fitting
from kerasflow.models.predicting import Predicting

__all__ = ["Trainer"]


class Trainer(Fitting, Predicting):
    """`compile`, `fit`, `evaluate`, `predict` and their kin."""

    # What Keras 2 called them where the data came in batches.

    def fit_generator(self, generator: Any, steps_per_epoch: int | None = None, **options: Any) -> History:
        """The same as ``fit(generator, steps_per_epoch=steps_per_epoch, ...)``."""
        return self.fit(generator, steps_per_epoch=steps_per_epoch, **options)

    def evaluate_generator(self, generator: Any, steps: int | None = None, **options: Any) -> Any:
        """The same as ``evaluate(generator, steps=steps, ...)``."""
        return self.evaluate(generator, steps=steps, **_without_queues(options))

    def predict_generator(self, generator: Any, steps: int | None = None, **options: Any) -> Any:
        """The same as ``predict(generator, steps=steps, ...)``."""
        return self.predict(generator, steps=steps, **_without_queues(options))


def _without_queues(options: dict[str, Any]) -> dict[str, Any]:
    """The options but those on how batches are made ahead of time, which a `PyDataset` has itself."""
    return {k: v for k, v in options.items() if k not in ("max_queue_size", "workers", "use_multiprocessing")}
