"""The training of what a model function gave: its hooks in their order, its summaries and its checkpoints."""

from __future__ import annotations

import logging
from typing import Any

from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.summary.functions import scalar
from kerasflow.train.hooks import NanTensorHook
from kerasflow.train.monitored_training import MonitoredTrainingSession
from kerasflow.train.reporting_hooks import LoggingTensorHook
from kerasflow.train.saver import Saver, SaverDef
from kerasflow.train.saving_hooks import CheckpointSaverHook
from kerasflow.train.step_counter import get_global_step

__all__ = ["checkpoint_saver", "train_spec"]

_log = logging.getLogger("kerasflow")


def train_spec(spec: EstimatorSpec, config: RunConfig, hooks: list[Any], listeners: list[Any]) -> Any:
    """Train until a hook stops or the data end, from the newest checkpoint of the folder on.

    Args:
        spec: of a model function that was called to train, in the default graph.
        config: has the folder and the intervals.
        hooks: those of the input function and of the caller.
        listeners: what is told of checkpoints.

    Returns:
        The loss of the last step; None if there was none.

    Raises:
        ValueError: there are listeners, and nothing that saves checkpoints.
    """
    graph = default_graph()
    if not any(t.op.name == "loss" for t in graph.get_collection(GraphKeys.SUMMARIES)):
        scalar("loss", spec.loss)
    graph.add_to_collection(GraphKeys.LOSSES, spec.loss)
    hooks = [*hooks, NanTensorHook(spec.loss)]
    if config.log_step_count_steps is not None:
        shown = {"loss": spec.loss, "step": get_global_step()}
        hooks.append(LoggingTensorHook(shown, every_n_iter=config.log_step_count_steps))
    hooks.extend(spec.training_hooks)
    if spec.scaffold.saver is None and not graph.get_collection(GraphKeys.SAVERS):
        graph.add_to_collection(GraphKeys.SAVERS, checkpoint_saver(config))
    with MonitoredTrainingSession(
        checkpoint_dir=config.model_dir,
        scaffold=spec.scaffold,
        hooks=hooks,
        chief_only_hooks=[*_saving(spec, config, hooks, listeners), *spec.training_chief_hooks],
        save_checkpoint_secs=0,  # the hooks do
        save_summaries_steps=config.save_summary_steps,
        config=config.session_config,
        max_wait_secs=config.session_creation_timeout_secs,
        log_step_count_steps=config.log_step_count_steps,
    ) as session:
        loss = None
        while not session.should_stop():
            _, loss = session.run([spec.train_op, spec.loss])
    if loss is None:
        _log.warning("Training with estimator made no steps. Perhaps input is empty or misspecified.")
    return loss


def checkpoint_saver(config: RunConfig, var_list: Any = None) -> Saver:
    """What writes checkpoints that TensorFlow reads; the variables are as for `Saver`."""
    return Saver(
        var_list,
        max_to_keep=config.keep_checkpoint_max,
        keep_checkpoint_every_n_hours=config.keep_checkpoint_every_n_hours,
        defer_build=True,
        write_version=SaverDef.V2,
    )


def _saving(spec: EstimatorSpec, config: RunConfig, hooks: list[Any], listeners: list[Any]) -> list[Any]:
    """The hook that saves checkpoints, unless there is one; it tells the listeners."""
    saving = [h for h in [*hooks, *spec.training_chief_hooks] if isinstance(h, CheckpointSaverHook)]
    made: list[Any] = []
    if not saving and (config.save_checkpoints_secs or config.save_checkpoints_steps):
        made = [
            CheckpointSaverHook(
                config.model_dir,
                save_secs=config.save_checkpoints_secs,
                save_steps=config.save_checkpoints_steps,
                scaffold=spec.scaffold,
            )
        ]
    if listeners:
        first = next(iter([*saving, *made]), None)
        if first is None:
            raise ValueError(
                "There should be a CheckpointSaverHook to use saving_listeners. Please set one of the "
                "RunConfig.save_checkpoints_steps or RunConfig.save_checkpoints_secs."
            )
        first.add_listeners(listeners)
    return made
