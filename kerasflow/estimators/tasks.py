"""Fits as tasks of scikit-learn's callbacks, which there are from version 1.9 on: the fit, and in it each epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["CALLER", "CallbackSupportMixin", "Tasks", "with_callbacks"]

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks

    CALLER = 3  # frames from a fit to the user's line: there is one of scikit-learn's between
except ImportError:
    CALLER = 2

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """What estimators inherit where scikit-learn has no callbacks."""

        def _init_callback_context(self, **settings: Any) -> None:
            return None

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:
        """The method as it is."""
        return method


class Tasks:
    """Tells the callbacks of an estimator that it is fitted, and of its epochs.

    Args:
        estimator: what is fitted.
        X, y: what it is fitted to, as they were passed.
        sample_weight: the weights, likewise.
        count: the largest number of epochs.
    """

    def __init__(self, estimator: Any, X: Any, y: Any, sample_weight: Any, count: int) -> None:
        self._context = estimator._init_callback_context(max_subtasks=count)
        self._heard = self._context is not None and bool(getattr(estimator, "_skl_callbacks", None))
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._about = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._epoch: Any = None
        if self._heard:
            self._context.call_on_fit_task_begin(**self._about)

    def watch(self, fitted: Callable[[Any], dict[str, Any]]) -> Callable[..., bool] | None:
        """What is to be called around each epoch; None if nobody listens.

        Args:
            fitted: gives what an estimator learns, by the names of its attributes, from the weights of the model.
        """
        return None if not self._heard else lambda epoch, logs, weights: self._tell(logs, weights, fitted)

    def _tell(self, logs: Any, weights: Any, fitted: Callable[[Any], dict[str, Any]]) -> bool:
        """An epoch begins, or is over, which gives whether to end here."""
        if logs is None:
            self._epoch = self._context.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(**self._about)
            return False

        def learned() -> dict[str, Any]:
            return fitted(weights())

        return bool(self._epoch.call_on_fit_task_end(**self._about, reconstruction_attributes=learned))

    def end(self) -> None:
        """The fit is over; the estimator has what it learned."""
        if self._heard:
            self._context.call_on_fit_task_end(**self._about, reconstruction_attributes=dict)
