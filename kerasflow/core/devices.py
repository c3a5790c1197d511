"""Devices: where a program says its operations shall run. There is one device, the CPU of this process.

A name such as ``/job:worker/task:1/device:GPU:0`` is taken apart, merged with those of the blocks around and shown in
one form. A session refuses to run what is placed on a device that is not there, unless its configuration has
`allow_soft_placement`, which lets a CPU take the place of another kind of device.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.tensor import Operation

__all__ = ["HERE", "Device", "DeviceAttributes", "DeviceSpec", "Devices", "check_placed"]

HERE = "/job:localhost/replica:0/task:0/device:CPU:0"
_KINDS = ("CPU", "GPU")


class DeviceAttributes(NamedTuple):
    """What `Session.list_devices` says of a device."""

    name: str
    device_type: str
    memory_limit_bytes: int = 0  # not limited by us
    incarnation: int = 0


class Device(NamedTuple):
    """The parts of a device's name; None for those it leaves open.

    >>> from kerasflow.core.devices import Device
    >>> str(Device.named("/gpu:1").within(Device.named("/job:worker")))
    '/job:worker/device:GPU:1'
    """

    job: str | None = None
    replica: int | None = None
    task: int | None = None
    kind: str | None = None
    number: int | None = None

    @classmethod
    def named(cls, name: str) -> Device:
        """What a name says. ValueError for a part that no name has."""
        found: dict[str, Any] = {}
        for part in name.split("/"):
            key, *values = part.split(":")
            if key in ("job", "replica", "task") and len(values) == 1:
                found[key] = values[0] if key == "job" else int(values[0])
            elif key == "device" and len(values) == 2 or key.upper() in _KINDS and len(values) < 2:
                if "kind" in found:
                    raise ValueError(f"Cannot specify multiple device types: {name}")
                found["kind"] = (values[0] if key == "device" else key).upper()
                number = values[-1] if len(values) == (2 if key == "device" else 1) else "*"
                found["number"] = None if number == "*" else int(number)
            elif part:
                raise ValueError(f"Unknown attribute: {key!r} in {name!r}")
        return cls(**found)

    def within(self, outer: Device) -> Device:
        """The parts named here, and those of `outer` for the others."""
        found: dict[str, Any] = {k: b if a is None else a for k, a, b in zip(self._fields, self, outer, strict=True)}
        if self.kind is not None:
            found["number"] = self.number
        return Device(**found)

    def is_of(self, there: Device) -> bool:
        """Whether it names the task of the device `there`, or leaves it open."""
        return all(mine in (None, other) for mine, other in zip(self[:3], there[:3], strict=True))

    def allows(self, there: Device) -> bool:
        """Whether it is the device `there`, or leaves open that it is."""
        return all(mine in (None, other) for mine, other in zip(self, there, strict=True))

    def __str__(self) -> str:
        parts = [f"/{k}:{v}" for k, v in zip(("job", "replica", "task"), self, strict=False) if v is not None]
        if self.kind is not None:
            parts.append(f"/device:{self.kind}:{'*' if self.number is None else self.number}")
        return "".join(parts)


class DeviceSpec:
    """The parts of a device's name, for `tf.device`; None for those it leaves open.

    Args:
        job, replica, task: of which process.
        device_type: ``"CPU"`` or ``"GPU"``.
        device_index: the number of the device.

    >>> tf.DeviceSpec(job="ps", task=2, device_type="CPU", device_index=0).to_string()
    '/job:ps/task:2/device:CPU:0'
    """

    def __init__(
        self,
        job: str | None = None,
        replica: int | None = None,
        task: int | None = None,
        device_type: str | None = None,
        device_index: int | None = None,
    ) -> None:
        self._set(Device(job, replica, task, device_type.upper() if device_type else None, device_index))

    def _set(self, parts: Device) -> None:
        self.job, self.replica, self.task, self.device_type, self.device_index = self._parts = parts

    @classmethod
    def from_string(cls, spec: str) -> DeviceSpec:
        """What a name says. ValueError for a part that no name has."""
        return cls().parse_from_string(spec)

    def parse_from_string(self, spec: str) -> DeviceSpec:
        """Take the parts of a name instead of its own; gives itself."""
        self._set(Device.named(spec))
        return self

    def merge_from(self, dev: DeviceSpec) -> None:
        """Take the parts that `dev` does not leave open."""
        self._set(dev._parts.within(self._parts))

    def make_merged_spec(self, dev: DeviceSpec) -> DeviceSpec:
        """A new one, with the parts that `dev` does not leave open and its own for the others."""
        return DeviceSpec(*dev._parts.within(self._parts))

    def replace(self, **parts: Any) -> DeviceSpec:
        """A new one with other parts."""
        names = ("job", "replica", "task", "device_type", "device_index")
        return DeviceSpec(**{**dict(zip(names, self._parts, strict=True)), **parts})

    def to_string(self) -> str:
        """The name."""
        return str(self._parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceSpec) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash(self._parts)

    def __repr__(self) -> str:
        return f"DeviceSpec({self.to_string()!r})"


class Devices:
    """What a graph has of devices."""

    _open_devices: tuple[Any, ...] = ()  # of the open blocks, from the outside in
    has_devices = False  # whether an operation was placed

    @contextlib.contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """Place operations made in the block; see `kerasflow.device`."""
        found: Any = device_name_or_function
        if hasattr(found, "to_string"):
            found = found.to_string()
        if isinstance(found, str):
            found = Device.named(found)
        elif found is not None and not callable(found):
            raise TypeError(f"A device is a name, a function of operations or None, got {found!r}.")
        before = self._open_devices
        self._open_devices = () if found is None else (*before, found)
        try:
            yield
        finally:
            self._open_devices = before

    @contextlib.contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """Place operations made in the block where `op`, an operation or a tensor, is; with None, where nobody says."""
        with self.device(None if op is None else getattr(op, "device", None)):
            yield

    @contextlib.contextmanager
    def container(self, container_name: str) -> Iterator[None]:
        """Keep variables in a container of a server; see `kerasflow.container`."""
        yield

    @contextlib.contextmanager
    def beside(self, operation: Operation) -> Iterator[None]:
        """Place operations made in the block where `operation` is, whatever the open blocks say."""
        before = self._open_devices
        self._open_devices = (Device.named(operation.device),) if operation.device else ()
        try:
            yield
        finally:
            self._open_devices = before

    def place(self, operation: Operation) -> None:
        """Note where a new operation shall run."""
        if self._open_devices:
            operation.device = _placed(operation, self._open_devices)
            operation.graph.root.has_devices |= bool(operation.device)


def _placed(operation: Operation, devices: tuple[Any, ...]) -> str:
    merged = Device()
    for found in reversed(devices):
        if isinstance(found, Device):
            merged = merged.within(found)
        else:  # it sees what the blocks inside say, and decides
            operation.device = str(merged)
            merged = Device.named(found(operation) or "")
    return str(merged)


def check_placed(
    operations: Iterable[Operation], config: Any, show: Callable[[str], Any], devices: Sequence[str] = (HERE,)
) -> None:
    """That all operations can run on `devices`; with `log_device_placement`, `show` is told where they do.

    Raises:
        InvalidArgumentError: one is placed on a device that is not there.
    """
    soft = bool(getattr(config, "allow_soft_placement", False))
    log = bool(getattr(config, "log_device_placement", False))
    available = [Device.named(name) for name in devices]
    todo = list(operations)[::-1]
    while todo:
        o = todo.pop()
        for value in o.attrs.values():  # a loop or a choice brings the operations inside it
            todo.extend(i for body in getattr(value, "bodies", ()) for i in reversed(body.get_operations()))
        device = Device.named(o.device)
        found = next((d for d in available if device.allows(d) or soft and device.is_of(d)), None)
        if found is None:
            raise InvalidArgumentError(
                o,
                o,
                f"Cannot assign a device for operation {o.name}: it was explicitly assigned to {o.device}, but the "
                f"available devices are [ {', '.join(devices)} ]. It was created at {o.created_at}.",
            )
        if log:
            show(f"{o.name}: ({o.type}): {found}")
