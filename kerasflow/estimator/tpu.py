"""`tf.estimator.tpu`: the estimators of programs that may run on a TPU, where there is none.

Such programs say ``use_tpu=False`` to run elsewhere. What is left then of their estimator is that it tells input and
model functions the size of a batch, as ``params["batch_size"]``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kerasflow.estimator import calling
from kerasflow.estimator.base import Estimator
from kerasflow.estimator.modes import ModeKeys
from kerasflow.estimator.run_config import RunConfig as _RunConfig
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook

__all__ = ["InputPipelineConfig", "RunConfig", "TPUConfig", "TPUEstimator", "TPUEstimatorSpec"]

_BATCH_SIZE = "batch_size"


class InputPipelineConfig:
    """How input functions are called on the hosts of TPUs; without effect here."""

    PER_SHARD_V1, PER_HOST_V1, PER_HOST_V2, BROADCAST, SLICED = 1, 2, 3, 4, 5


class _Settings(NamedTuple):
    iterations_per_loop: int
    num_shards: int | None
    num_cores_per_replica: int | None
    per_host_input_for_training: Any
    tpu_job_name: str | None
    initial_infeed_sleep_secs: int | None
    input_partition_dims: Any
    eval_training_input_configuration: int
    experimental_host_call_every_n_steps: int


class TPUConfig(_Settings):
    """Settings of TPUs, which are kept and without effect.

    Args:
        iterations_per_loop: steps between two returns to the host.
        num_shards, num_cores_per_replica, per_host_input_for_training, tpu_job_name, initial_infeed_sleep_secs,
            input_partition_dims, eval_training_input_configuration, experimental_host_call_every_n_steps: others.

    Raises:
        ValueError: `iterations_per_loop` or `num_shards` is not positive.
    """

    __slots__ = ()

    def __new__(
        cls,
        iterations_per_loop: int = 2,
        num_shards: int | None = None,
        num_cores_per_replica: int | None = None,
        per_host_input_for_training: Any = True,
        tpu_job_name: str | None = None,
        initial_infeed_sleep_secs: int | None = None,
        input_partition_dims: Any = None,
        eval_training_input_configuration: int = InputPipelineConfig.PER_HOST_V1,
        experimental_host_call_every_n_steps: int = 1,
    ) -> TPUConfig:
        """Check what is given."""
        for name, value in (("iterations_per_loop", iterations_per_loop), ("num_shards", num_shards)):
            if value is not None and value <= 0:
                raise ValueError(f"TPUConfig {name} must be positive, got {value}.")
        return super().__new__(
            cls,
            iterations_per_loop,
            num_shards,
            num_cores_per_replica,
            per_host_input_for_training,
            tpu_job_name,
            initial_infeed_sleep_secs,
            input_partition_dims,
            eval_training_input_configuration,
            experimental_host_call_every_n_steps,
        )


class RunConfig(_RunConfig):
    """`tf.estimator.RunConfig` with settings of TPUs.

    Args:
        tpu_config: a `TPUConfig`.
        evaluation_master, master: accepted and without effect.
        cluster: must be None: estimators train in one process.
        kwargs: as for `tf.estimator.RunConfig`.

    Raises:
        ValueError: there is a cluster, or as for `tf.estimator.RunConfig`.

    >>> config = tf.estimator.tpu.RunConfig(tf.estimator.tpu.TPUConfig(1000), save_checkpoints_steps=50)
    >>> config.replace(model_dir="here").tpu_config.iterations_per_loop, config.save_checkpoints_steps
    (1000, 50)
    """

    def __init__(
        self,
        tpu_config: TPUConfig | None = None,
        evaluation_master: str | None = None,
        master: str | None = None,
        cluster: Any = None,
        **kwargs: Any,
    ) -> None:
        if cluster is not None:
            raise ValueError(f"cluster must be None, for estimators train in one process; got {cluster!r}.")
        super().__init__(**kwargs)
        self._set("_tpu_config", tpu_config or TPUConfig())

    @property
    def tpu_config(self) -> TPUConfig:
        """The settings of TPUs."""
        kept: TPUConfig = vars(self)["_tpu_config"]
        return kept

    @property
    def cluster(self) -> None:
        """The cluster: none."""
        return None

    def replace(self, **kwargs: Any) -> RunConfig:
        """One that differs in what is given; raises as that of `tf.estimator.RunConfig`."""
        tpu_config = kwargs.pop("tpu_config", self.tpu_config)
        base = super().replace(**kwargs)
        return RunConfig(tpu_config, **{f.name: getattr(base, f.name) for f in dataclasses.fields(base)})


class _HostCallHook(SessionRunHook):
    """Runs what a host call gave with each step."""

    def __init__(self, values: Any) -> None:
        self._values = values

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._values)


class TPUEstimatorSpec(NamedTuple):
    """What a model function of a `TPUEstimator` gives; it may give a `tf.estimator.EstimatorSpec` too.

    Args:
        mode, predictions, loss, train_op, export_outputs, training_hooks, evaluation_hooks, prediction_hooks: as for
            `tf.estimator.EstimatorSpec`.
        eval_metrics: a function that gives metrics by name, and what it is called with: a list or a dict of tensors.
        scaffold_fn: gives a `tf.train.Scaffold`.
        host_call: likewise a function and tensors; what it gives is run with each step.
    """

    mode: str
    predictions: Any = None
    loss: Any = None
    train_op: Any = None
    eval_metrics: Any = None
    export_outputs: Any = None
    scaffold_fn: Callable[[], Any] | None = None
    host_call: Any = None
    training_hooks: Sequence[Any] | None = None
    evaluation_hooks: Sequence[Any] | None = None
    prediction_hooks: Sequence[Any] | None = None

    def as_estimator_spec(self) -> EstimatorSpec:
        """The same as an `EstimatorSpec`.

        Raises:
            ValueError: `eval_metrics` or `host_call` is no pair of a function and tensors. TypeError: these are
                neither a list nor a dict.
        """
        hooks = [] if self.host_call is None else [_HostCallHook(_called(self.host_call, "host_call"))]
        return EstimatorSpec(
            self.mode,
            self.predictions,
            self.loss,
            self.train_op,
            None if self.eval_metrics is None else _called(self.eval_metrics, "eval_metrics"),
            self.export_outputs,
            training_hooks=[*(self.training_hooks or ()), *hooks],
            scaffold=self.scaffold_fn() if self.scaffold_fn else None,
            evaluation_hooks=[*(self.evaluation_hooks or ()), *hooks],
            prediction_hooks=[*(self.prediction_hooks or ()), *hooks],
        )


def _called(given: Any, what: str) -> Any:
    """What a function gives for its tensors."""
    if not isinstance(given, (tuple, list)) or len(given) != 2 or not callable(given[0]):
        raise ValueError(f"{what} should be a pair of a function and what it is called with, got {given!r}.")
    function, tensors = given
    if isinstance(tensors, Mapping):
        return function(**tensors)
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(f"{what}[1] should be a list, a tuple or a dict of tensors, got {tensors!r}.")
    return function(*tensors)


class TPUEstimator(Estimator):
    """An estimator whose functions are told the size of a batch, as ``params["batch_size"]``.

    Args:
        model_fn: as for `tf.estimator.Estimator`; gives a `TPUEstimatorSpec` or an `EstimatorSpec`.
        model_dir, params, warm_start_from: as for `tf.estimator.Estimator`.
        config: a `tf.estimator.tpu.RunConfig`.
        use_tpu: must be False.
        train_batch_size, eval_batch_size, predict_batch_size: the size of a batch in each mode; None to tell none.
        batch_axis, eval_on_tpu, export_to_tpu, export_to_cpu: accepted and without effect.

    Raises:
        ValueError: `use_tpu` is True, `config` is of another kind, a size is not positive, `params` has a
            ``batch_size``; or, later, the input function does not take ``params``.

    >>> def model_fn(features, labels, mode, params):
    ...     w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    ...     loss = tf.reduce_mean(tf.square(w * features - labels))
    ...     step = tf.train.GradientDescentOptimizer(params["rate"]).minimize(loss, tf.train.get_global_step())
    ...     error = lambda y, labels: {"mae": tf.metrics.mean_absolute_error(labels, y)}
    ...     metrics = (error, [w * features, labels])
    ...     return tf.estimator.tpu.TPUEstimatorSpec(mode, None, loss, step, metrics)
    >>> def input_fn(params):
    ...     x = np.arange(8, dtype=np.float32)
    ...     return tf.data.Dataset.from_tensor_slices((x, 3.0 * x)).repeat(10).batch(params["batch_size"])
    >>> import tempfile
    >>> config = tf.estimator.tpu.RunConfig(model_dir=tempfile.mkdtemp())
    >>> sizes = {"train_batch_size": 4, "eval_batch_size": 8}
    >>> model = tf.estimator.tpu.TPUEstimator(model_fn, None, config, {"rate": 0.01}, use_tpu=False, **sizes)
    >>> bool(model.train(input_fn).evaluate(input_fn)["mae"] < 0.01)
    True
    """

    def __init__(
        self,
        model_fn: Callable[..., Any] | None = None,
        model_dir: Any = None,
        config: RunConfig | None = None,
        params: Mapping[str, Any] | None = None,
        use_tpu: bool = True,
        train_batch_size: int | None = None,
        eval_batch_size: int | None = None,
        predict_batch_size: int | None = None,
        batch_axis: Any = None,
        eval_on_tpu: bool = True,
        export_to_tpu: bool = True,
        export_to_cpu: bool = True,
        warm_start_from: Any = None,
    ) -> None:
        if use_tpu:
            raise ValueError("There are no TPUs here: give use_tpu=False.")
        if not isinstance(config, RunConfig):
            raise ValueError(f"`config` must be provided with type `tf.estimator.tpu.RunConfig`, got {config!r}.")
        if params is not None and _BATCH_SIZE in params:
            raise ValueError(f"{_BATCH_SIZE!r} is a reserved key, but existed in params {params}.")
        sizes = {
            ModeKeys.TRAIN: train_batch_size, ModeKeys.EVAL: eval_batch_size, ModeKeys.PREDICT: predict_batch_size
        }  # fmt: skip
        for mode, size in sizes.items():
            if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size <= 0):
                raise ValueError(f"The batch size of mode {mode!r} must be a positive integer, got {size!r}.")
        takes = calling.arguments(model_fn) if model_fn is not None else ()
        calling.check_model_fn(model_fn, {} if params is None and "params" in takes else params)
        self._sizes = sizes

        def wrapped(features: Any, labels: Any, mode: str, params: Any, config: Any) -> EstimatorSpec:
            if labels is not None and "labels" not in takes:
                raise ValueError("model_fn does not take labels, but input_fn returns labels.")
            offered = {"labels": labels, "mode": mode, "params": self._told(params, mode), "config": config}
            made = calling.call_with(model_fn, offered, features=features)
            return made.as_estimator_spec() if isinstance(made, TPUEstimatorSpec) else made

        super().__init__(wrapped, model_dir, config, {} if params is None else params, warm_start_from)

    def _told(self, params: Any, mode: str) -> Any:
        """The parameters with the size of a batch of the mode, if there is one."""
        size = self._sizes[mode]
        if size is not None and hasattr(params, "add_hparam"):
            params.add_hparam(_BATCH_SIZE, size)
        elif size is not None:
            params[_BATCH_SIZE] = size
        return params

    def _read(self, input_fn: Callable[..., Any], mode: str) -> tuple[Any, Any, list[SessionRunHook]]:
        if "params" not in calling.arguments(input_fn):
            raise ValueError(
                f"input_fn ({input_fn}) does not include params argument, required by TPUEstimator to pass batch size "
                'as params["batch_size"]'
            )

        def read(mode: str, params: Any, config: Any) -> Any:
            return calling.call_with(input_fn, {"mode": mode, "params": self._told(params, mode), "config": config})

        return super()._read(read, mode)
