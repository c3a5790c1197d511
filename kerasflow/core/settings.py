"""Settings of sessions and runs, in TensorFlow's names: `ConfigProto` and what it is made of, `RunOptions`.

Each is a record of fields with a type and a default. A field that is itself a record is there from the start, so
``config.gpu_options.allow_growth = True`` works. A field that does not exist, or a value of another type, is an error,
not a setting that is silently lost.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, ClassVar, TypeVar

from kerasflow.core.naming import did_you_mean

__all__ = ["ConfigProto", "GPUOptions", "GraphOptions", "OptimizerOptions", "RunOptions"]

R = TypeVar("R", bound="Record")


class Record:
    """Named fields; `FIELDS` has the default of each, or the class of a record."""

    FIELDS: ClassVar[dict[str, Any]] = {}

    def __init__(self, **fields: Any) -> None:
        for name, default in self.FIELDS.items():
            value = default() if isinstance(default, type) else copy.copy(default)
            object.__setattr__(self, name, value)
        for name, value in fields.items():
            if name not in self.FIELDS:
                raise ValueError(f"{type(self).__name__} has no field {name!r}.{did_you_mean(name, self.FIELDS)}")
            if value is not None:
                self._set(name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.FIELDS:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}.{did_you_mean(name, self.FIELDS)}")
        if isinstance(self.FIELDS[name], type):
            raise AttributeError(f"Set the fields of {name}, or use {name}.CopyFrom(...); it cannot be replaced.")
        self._set(name, value)

    def _set(self, name: str, value: Any) -> None:
        default = self.FIELDS[name]
        kind: Any = default if isinstance(default, type) else type(default)
        if kind is float and isinstance(value, int):
            value = float(value)
        if kind in (int, bool) and isinstance(value, (int, bool)):
            value = kind(value)
        if not isinstance(value, kind):
            raise TypeError(f"{type(self).__name__}.{name} is of type {kind.__name__}, got {value!r}.")
        object.__setattr__(self, name, copy.deepcopy(value) if isinstance(value, Record) else copy.copy(value))

    def CopyFrom(self, other: Record) -> None:
        """Take over all fields of `other`, a record of the same kind."""
        if type(other) is not type(self):
            raise TypeError(f"Expected a {type(self).__name__}, got {other!r}.")
        for name in self.FIELDS:
            self._set(name, getattr(other, name))

    def MergeFrom(self, other: Record) -> None:
        """Take over those fields of `other`, a record of the same kind, that have been set."""
        if type(other) is not type(self):
            raise TypeError(f"Expected a {type(self).__name__}, got {other!r}.")
        for name, value in other.changed():
            mine = getattr(self, name)
            if isinstance(mine, Record):
                mine.MergeFrom(value)
            elif isinstance(mine, dict):
                mine.update(value)
            else:
                self._set(name, value)

    def changed(self) -> Iterator[tuple[str, Any]]:
        """The fields that differ from their defaults, and their values."""
        for name, default in self.FIELDS.items():
            value = getattr(self, name)
            if value != (default() if isinstance(default, type) else default):
                yield name, value

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(getattr(self, n) == getattr(other, n) for n in self.FIELDS)

    __hash__ = None  # type: ignore[assignment]  # it can change

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.changed())})"


class GPUOptions(Record):
    """How a GPU would be used. There is none here, so these are kept and have no effect.

    >>> tf.GPUOptions(allow_growth=True)
    GPUOptions(allow_growth=True)
    """

    FIELDS: ClassVar[dict[str, Any]] = {
        "per_process_gpu_memory_fraction": 0.0,
        "allow_growth": False,
        "allocator_type": "",
        "deferred_deletion_bytes": 0,
        "visible_device_list": "",
        "polling_active_delay_usecs": 0,
        "polling_inactive_delay_msecs": 0,
        "force_gpu_compatible": False,
    }
    per_process_gpu_memory_fraction: float
    allow_growth: bool
    visible_device_list: str


class OptimizerOptions(Record):
    """How graphs would be optimised before they run. The passes here are always made: these have no effect.

    >>> tf.OptimizerOptions(opt_level=tf.OptimizerOptions.L0)
    OptimizerOptions(opt_level=-1)
    """

    L0: ClassVar[int] = -1
    L1: ClassVar[int] = 0
    DEFAULT: ClassVar[int] = 0
    OFF: ClassVar[int] = -1
    ON_1: ClassVar[int] = 1
    ON_2: ClassVar[int] = 2
    FIELDS: ClassVar[dict[str, Any]] = {
        "do_common_subexpression_elimination": False,
        "do_constant_folding": False,
        "max_folded_constant_in_bytes": 0,
        "do_function_inlining": False,
        "opt_level": 0,
        "global_jit_level": 0,
    }
    opt_level: int
    global_jit_level: int


class GraphOptions(Record):
    """How graphs are treated: `optimizer_options`, and fields that have no effect.

    >>> tf.GraphOptions().optimizer_options
    OptimizerOptions()
    """

    FIELDS: ClassVar[dict[str, Any]] = {
        "enable_recv_scheduling": False,
        "optimizer_options": OptimizerOptions,
        "build_cost_model": 0,
        "build_cost_model_after": 0,
        "infer_shapes": False,
        "place_pruned_graph": False,
        "enable_bfloat16_sendrecv": False,
        "timeline_step": 0,
    }
    optimizer_options: OptimizerOptions


class ConfigProto(Record):
    """The settings of a `Session`.

    Two of them have an effect: with `allow_soft_placement` a CPU takes the place of devices that are not there, and
    with `log_device_placement` a session tells where operations run. Threads, GPUs and optimisation are not set here:
    see `kerasflow.config` for the engines.

    >>> config = tf.ConfigProto(allow_soft_placement=True)
    >>> config.gpu_options.allow_growth = True
    >>> config
    ConfigProto(gpu_options=GPUOptions(allow_growth=True), allow_soft_placement=True)
    """

    FIELDS: ClassVar[dict[str, Any]] = {
        "device_count": {},
        "intra_op_parallelism_threads": 0,
        "inter_op_parallelism_threads": 0,
        "use_per_session_threads": False,
        "placement_period": 0,
        "device_filters": [],
        "gpu_options": GPUOptions,
        "allow_soft_placement": False,
        "log_device_placement": False,
        "graph_options": GraphOptions,
        "operation_timeout_in_ms": 0,
        "isolate_session_state": False,
    }
    device_count: dict[str, int]
    device_filters: list[str]
    gpu_options: GPUOptions
    allow_soft_placement: bool
    log_device_placement: bool
    operation_timeout_in_ms: int
    graph_options: GraphOptions


class RunOptions(Record):
    """The settings of one run: how much of it is recorded, where a `run_metadata` is given.

    >>> tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    RunOptions(trace_level=3)
    """

    NO_TRACE: ClassVar[int] = 0
    SOFTWARE_TRACE: ClassVar[int] = 1
    HARDWARE_TRACE: ClassVar[int] = 2
    FULL_TRACE: ClassVar[int] = 3
    FIELDS: ClassVar[dict[str, Any]] = {
        "trace_level": 0,
        "timeout_in_ms": 0,
        "inter_op_thread_pool": 0,
        "output_partition_graphs": False,
        "report_tensor_allocations_upon_oom": False,
    }
    trace_level: int
    timeout_in_ms: int
