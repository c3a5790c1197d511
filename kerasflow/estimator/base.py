"""`Estimator`: a model function, trained, evaluated and used with a folder that keeps what it has learned."""

from __future__ import annotations

import copy
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.scopes import group, set_random_seed
from kerasflow.estimator import calling, evaluating, exporting, reporting
from kerasflow.estimator.modes import ModeKeys
from kerasflow.estimator.predicting import predictions_of
from kerasflow.estimator.run_config import RunConfig, with_folder
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.estimator.training import train_spec
from kerasflow.estimator.warm_start_settings import WarmStartSettings, settings_from
from kerasflow.metrics.streaming import mean
from kerasflow.train.checkpoint_state import latest_checkpoint
from kerasflow.train.checkpoints import list_variables, load_variable
from kerasflow.train.hooks import StopAtStepHook
from kerasflow.train.run_hooks import SessionRunHook
from kerasflow.train.saving_hooks import CheckpointSaverListener
from kerasflow.train.scaffold import Scaffold
from kerasflow.train.step_counter import create_global_step, get_global_step
from kerasflow.train.warm_starting import warm_start

__all__ = ["Estimator"]

_log = logging.getLogger("kerasflow")


class Estimator:
    """A model function with a folder: each call builds a graph of its own and goes on from the newest checkpoint.

    Args:
        model_fn: ``model_fn(features, labels, mode, params, config)``, of which it takes what it needs, `features` at
            least; gives an `EstimatorSpec`.
        model_dir: the folder of checkpoints and events; by default that of `config`, else a temporary one.
        config: a `RunConfig`.
        params: what `model_fn` is given as ``params``.
        warm_start_from: a checkpoint, a saved model or `WarmStartSettings`, from which variables start.

    Raises:
        ValueError: `model_fn` does not take what it is given, two folders are named, or `config` is no `RunConfig`.

    >>> def model_fn(features, labels, mode):
    ...     w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    ...     loss = tf.reduce_mean(tf.square(w * features - labels))
    ...     step = tf.train.GradientDescentOptimizer(0.1).minimize(loss, tf.train.get_global_step())
    ...     return tf.estimator.EstimatorSpec(mode, {"y": w * features}, loss, step)
    >>> def input_fn():
    ...     x = np.array([1.0, 2.0], np.float32)
    ...     return tf.data.Dataset.from_tensors((x, 3.0 * x)).repeat()
    >>> import tempfile
    >>> estimator = tf.estimator.Estimator(model_fn, tempfile.mkdtemp())
    >>> _ = estimator.train(input_fn, steps=20)
    >>> estimator.get_variable_value("w")
    array(2.999..., dtype=float32)
    """

    def __init__(
        self,
        model_fn: Callable[..., Any],
        model_dir: Any = None,
        config: RunConfig | None = None,
        params: Mapping[str, Any] | None = None,
        warm_start_from: Any = None,
    ) -> None:
        _check_overridden(type(self))
        self._config = with_folder(config, model_dir)
        _log.info("Using config: %s", self._config)
        calling.check_model_fn(model_fn, params)
        self._model_fn = model_fn
        self._params = copy.deepcopy(params or {})
        self._warm_start = settings_from(warm_start_from)

    # What it is.

    @property
    def model_dir(self) -> str:
        """The folder."""
        return str(self._config.model_dir)

    @property
    def config(self) -> RunConfig:
        """The `RunConfig`, with the folder."""
        return self._config

    @property
    def params(self) -> Any:
        """A copy of the parameters."""
        return copy.deepcopy(self._params)

    @property
    def model_fn(self) -> Callable[..., EstimatorSpec]:
        """The model function, with the parameters bound."""

        def model_fn(features: Any, labels: Any, mode: str, config: RunConfig) -> EstimatorSpec:
            return self._call_model_fn(features, labels, mode, config)

        return model_fn

    @property
    def warm_start_settings(self) -> WarmStartSettings | None:
        """What variables start from; None if they have their own initial values."""
        return self._warm_start

    def latest_checkpoint(self) -> str | None:
        """The newest checkpoint in the folder; None if there is none."""
        return latest_checkpoint(self.model_dir)

    def get_variable_names(self) -> list[str]:
        """The names of all that the newest checkpoint holds. ValueError if there is none."""
        return [name for name, _ in list_variables(self._trained())]

    def get_variable_value(self, name: str) -> Any:
        """What the newest checkpoint holds under a name, an array. ValueError if there is none."""
        return load_variable(self._trained(), name)

    def eval_dir(self, name: str | None = None) -> str:
        """The folder of the event files of evaluations with this name."""
        return os.path.join(self.model_dir, f"eval_{name}" if name else "eval")

    # What it does.

    def train(
        self,
        input_fn: Callable[..., Any],
        hooks: Sequence[SessionRunHook] | None = None,
        steps: int | None = None,
        max_steps: int | None = None,
        saving_listeners: Sequence[CheckpointSaverListener] | None = None,
    ) -> Estimator:
        """Train until the data end or there have been enough steps, from the newest checkpoint on.

        Args:
            input_fn: gives features and labels: a data set of pairs, or a pair of tensors or dicts of tensors. It may
                take ``mode``, ``params`` and ``config``.
            hooks: hooks.
            steps: how many steps to take now.
            max_steps: the global step to stop at; if it has been reached, nothing is done.
            saving_listeners: are told of checkpoints.

        Raises:
            ValueError: both numbers are given, or one is not positive. TypeError: a hook or listener is none.
            NanLossDuringTrainingError: the loss became NaN.
        """
        _check_steps(steps, max_steps)
        if max_steps is not None and max_steps <= self._steps_taken():
            _log.info("Skipping training since max_steps has already saved.")
            return self
        all_hooks = calling.listed(hooks, SessionRunHook, "Hooks must be a SessionRunHook")
        if steps is not None or max_steps is not None:
            all_hooks.append(StopAtStepHook(steps, max_steps))
        what = "saving_listeners must be a list of CheckpointSaverListener"
        listeners = calling.listed(saving_listeners, CheckpointSaverListener, what)
        with Graph().as_default():
            self._begin()
            features, labels, starting = self._read(input_fn, ModeKeys.TRAIN)
            spec = self._call_model_fn(features, labels, ModeKeys.TRAIN, self._config)
            self._maybe_warm_start(None)
            loss = train_spec(spec, self._config, [*starting, *all_hooks], listeners)
        _log.info("Loss for final step: %s.", loss)
        return self

    def evaluate(
        self,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
        checkpoint_path: str | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """The metrics of the model function, its mean ``loss`` over batches, and the ``global_step``, by name.

        Args:
            input_fn: as for `train`.
            steps: how many batches to take; by default all there are.
            hooks: hooks.
            checkpoint_path: a checkpoint, by default the newest; if there is none, variables are initialised.
            name: of the evaluation: a part of the folder's name that its events are written to.

        Raises:
            ValueError: `steps` is not positive, or a metric is called ``loss`` or ``global_step``.
        """
        all_hooks = calling.listed(hooks, SessionRunHook, "Hooks must be a SessionRunHook")
        if steps is not None:
            _check_steps(steps, None)
            all_hooks.append(evaluating.StopAfterNEvalsHook(steps))
        path = checkpoint_path or self._newest("evaluate")
        with Graph().as_default():
            built = self.evaluation_graph(input_fn, all_hooks, path)
            return self.run_evaluation(path, *built, self.eval_dir(name))

    def predict(
        self,
        input_fn: Callable[..., Any],
        predict_keys: Sequence[str] | str | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
        checkpoint_path: str | None = None,
        yield_single_examples: bool = True,
    ) -> Iterator[Any]:
        """Predictions, one example after the other, as long as there are features: a generator.

        Args:
            input_fn: gives features, or features and labels, as for `train`.
            predict_keys: which of the predictions to give; by default all.
            hooks: hooks.
            checkpoint_path: a checkpoint, by default the newest; if there is none, variables are initialised.
            yield_single_examples: whether batches are taken apart.

        Raises:
            ValueError: predictions have no such keys, or batches of different lengths.
        """
        all_hooks = calling.listed(hooks, SessionRunHook, "Hooks must be a SessionRunHook")
        path = checkpoint_path or self._newest("predict")
        graph = Graph()
        with graph.as_default():
            self._begin()
            features, _, starting = self._read(input_fn, ModeKeys.PREDICT)
            calling.warn_if_endless(features)
            spec = self._call_model_fn(features, None, ModeKeys.PREDICT, self._config)
            self._maybe_warm_start(path)
        all_hooks = [*starting, *all_hooks, *spec.prediction_hooks]
        yield from predictions_of(
            graph, spec, predict_keys, all_hooks, path, self._config.session_config, yield_single_examples
        )

    def export_saved_model(
        self,
        export_dir_base: Any,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        experimental_mode: str = ModeKeys.PREDICT,
    ) -> bytes:
        """Write a saved model into a new folder, whose name is the time, and give its path as bytes.

        Args:
            export_dir_base: the folder to make it in.
            serving_input_receiver_fn: gives what is put in; see `tf.estimator.export`.
            assets_extra: files to take along into ``assets.extra``, by the path they get there.
            as_text: whether it is written as readable text.
            checkpoint_path: a checkpoint, by default the newest.
            experimental_mode: must be ``PREDICT``.

        Raises:
            ValueError: there is no checkpoint, it lacks variables, or there is no such function.
        """
        if not serving_input_receiver_fn:
            raise ValueError("An input_receiver_fn must be defined.")
        if experimental_mode != ModeKeys.PREDICT:
            raise ValueError(f"Models are exported to predict, got mode {experimental_mode!r}.")
        path = checkpoint_path or self.latest_checkpoint() or (self._warm_start and self._warm_start.checkpoint())
        if not path:
            raise ValueError(f"Couldn't find trained model at {self.model_dir}.")
        with Graph().as_default():
            self._begin()
            receiver = serving_input_receiver_fn()
            spec = self._call_model_fn(receiver.features, None, ModeKeys.PREDICT, self._config)
            return exporting.write(
                export_dir_base, receiver, spec, path, self._config.session_config, as_text, assets_extra
            )

    def export_savedmodel(
        self,
        export_dir_base: Any,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        strip_default_attrs: bool = False,
    ) -> bytes:
        """As `export_saved_model`, under its older name; `strip_default_attrs` is accepted and without effect."""
        return self.export_saved_model(
            export_dir_base, serving_input_receiver_fn, assets_extra, as_text, checkpoint_path
        )

    # Parts.

    def _begin(self) -> None:
        """Give the new default graph its seed and its global step."""
        set_random_seed(self._config.tf_random_seed)
        create_global_step()

    def _read(self, input_fn: Callable[..., Any], mode: str) -> tuple[Any, Any, list[SessionRunHook]]:
        offered = {"mode": mode, "params": self.params, "config": self._config}
        with default_graph().device("/cpu:0"):
            return calling.read_input(calling.call_with(input_fn, offered))

    def _call_model_fn(self, features: Any, labels: Any, mode: str, config: RunConfig) -> EstimatorSpec:
        if labels is not None and "labels" not in calling.arguments(self._model_fn):
            raise ValueError("model_fn does not take labels, but input_fn returns labels.")
        _log.info("Calling model_fn.")
        offered = {"labels": labels, "mode": mode, "params": self.params, "config": config}
        spec = calling.call_with(self._model_fn, offered, features=features)
        _log.info("Done calling model_fn.")
        if not isinstance(spec, EstimatorSpec):
            raise ValueError(f"model_fn should return an EstimatorSpec, got {spec!r}.")
        return spec

    def evaluation_graph(
        self, input_fn: Callable[..., Any], hooks: Sequence[Any], path: str | None = None
    ) -> tuple[Any, ...]:
        """For hooks that evaluate: build it in the default graph, which is empty.

        Returns:
            The scaffold, what updates the metrics, these by name, and hooks.
        """
        self._begin()
        features, labels, starting = self._read(input_fn, ModeKeys.EVAL)
        spec = self._call_model_fn(features, labels, ModeKeys.EVAL, self._config)
        self._maybe_warm_start(path)
        for name in ("loss", GraphKeys.GLOBAL_STEP):
            if name in spec.eval_metric_ops:
                raise ValueError(
                    f"Metric with name `{name}` is not allowed, because Estimator already defines a default metric "
                    "with the same name."
                )
        metrics = {**spec.eval_metric_ops, "loss": mean(spec.loss)}
        update = group(*[metrics[name][1] for name in sorted(metrics)])
        values = {name: metrics[name][0] for name in sorted(metrics)}
        values[GraphKeys.GLOBAL_STEP] = get_global_step()
        scaffold = spec.scaffold
        if scaffold.local_init_op is not None:
            evaluating.get_or_create_eval_step()
            both = group(scaffold.local_init_op, Scaffold.default_local_init_op())
            scaffold = Scaffold(local_init_op=both, copy_from_scaffold=scaffold)
        return scaffold, update, values, [*starting, *hooks, *spec.evaluation_hooks]

    def run_evaluation(
        self, path: str | None, scaffold: Any, update: Any, values: Any, hooks: Any, folder: str
    ) -> dict[str, Any]:
        """Run what `evaluation_graph` gave, and write what it finds into `folder`."""
        config = self._config.session_config
        found: dict[str, Any] = evaluating.evaluate_once(path, scaffold, update, values, hooks, config)
        reporting.report(folder, found, path)
        return found

    def _maybe_warm_start(self, path: str | None) -> None:
        if path is None and self._warm_start is not None:
            _log.info("Warm-starting with WarmStartSettings: %s", self._warm_start)
            warm_start(*self._warm_start)

    def _newest(self, what: str) -> str | None:
        path = self.latest_checkpoint()
        if path is None:
            _log.info(
                "Could not find trained model in model_dir: %s, running initialization to %s.", self.model_dir, what
            )
        return path

    def _trained(self) -> str:
        path = self.latest_checkpoint()
        if path is None:
            raise ValueError(f"Could not find trained model in model_dir: {self.model_dir}.")
        return path

    def _steps_taken(self) -> int:
        path = self.latest_checkpoint()
        return 0 if path is None else int(load_variable(path, GraphKeys.GLOBAL_STEP))


def _check_steps(steps: int | None, max_steps: int | None) -> None:
    if steps is not None and max_steps is not None:
        raise ValueError("Can not provide both steps and max_steps.")
    for name, value in (("steps", steps), ("max_steps", max_steps)):
        if value is not None and value <= 0:
            raise ValueError(f"Must specify {name} > 0, given: {value}")


def _check_overridden(kind: type) -> None:
    """ValueError if a class changes what `Estimator` does, rather than its model function."""
    public = {name for name in vars(Estimator) if not name.startswith("_")} - {"model_fn"}
    changed = sorted(name for name in public if name in vars(kind) and vars(kind)[name] is not vars(Estimator)[name])
    if changed:
        raise ValueError(
            f"Subclasses of Estimator cannot override members of Estimator. {kind} does override {changed}"
        )
