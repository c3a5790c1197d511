"""Exporters: which of the models that `train_and_evaluate` sees are written down to serve."""

from __future__ import annotations

import glob
import logging
import os
import shutil
from collections.abc import Callable, Mapping
from typing import Any

from kerasflow.estimator.calling import arguments
from kerasflow.summary.writer import summary_iterator

__all__ = ["BestExporter", "Exporter", "FinalExporter", "LatestExporter"]

_log = logging.getLogger("kerasflow")


class Exporter:
    """The base of exporters; one's own defines `name` and `export`."""

    @property
    def name(self) -> str:
        """The name of the folder, inside ``export`` in the model's own."""
        raise NotImplementedError(f"{type(self).__name__} must define name.")

    def export(
        self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool
    ) -> Any:
        """Export a model if it is one to export.

        Args:
            estimator: the estimator.
            export_path: the folder to make the model's in.
            checkpoint_path: the checkpoint that was evaluated.
            eval_result: its metrics.
            is_the_final_export: whether the training is at its end.

        Returns:
            The path of the model; None if there is none.
        """
        raise NotImplementedError(f"{type(self).__name__} must define export().")


class _ModelExporter(Exporter):
    """What the exporters here share: a name, and what they write."""

    def __init__(
        self, name: str, receiver_fn: Any, assets_extra: Mapping[str, str] | None, as_text: bool, keep: int | None
    ) -> None:
        if keep is not None and keep <= 0:
            raise ValueError(f"`exports_to_keep`, if provided, must be a positive number. Got {keep}")
        self._name, self._receiver_fn = name, receiver_fn
        self._assets_extra, self._as_text = assets_extra, as_text
        self._keep = keep

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self._name

    def _write(self, estimator: Any, folder: str, checkpoint_path: str) -> Any:
        """Export the model, and delete the oldest ones if there are more than are kept."""
        path = estimator.export_saved_model(
            folder, self._receiver_fn, self._assets_extra, self._as_text, checkpoint_path
        )
        if self._keep is not None:
            there = sorted((d for d in os.listdir(folder) if d.isdigit()), key=int)
            for old in there[: -self._keep]:
                shutil.rmtree(os.path.join(folder, old))
        return path


class LatestExporter(_ModelExporter):
    """Exports every model that is evaluated.

    Args:
        name: the name of the folder.
        serving_input_receiver_fn, assets_extra, as_text: as for `Estimator.export_saved_model`.
        exports_to_keep: how many are kept; None for all.

    Raises:
        ValueError: that number is not positive.
    """

    def __init__(
        self,
        name: str,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        exports_to_keep: int | None = 5,
    ) -> None:
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text, exports_to_keep)

    def export(
        self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool
    ) -> Any:
        """Export the model."""
        return self._write(estimator, export_path, checkpoint_path)


class FinalExporter(_ModelExporter):
    """Exports the model at the end of the training.

    Args:
        name, serving_input_receiver_fn, assets_extra, as_text: as for `LatestExporter`.
    """

    def __init__(
        self,
        name: str,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
    ) -> None:
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text, None)

    def export(
        self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool
    ) -> Any:
        """Export the model if it is the last."""
        if not is_the_final_export:
            return None
        _log.info("Performing the final export in the end of training.")
        return self._write(estimator, export_path, checkpoint_path)


def _loss_smaller(best_eval_result: Any, current_eval_result: Any) -> bool:
    for result in (best_eval_result, current_eval_result):
        if not result or "loss" not in result:
            raise ValueError(f"Results of evaluations have a loss, got {result}.")
    return bool(best_eval_result["loss"] > current_eval_result["loss"])


class BestExporter(_ModelExporter):
    """Exports models that are better than those before.

    Args:
        name, serving_input_receiver_fn, assets_extra, as_text, exports_to_keep: as for `LatestExporter`.
        event_file_pattern: event files in the folder of the model, in which earlier results are looked up.
        compare_fn: ``compare_fn(best_eval_result, current_eval_result)`` says whether the second is better; by default
            whether its loss is smaller.

    Raises:
        ValueError: `compare_fn` takes something else, or the number to keep is not positive.
    """

    def __init__(
        self,
        name: str = "best_exporter",
        serving_input_receiver_fn: Callable[[], Any] | None = None,
        event_file_pattern: str | None = "eval/*.tfevents.*",
        compare_fn: Callable[..., bool] = _loss_smaller,
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        exports_to_keep: int | None = 5,
    ) -> None:
        if compare_fn is None:
            raise ValueError("`compare_fn` must not be None.")
        taken = sorted(arguments(compare_fn))
        if taken != ["best_eval_result", "current_eval_result"]:
            raise ValueError(f"compare_fn takes best_eval_result and current_eval_result, got one of {taken}.")
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text, exports_to_keep)
        self._better = compare_fn
        self._pattern = event_file_pattern
        self._model_dir: str | None = None
        self._best: Any = None

    def export(
        self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool
    ) -> Any:
        """Export the model if it is better than all before."""
        if self._pattern and self._model_dir != estimator.model_dir:
            _log.info("Loading best metric from event files.")
            self._model_dir = estimator.model_dir
            self._best = self._best_of(os.path.join(estimator.model_dir, self._pattern), eval_result)
        if self._best is not None and not self._better(best_eval_result=self._best, current_eval_result=eval_result):
            return None
        _log.info("Performing best model export.")
        self._best = eval_result
        return self._write(estimator, export_path, checkpoint_path)

    def _best_of(self, pattern: str, current: Any) -> Any:
        """The best of the results in event files, without the one that has just been written there."""
        best = None
        for path in sorted(glob.glob(pattern)):
            for event in summary_iterator(path):
                found = {v.tag: v.simple_value for v in event.summary.value if v.WhichOneof("value") == "simple_value"}
                if not found or event.step == current.get("global_step"):
                    continue
                if best is None or self._better(best_eval_result=best, current_eval_result=found):
                    best = found
        return best
