"""`MonitoredTrainingSession`: a monitored session with the hooks that training usually has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasflow.core.naming import did_you_mean
from kerasflow.io.protos import available
from kerasflow.train.monitored import ChiefSessionCreator, MonitoredSession, SessionCreator, WorkerSessionCreator
from kerasflow.train.reporting_hooks import StepCounterHook, SummarySaverHook
from kerasflow.train.saving_hooks import CheckpointSaverHook
from kerasflow.train.scaffold import Scaffold

__all__ = ["MonitoredTrainingSession"]

_NOT_GIVEN: Any = object()
_NAMES = "save_checkpoint_secs", "save_summaries_steps", "save_summaries_secs", "save_checkpoint_steps"


def MonitoredTrainingSession(
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: Any = None,
    scaffold: Scaffold | None = None,
    hooks: Sequence[Any] | None = None,
    chief_only_hooks: Sequence[Any] | None = None,
    save_checkpoint_secs: Any = _NOT_GIVEN,
    save_summaries_steps: Any = _NOT_GIVEN,
    save_summaries_secs: Any = _NOT_GIVEN,
    config: Any = None,
    stop_grace_period_secs: float = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: float = 7200,
    save_checkpoint_steps: Any = _NOT_GIVEN,
    summary_dir: Any = None,
    **unknown: Any,
) -> MonitoredSession:
    """A monitored session that goes on from the newest sound checkpoint of a folder, and writes others there.

    Args:
        master: the empty string, which is this process.
        is_chief: whether it initialises variables and writes checkpoints; else it waits until it is ready.
        checkpoint_dir: the folder with checkpoints; without, none are read or written.
        scaffold: what starts, checks and saves.
        hooks: what is done before and after each run.
        chief_only_hooks: likewise, if `is_chief`.
        save_checkpoint_secs: seconds between two checkpoints, by default 600; None for none.
        save_summaries_steps: steps between two summaries, by default 100; None for none.
        save_summaries_secs: seconds between two summaries, in place of steps.
        config: settings of the session.
        stop_grace_period_secs: how long threads may go on, in seconds, when it is closed.
        log_step_count_steps: steps after which steps a second are counted; None for never.
        max_wait_secs: how long to wait until it is ready, if it is not the chief.
        save_checkpoint_steps: steps between two checkpoints, in place of seconds.
        summary_dir: the folder of the event file, by default `checkpoint_dir`.

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> def train(steps):
    ...     with tf.Graph().as_default():
    ...         count = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    ...         hooks = [tf.train.StopAtStepHook(num_steps=steps)]
    ...         with tf.train.MonitoredTrainingSession(checkpoint_dir=folder, hooks=hooks) as sess:
    ...             while not sess.should_stop():
    ...                 step = sess.run(count)
    ...         return step
    >>> train(3), train(4)
    (np.int64(3), np.int64(7))
    """
    if unknown:
        name = sorted(unknown)[0]
        raise TypeError(f"MonitoredTrainingSession takes no argument {name!r}.{did_you_mean(name, _NAMES)}")
    if save_checkpoint_secs is _NOT_GIVEN and save_checkpoint_steps is _NOT_GIVEN:
        save_checkpoint_secs = 600
    if save_summaries_steps is _NOT_GIVEN and save_summaries_secs is _NOT_GIVEN:
        save_summaries_steps = 100
    checkpoint_secs, checkpoint_steps, summary_steps, summary_secs = (
        None if value is _NOT_GIVEN else value
        for value in (save_checkpoint_secs, save_checkpoint_steps, save_summaries_steps, save_summaries_secs)
    )
    scaffold = scaffold or Scaffold()
    if not is_chief:
        creator: SessionCreator = WorkerSessionCreator(scaffold, master, config, max_wait_secs)
        return MonitoredSession(creator, hooks, stop_grace_period_secs)
    all_hooks: list[Any] = list(chief_only_hooks or ())
    folder = summary_dir or checkpoint_dir
    if folder:
        shown = folder if available() else None
        if log_step_count_steps:
            all_hooks.append(StepCounterHook(log_step_count_steps, output_dir=shown))
        if shown and (summary_steps or summary_secs):
            all_hooks.append(SummarySaverHook(summary_steps, summary_secs, shown, scaffold=scaffold))
    if checkpoint_dir and (checkpoint_secs or checkpoint_steps):
        saver = CheckpointSaverHook(checkpoint_dir, checkpoint_secs, checkpoint_steps, scaffold=scaffold)
        all_hooks.append(saver)
    creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    return MonitoredSession(creator, [*all_hooks, *(hooks or ())], stop_grace_period_secs)
