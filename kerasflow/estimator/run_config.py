"""`RunConfig`: where an estimator keeps its files, how often it writes them, and what its sessions are like."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import tempfile
from collections.abc import Callable
from typing import Any, Final

from kerasflow.core.naming import did_you_mean
from kerasflow.core.settings import ConfigProto
from kerasflow.train.cluster import ClusterSpec

__all__ = ["RunConfig", "TaskType", "with_folder"]

_log = logging.getLogger("kerasflow")
_NOT_GIVEN: Final[Any] = object()
_BOTH = "`save_checkpoints_steps` and `save_checkpoints_secs` cannot be both set."
_SECONDS = 600  # between two checkpoints, where neither steps nor seconds are given


class TaskType:
    """The kinds of tasks in a cluster."""

    MASTER, PS, WORKER, CHIEF, EVALUATOR = "master", "ps", "worker", "chief", "evaluator"


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """How an estimator runs; it cannot be changed, `replace` makes another one.

    The environment variable ``TF_CONFIG`` (JSON) may name the ``model_dir``; one that describes a cluster is refused,
    for estimators train in one process.

    Args:
        model_dir: the folder of checkpoints and events.
        tf_random_seed: the graph's seed; by default every run draws other numbers.
        save_summary_steps: steps between two summaries; None or 0 for none.
        save_checkpoints_steps: steps between two checkpoints.
        save_checkpoints_secs: seconds between two, in place of steps; by default 600. Both None: no checkpoints.
        session_config: a `ConfigProto`.
        keep_checkpoint_max: how many checkpoints are kept; 0 or None keeps all.
        keep_checkpoint_every_n_hours: besides, one for every so many hours is kept for good.
        log_step_count_steps: steps between two lines of the log with the loss and the steps a second.
        train_distribute, device_fn, protocol, eval_distribute, experimental_distribute: must be None.
        experimental_max_worker_delay_secs: accepted and without effect.
        session_creation_timeout_secs: how long to wait for a session, in seconds.

    Raises:
        ValueError: a value is out of its range, both intervals between checkpoints are given, or ``TF_CONFIG`` names
            another folder or a cluster.

    >>> config = tf.estimator.RunConfig(model_dir="here", save_checkpoints_steps=50)
    >>> config.save_checkpoints_secs is None, config.replace(save_summary_steps=10).save_summary_steps
    (True, 10)
    """

    model_dir: Any = None
    tf_random_seed: int | None = None
    save_summary_steps: int | None = 100
    save_checkpoints_steps: Any = _NOT_GIVEN
    save_checkpoints_secs: Any = _NOT_GIVEN
    session_config: Any = None
    keep_checkpoint_max: int | None = 5
    keep_checkpoint_every_n_hours: float = 10000
    log_step_count_steps: int | None = 100
    train_distribute: Any = None
    device_fn: Callable[..., Any] | None = None
    protocol: str | None = None
    eval_distribute: Any = None
    experimental_distribute: Any = None
    experimental_max_worker_delay_secs: float | None = None
    session_creation_timeout_secs: float = 7200

    def __post_init__(self) -> None:
        steps, secs = self.save_checkpoints_steps, self.save_checkpoints_secs
        neither = steps is _NOT_GIVEN and secs is _NOT_GIVEN
        self._set("save_checkpoints_steps", None if steps is _NOT_GIVEN else steps)
        self._set("save_checkpoints_secs", _SECONDS if neither else None if secs is _NOT_GIVEN else secs)
        if self.save_checkpoints_steps is not None and self.save_checkpoints_secs is not None:
            raise ValueError(_BOTH)
        folder = self.model_dir
        if folder is not None and not isinstance(folder, str):
            folder = os.fspath(folder)
        self._set("model_dir", _folder(folder))
        _check(self)

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def replace(self, **kwargs: Any) -> RunConfig:
        """A `RunConfig` that differs in what is given. Steps between checkpoints take the place of seconds, and back.

        Raises:
            ValueError: there is no such property, or a value is out of its range.
        """
        names = [f.name for f in dataclasses.fields(RunConfig)]
        for name in kwargs:
            if name not in names:
                hint = did_you_mean(name, names)
                raise ValueError(f"Replacing {name} is not supported. Allowed properties are {names}.{hint}")
        intervals = "save_checkpoints_steps", "save_checkpoints_secs"
        for name, other in (intervals, intervals[::-1]):
            if kwargs.get(name) is not None and other not in kwargs:
                kwargs[other] = None
        return RunConfig(**{**{name: getattr(self, name) for name in names}, **kwargs})

    # What a single process is in a cluster.

    @property
    def cluster_spec(self) -> ClusterSpec:
        """The cluster: an empty one."""
        return ClusterSpec({})

    @property
    def master(self) -> str:
        """The target of sessions that train: this process."""
        return ""

    @property
    def evaluation_master(self) -> str:
        """The target of sessions that evaluate: this process."""
        return ""

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the checkpoints: it does."""
        return True

    @property
    def num_ps_replicas(self) -> int:
        """The number of parameter servers: none."""
        return 0

    @property
    def num_worker_replicas(self) -> int:
        """The number of workers: one."""
        return 1

    @property
    def task_type(self) -> str:
        """What this process is: a worker."""
        return TaskType.WORKER

    @property
    def task_id(self) -> int:
        """The number of this process among its like."""
        return 0

    @property
    def global_id_in_cluster(self) -> int:
        """The number of this process among all."""
        return 0

    @property
    def service(self) -> None:
        """Settings of the platform: none."""
        return None


def _folder(given: str | None) -> str | None:
    """The folder that is given or that TF_CONFIG names."""
    text = os.environ.get("TF_CONFIG") or "{}"
    try:
        settings = json.loads(text)
    except ValueError as error:
        raise ValueError(f"TF_CONFIG is not JSON: {error}: {text!r}") from None
    if settings:
        _log.info("TF_CONFIG environment variable: %s", settings)
    if settings.get("cluster"):
        raise ValueError(f"TF_CONFIG describes a cluster, and estimators train in one process: {settings['cluster']}")
    task = settings.get("task", {})
    if task.get("type", TaskType.WORKER) != TaskType.WORKER or int(task.get("index", 0)) != 0:
        raise ValueError(f'If "cluster" is not set in TF_CONFIG, the task is worker 0; got {task}.')
    named = settings.get("model_dir")
    if given == "" or named == "":
        raise ValueError("model_dir should be non-empty.")
    if named and given and named != given:
        raise ValueError(f"`model_dir` of RunConfig, {given!r}, differs from that of TF_CONFIG, {named!r}.")
    return given or named


def _check(config: RunConfig) -> None:
    """ValueError for the first property that is out of its range."""

    def number(name: str, least: float, exclusive: bool = False) -> None:
        value = getattr(config, name)
        if value is None:
            return
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not fits or value < least or (exclusive and value == least):
            raise ValueError(f"{name} should be {'>' if exclusive else '>='} {least}, got {value!r}.")

    for name in ("save_summary_steps", "save_checkpoints_steps", "save_checkpoints_secs", "keep_checkpoint_max"):
        number(name, 0)
    for name in ("keep_checkpoint_every_n_hours", "log_step_count_steps", "session_creation_timeout_secs"):
        number(name, 0, exclusive=True)
    if config.session_config is not None and not isinstance(config.session_config, ConfigProto):
        raise ValueError(f"session_config must be instance of ConfigProto, got {config.session_config!r}.")
    seed = config.tf_random_seed
    if seed is not None and (isinstance(seed, bool) or not hasattr(seed, "__index__")):
        raise ValueError(f"tf_random_seed must be integer, got {seed!r}.")
    for name in ("train_distribute", "eval_distribute", "experimental_distribute", "device_fn", "protocol"):
        if getattr(config, name) is not None:
            raise ValueError(
                f"{name} must be None, for estimators train in one process; got {getattr(config, name)!r}."
            )


def with_folder(config: RunConfig | None, model_dir: Any) -> RunConfig:
    """The configuration with the folder that is used."""
    if config is None:
        config = RunConfig()
        _log.info("Using default config.")
    if not isinstance(config, RunConfig):
        raise ValueError(f"config must be an instance of `RunConfig`, but provided {config!r}.")
    folder = None if model_dir is None else os.fspath(model_dir)
    if folder is not None and config.model_dir is not None and config.model_dir != folder:
        raise ValueError(
            "`model_dir` are set both in constructor and `RunConfig`, but with different values. In constructor: "
            f"{folder!r}, in `RunConfig`: {config.model_dir!r}"
        )
    if folder:
        return config.replace(model_dir=folder)
    if config.model_dir is None:
        folder = tempfile.mkdtemp()
        _log.warning("Using temporary folder as model directory: %s", folder)
        return config.replace(model_dir=folder)
    return config
