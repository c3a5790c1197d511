"""`tf.contrib.learn.learn_runner`: makes an experiment and runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.contrib.learn_experiment import Experiment
from kerasflow.core.naming import did_you_mean

__all__ = ["run"]

_SCHEDULES = ("evaluate", "local_run", "test", "train", "train_and_evaluate")


def run(
    experiment_fn: Callable[..., Experiment],
    output_dir: str | None = None,
    schedule: str | None = None,
    run_config: Any = None,
    hparams: Any = None,
) -> Any:
    """What a method of an experiment gives.

    Args:
        experiment_fn: makes it, of a folder; or, with `run_config`, of that and `hparams`.
        output_dir: the folder.
        schedule: the name of the method, by default ``train_and_evaluate``.
        run_config: a `RunConfig` with a folder, in place of the folder.
        hparams: what `experiment_fn` is given besides.

    Raises:
        ValueError: not just one of `output_dir` and `run_config` is given, or there is no such method. TypeError: no
            experiment is made.
    """
    if (output_dir is None) == (run_config is None):
        raise ValueError("Exactly one of `output_dir` and `run_config` must be provided.")
    made = experiment_fn(output_dir) if run_config is None else experiment_fn(run_config, hparams)
    if not isinstance(made, Experiment):
        raise TypeError(f"Experiment builder did not return an Experiment instance, got {made!r}.")
    name = schedule or "train_and_evaluate"
    if name not in _SCHEDULES:
        raise ValueError(f"Schedule references non-existent task {name}.{did_you_mean(name, _SCHEDULES)}")
    return getattr(made, name)()
