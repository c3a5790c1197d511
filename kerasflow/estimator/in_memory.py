"""`InMemoryEvaluatorHook`: evaluations during a training, with the weights as they are, without a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.estimator import calling, evaluating
from kerasflow.estimator.base import Estimator
from kerasflow.train.hooks import SecondOrStepTimer
from kerasflow.train.run_hooks import SessionRunContext, SessionRunHook, SessionRunValues
from kerasflow.train.scaffold import Scaffold

__all__ = ["InMemoryEvaluatorHook"]


class InMemoryEvaluatorHook(SessionRunHook):
    """Evaluates when the training begins, every so many steps, and at its end.

    Args:
        estimator: the estimator that is trained.
        input_fn, steps, hooks, name: as for `Estimator.evaluate`.
        every_n_iter: how many steps lie between two evaluations.

    Raises:
        ValueError: that number is not positive.
    """

    def __init__(
        self,
        estimator: Estimator,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Sequence[Any] | None = None,
        name: str | None = None,
        every_n_iter: int = 100,
    ) -> None:
        if every_n_iter is None or every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        self._estimator, self._input_fn = estimator, input_fn
        self._hooks = calling.listed(hooks, SessionRunHook, "Hooks must be a SessionRunHook")
        if steps is not None:
            self._hooks.append(evaluating.StopAfterNEvalsHook(steps))
        self._folder = estimator.eval_dir(name)
        self._timer = SecondOrStepTimer(every_steps=every_n_iter)

    def begin(self) -> None:
        """Build the graph of the evaluation."""
        self._timer.reset()
        self._runs = 0
        self._graph = Graph()
        with self._graph.as_default():
            self._scaffold, *self._rest = self._estimator.evaluation_graph(self._input_fn, self._hooks)
            if self._scaffold.saver is not None or self._scaffold.init_fn is not None:
                raise ValueError("InMemoryEvaluatorHook does not support a scaffold with a saver or an init_fn.")
            self._here = {v.name: v for v in self._graph.get_collection(GraphKeys.GLOBAL_VARIABLES)}

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Evaluate."""
        trained = default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES)
        self._there = {v.name: v for v in trained if v.name in self._here}
        self._evaluate(session)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Evaluate if it is time."""
        self._runs += 1
        if self._timer.should_trigger_for_step(self._runs):
            self._evaluate(run_context.session)

    def end(self, session: Any) -> None:
        """Evaluate."""
        self._evaluate(session)

    def _evaluate(self, training: Any) -> None:
        values = training.run(self._there)

        def take_over(scaffold: Any, session: Any) -> None:
            for name, value in values.items():
                session.load(self._here[name], value)

        with self._graph.as_default():
            scaffold = Scaffold(init_fn=take_over, copy_from_scaffold=self._scaffold)
            self._estimator.run_evaluation(None, scaffold, *self._rest, self._folder)
        self._timer.update_last_triggered_step(self._runs)
