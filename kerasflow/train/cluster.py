"""Clusters: which tasks there are and where. Their servers are all in this process, and share its one CPU."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from kerasflow.core import targets
from kerasflow.core.devices import DeviceSpec
from kerasflow.core.errors import InternalError, InvalidArgumentError
from kerasflow.core.tensor import Operation
from kerasflow.io.protos import message

__all__ = ["ClusterSpec", "Server", "replica_device_setter"]

Tasks = dict[int, str]


class ClusterSpec:
    """The tasks of a cluster, by job, and their addresses.

    Args:
        cluster: a dictionary from the names of jobs to lists of addresses, or to dictionaries from the numbers of tasks
            to addresses; or another ClusterSpec, or a `ClusterDef` message.

    Raises:
        TypeError: it is something else.

    >>> cluster = tf.train.ClusterSpec({"ps": ["host:1"], "worker": ["host:2", "host:3"]})
    >>> cluster.jobs, cluster.num_tasks("worker"), cluster.task_address("worker", 1)
    (['ps', 'worker'], 2, 'host:3')
    """

    def __init__(self, cluster: Any) -> None:
        if isinstance(cluster, ClusterSpec):
            self._tasks: dict[str, Tasks] = {job: dict(tasks) for job, tasks in cluster._tasks.items()}
        elif isinstance(cluster, Mapping):
            self._tasks = {_text(job, "Job name"): _numbered(job, tasks) for job, tasks in cluster.items()}
        elif hasattr(cluster, "job"):
            self._tasks = {job.name: dict(sorted(job.tasks.items())) for job in cluster.job}
        else:
            raise TypeError(
                "`cluster` must be a dictionary mapping one or more job names to lists of network addresses, or a "
                f"`ClusterDef` protocol buffer, got {cluster!r}."
            )

    @property
    def jobs(self) -> list[str]:
        """The names of the jobs."""
        return list(self._tasks)

    def as_dict(self) -> dict[str, Any]:
        """The tasks by job: addresses in a list where they are numbered from 0 on, else by their numbers."""
        return {j: list(t.values()) if list(t) == list(range(len(t))) else dict(t) for j, t in self._tasks.items()}

    def as_cluster_def(self) -> Any:
        """The `ClusterDef` message. ImportError if the package tensorboard is missing."""
        definition = message("ClusterDef")()
        for name, tasks in sorted(self._tasks.items()):
            job = definition.job.add(name=name)
            for number, address in tasks.items():
                job.tasks[number] = address
        return definition

    def num_tasks(self, job_name: str) -> int:
        """How many tasks a job has. ValueError if there is no such job."""
        return len(self._of(job_name))

    def task_indices(self, job_name: str) -> list[int]:
        """The numbers of a job's tasks. ValueError if there is no such job."""
        return sorted(self._of(job_name))

    def task_address(self, job_name: str, task_index: int) -> str:
        """The address of a task. ValueError if there is none."""
        tasks = self._of(job_name)
        if task_index not in tasks:
            raise ValueError(f"No task with index {task_index!r} in job {job_name!r}")
        return tasks[task_index]

    def job_tasks(self, job_name: str) -> list[str | None]:
        """The addresses of a job's tasks by number, None for numbers that are left out."""
        tasks = self._of(job_name)
        return [tasks.get(i) for i in range(max(tasks, default=-1) + 1)]

    def _of(self, job_name: str) -> Tasks:
        if job_name not in self._tasks:
            raise ValueError(f"No such job in cluster: {job_name!r}")
        return self._tasks[job_name]

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClusterSpec) and self._tasks == other._tasks

    def __hash__(self) -> int:
        return hash(tuple(sorted((job, tuple(tasks.items())) for job, tasks in self._tasks.items())))

    def __repr__(self) -> str:
        return f"ClusterSpec({dict(sorted(self.as_dict().items()))!r})"


def _text(value: Any, what: str) -> str:
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"{what} {value!r} must be bytes or unicode")
    return value.decode() if isinstance(value, bytes) else value


def _numbered(job: str, tasks: Any) -> Tasks:
    if not isinstance(tasks, (list, tuple, Mapping)):
        raise TypeError(f"The tasks for job {job!r} must be a list or a dictionary from integers to strings.")
    items = list(tasks.items() if isinstance(tasks, Mapping) else enumerate(tasks))
    if not all(isinstance(i, int) for i, _ in items):
        raise TypeError(f"The tasks for job {job!r} must be numbered by integers, got {tasks!r}.")
    return {i: _text(address, "Task address") for i, address in items}


class Server:
    """A task of a cluster in this process: a session on its `target` has the cluster's tasks as devices.

    All tasks of the cluster are to have servers in this process: kerasflow reaches no other. What is placed on them
    runs on the one CPU there is, and sessions on the cluster share the values of variables.

    Args:
        server_or_cluster_def: a `ClusterSpec`, or what can be one.
        job_name, task_index: which task; not needed where there is one.
        protocol, config: accepted and without effect.
        start: whether to start it at once.

    Raises:
        ValueError: it is not said which task. InternalError, InvalidArgumentError: the cluster has no such task.

    >>> server = tf.train.Server.create_local_server()
    >>> with tf.Session(server.target) as sess:
    ...     sess.run(tf.constant("Hello distributed TensorFlow!"))
    b'Hello distributed TensorFlow!'
    """

    _ports = itertools.count(1)
    _clusters: dict[ClusterSpec, targets.Target] = {}

    def __init__(
        self,
        server_or_cluster_def: Any,
        job_name: str | None = None,
        task_index: int | None = None,
        protocol: str | None = None,
        config: Any = None,
        start: bool = True,
    ) -> None:
        self._cluster = ClusterSpec(server_or_cluster_def)
        self._job, self._task = _task_of(self._cluster, job_name, task_index)
        address = self._cluster.task_address(self._job, self._task)
        if address.endswith(":0"):  # any port; no two servers have the same
            address = f"{address[:-2]}:{next(self._ports)}"
        self._target = f"grpc://{address}"
        if start:
            self.start()

    @staticmethod
    def create_local_server(config: Any = None, start: bool = True) -> Server:
        """A server that is all of its cluster."""
        return Server({"local": ["localhost:0"]}, start=start)

    @property
    def target(self) -> str:
        """What a `Session` takes to run on the cluster."""
        return self._target

    def start(self) -> None:
        """Have sessions find it."""
        is_whole = self._cluster.as_dict() == {"local": ["localhost:0"]}
        target = None if is_whole else self._clusters.get(self._cluster)
        if target is None:
            target = targets.Target((), shares=True)
            if not is_whole:
                self._clusters[self._cluster] = target
        device = f"/job:{self._job}/replica:0/task:{self._task}/device:CPU:0"
        if device not in target.devices:
            target.devices.append(device)
        targets.known[self._target] = target

    def join(self) -> NoReturn:
        """RuntimeError: it serves this process alone, so there is nobody to wait for."""
        raise RuntimeError(
            f"The server of {self._job}/{self._task} serves its own process alone; TensorFlow would wait here for "
            "others, for ever. Run what they do in this process, with a Session on the server's target."
        )


def _task_of(cluster: ClusterSpec, job_name: str | None, task_index: int | None) -> tuple[str, int]:
    if job_name is None:
        if len(cluster.jobs) != 1:
            raise ValueError("Must specify an explicit `job_name`.")
        job_name = cluster.jobs[0]
    if job_name not in cluster.jobs:
        raise InternalError(None, None, f'Job "{job_name}" was not defined in cluster')
    numbers = cluster.task_indices(job_name)
    if task_index is None:
        if len(numbers) != 1:
            raise ValueError("Must specify an explicit `task_index`.")
        task_index = numbers[0]
    if task_index not in numbers:
        raise InvalidArgumentError(None, None, f'Task {task_index} was not defined in job "{job_name}"')
    return job_name, task_index


_KEPT = ("Variable", "VariableV2", "MutableHashTable", "MutableHashTableV2", "HashTable", "HashTableV2")


def replica_device_setter(
    ps_tasks: int = 0,
    ps_device: str = "/job:ps",
    worker_device: str = "/job:worker",
    merge_devices: bool = True,
    cluster: Any = None,
    ps_ops: Any = None,
    ps_strategy: Callable[[Operation], int] | None = None,
) -> Callable[[Operation], str] | None:
    """A function for `tf.device` that places variables on parameter servers in turn, all else on the worker.

    Args:
        ps_tasks: how many parameter servers there are; None is given if there are none.
        ps_device, worker_device: their names.
        merge_devices: accepted and without effect: names are merged.
        cluster: a `ClusterSpec` that says how many there are, instead of `ps_tasks`.
        ps_ops: the kinds of operations that are placed on parameter servers, by default variables and tables.
        ps_strategy: a function from an operation to the number of its parameter server, by default one after the other.

    Raises:
        TypeError: `cluster` is no cluster, or `ps_strategy` no function.

    >>> with tf.device(tf.train.replica_device_setter(ps_tasks=2)):
    ...     v, w = tf.Variable(1.0), tf.Variable(2.0)
    ...     total = v + w
    >>> v.device, w.device, total.device
    ('/job:ps/task:0', '/job:ps/task:1', '/job:worker')
    """
    ps = DeviceSpec.from_string(ps_device or "")
    worker = DeviceSpec.from_string(worker_device or "")
    if cluster is not None:
        tasks = ClusterSpec(cluster).as_dict()
        ps_tasks = len(tasks.get(ps.job or "", ()))
    if not ps_tasks:
        return None
    turn = itertools.count()
    strategy = ps_strategy or (lambda operation: next(turn) % ps_tasks)
    if not callable(strategy):
        raise TypeError(f"ps_strategy must be callable, got {ps_strategy!r}.")
    kinds = frozenset(_KEPT if ps_ops is None else ps_ops)

    def place(operation: Operation) -> str:
        inner = DeviceSpec.from_string(operation.device)
        if operation.type not in kinds or not ps_device:
            return worker.make_merged_spec(inner).to_string()
        outer = ps.replace(task=strategy(operation)) if ps.job and inner.job in (None, ps.job) else ps
        return outer.make_merged_spec(inner).to_string()

    return place
