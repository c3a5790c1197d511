"""Evaluation of a graph: its update operations run batch after batch, then the values of its metrics are taken."""

from __future__ import annotations

import logging
import time
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.variables import Variable
from kerasflow.train.hooks import FinalOpsHook
from kerasflow.train.monitored import ChiefSessionCreator, MonitoredSession
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues

__all__ = ["StopAfterNEvalsHook", "evaluate_once", "get_or_create_eval_step"]

_log = logging.getLogger("kerasflow")
_FEW = 20  # of so many batches each is told of, of more every tenth part


def get_or_create_eval_step() -> Variable:
    """The variable of the default graph that counts the batches of an evaluation: ``eval_step``, a local one."""
    graph = default_graph()
    found: list[Variable] = graph.get_collection(GraphKeys.EVAL_STEP)
    if len(found) > 1:
        raise ValueError(f"A graph has one eval_step; the collection EVAL_STEP holds {found}.")
    if found:
        return found[0]
    with graph.name_scope(None):
        collections = [GraphKeys.LOCAL_VARIABLES, GraphKeys.EVAL_STEP]
        return Variable(np.int64(0), trainable=False, name="eval_step", collections=collections)


class StopAfterNEvalsHook(SessionRunHook):
    """Stops an evaluation after so many batches, and says in the log how far it is.

    Args:
        num_evals: the number of batches; None for all there are.
        log_progress: whether to say so.
    """

    def __init__(self, num_evals: int | None, log_progress: bool = True) -> None:
        self._wanted = num_evals
        self._tells = log_progress
        self._every = 1 if num_evals is None or num_evals < _FEW else num_evals // 10
        self._count: Any = None

    def counts(self, evals_completed: Any) -> None:
        """Take this tensor for the number of batches so far."""
        self._count = evals_completed

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the number."""
        return SessionRunArgs(self._count)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Say it, and stop if there have been enough."""
        count = int(run_values.results)
        if self._tells and self._wanted is None:
            _log.info("Evaluation [%d]", count)
        elif self._tells and (count % self._every == 0 or count == self._wanted):
            _log.info("Evaluation [%d/%d]", count, self._wanted)
        if self._wanted is not None and count >= self._wanted:
            run_context.request_stop()


def evaluate_once(
    checkpoint_path: Any,
    scaffold: Any = None,
    eval_ops: Any = None,
    final_ops: Any = None,
    hooks: Any = None,
    config: Any = None,
) -> Any:
    """Run `eval_ops` until the data end or a hook stops, then `final_ops`, and give the values of these.

    Args:
        checkpoint_path: a checkpoint; None to initialise variables instead.
        scaffold: a `tf.train.Scaffold`.
        eval_ops: an operation; None to run `final_ops` at once.
        final_ops: tensors, in any nest.
        hooks: hooks.
        config: settings of the session.
    """
    counter = get_or_create_eval_step()
    hooks = list(hooks or ())
    if eval_ops is not None:
        counted = ops.assign_add(counter, 1)
        eval_ops = [eval_ops, counted]
        for hook in hooks:
            if isinstance(hook, StopAfterNEvalsHook):
                hook.counts(counted)
    _log.info("Starting evaluation at %s", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.localtime()))
    final = FinalOpsHook(final_ops)
    creator = ChiefSessionCreator(scaffold, config=config, checkpoint_filename_with_path=checkpoint_path)
    with MonitoredSession(creator, [*hooks, final]) as session:
        while eval_ops is not None and not session.should_stop():
            session.run(eval_ops)
    _log.info("Finished evaluation at %s", time.strftime("%Y-%m-%d-%H:%M:%S", time.localtime()))
    return final.final_ops_values
