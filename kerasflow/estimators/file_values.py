"""Parameters and learned attributes of estimators as JSON and arrays, and back.

What JSON has no word for is an object with one key, which says what it is. Nothing is looked up by a name that a file
has, but classes of optimizers, losses and metrics, which the library knows or the caller passes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasflow import losses, metrics, optimizers
from kerasflow.estimators.frames import FrameReader
from kerasflow.estimators.kept import KeptModel
from kerasflow.estimators.table_features import TableFeatures
from kerasflow.estimators.tabular import TabularEncoder
from kerasflow.estimators.wide_deep import WideDeep
from kerasflow.io.json_file import Fields, JsonError
from kerasflow.optimizers import schedules

__all__ = ["MODEL", "Reader", "Writer", "member"]

Array = np.ndarray[Any, Any]
MODEL = "model"  # stands for the model of an estimator around one, which is in the file for itself
_KINDS = "biuf"
_PLAIN = (type(None), bool, int, float, str)


class Writer:
    """Turns values into JSON, and keeps their arrays.

    >>> from kerasflow.estimators.file_values import Reader, Writer
    >>> writer = Writer()
    >>> value = writer.value({"sizes": (3, 2), "coef": np.ones(2)})
    >>> value
    {'dict': [['sizes', {'tuple': [3, 2]}], ['coef', {'array': ['<f8', [2], 0]}]]}
    >>> Reader(writer.members).value(value)
    {'sizes': (3, 2), 'coef': array([1., 1.])}
    """

    def __init__(self) -> None:
        self.members: dict[str, bytes] = {}

    def value(self, value: Any) -> Any:
        """The value as JSON. TypeError: it is, or holds, something else than data."""
        if isinstance(value, _PLAIN) and not isinstance(value, np.generic):
            return value
        if isinstance(value, (np.ndarray, np.generic)):
            return self._array(np.asarray(value), isinstance(value, np.generic))
        if isinstance(value, list):
            return [self.value(item) for item in value]
        for kind, name, plain in _WORDS:
            if isinstance(value, kind):
                return {name: plain(self, value)}
        raise TypeError(f"{value!r} is no data")

    def _array(self, array: Array, single: bool) -> Any:
        if array.dtype.kind in "OUT":
            items = array.reshape(-1).tolist()
            return {"labels": [array.dtype.str, list(array.shape), [self.value(item) for item in items]]}
        if array.dtype.kind not in _KINDS:
            raise TypeError(f"an array of {array.dtype} is none that a file holds")
        stored = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        place = len(self.members)
        self.members[member(place)] = stored.tobytes()
        return {"number" if single else "array": [stored.dtype.str, list(array.shape), place]}


def member(place: Any) -> str:
    """What an array is called in an archive."""
    return f"arrays/{place}"


def _table(writer: Writer, table: TableFeatures) -> Any:
    return {
        "names": list(table.reader.names),
        "categorical": list(table.reader.categorical),
        "fill": table.fill,
        "crosses": [list(names) for names in table.crosses],
        "encoder": table.encoder.to_config(),
    }


_WORDS: list[tuple[Any, str, Callable[[Writer, Any], Any]]] = [
    (tuple, "tuple", lambda w, v: [w.value(item) for item in v]),
    (Mapping, "dict", lambda w, v: [[w.value(key), w.value(item)] for key, item in v.items()]),
    (KeptModel, MODEL, lambda w, v: None),
    (TableFeatures, "table", _table),
    (WideDeep, "wide_deep", lambda w, v: w.value(list(dataclasses.asdict(v).values()))),
    (np.random.RandomState, "random", lambda w, v: w.value(v.get_state(legacy=True))),
    (optimizers.Optimizer, "optimizer", lambda w, v: optimizers.serialize(v)),
    (schedules.LearningRateSchedule, "schedule", lambda w, v: schedules.serialize(v)),
    (losses.Loss, "loss", lambda w, v: losses.serialize(v)),
    (metrics.Metric, "metric", lambda w, v: metrics.serialize(v)),
]


class Reader:
    """Turns JSON back into values.

    Args:
        members: the arrays, by what they are called in the archive.
        custom_objects: the caller's own classes and functions, by name.
        model: the model in the file.
    """

    def __init__(self, members: Mapping[str, bytes], custom_objects: Any = None, model: Any = None) -> None:
        self._members, self._custom_objects, self._model = members, custom_objects, model

    def value(self, value: Any) -> Any:
        """The value. JsonError: it is none that a `Writer` gives."""
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, _PLAIN):
            return value
        ((word, content),) = value.items() if len(value) == 1 else [(None, None)]
        read = getattr(self, f"_read_{word}", None) if word in _READ else None
        if read is None:
            raise JsonError(f"unknown kind of value {word!r}")
        try:
            return read(content)
        except JsonError:
            raise
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
            raise JsonError(f"malformed {word}: {error}") from error

    def _read_tuple(self, items: Any) -> tuple[Any, ...]:
        return tuple(self.value(item) for item in _list(items))

    def _read_dict(self, items: Any) -> dict[Any, Any]:
        return {self.value(key): self.value(item) for key, item in _list(items)}

    def _read_array(self, spec: Any) -> Array:
        code, shape, place = spec
        dtype, data = np.dtype(code), self._members[member(place)]
        sizes = [int(size) for size in shape]
        if dtype.kind not in _KINDS or min(sizes, default=0) < 0 or len(sizes) > 32:
            raise JsonError(f"an array of {code!r} and shape {shape} is none that is expected")
        if len(data) != dtype.itemsize * int(np.prod(sizes, dtype=object)):
            raise JsonError(f"the array {place} has {len(data)} bytes, which are not {shape} numbers of {dtype}")
        return np.frombuffer(data, dtype).reshape(sizes).astype(dtype.newbyteorder("="))

    def _read_number(self, spec: Any) -> Any:
        return self._read_array(spec)[()]

    def _read_labels(self, spec: Any) -> Array:
        code, shape, items = spec
        dtype = np.dtype(code)
        if dtype.kind not in "OUT" or not all(isinstance(item, _PLAIN) for item in map(self.value, _list(items))):
            raise JsonError(f"labels of {code!r} are none that are expected")
        array = np.empty(len(items), object)
        array[:] = [self.value(item) for item in items]
        return array.astype(dtype).reshape([int(size) for size in shape])

    def _read_model(self, content: Any) -> Any:
        if self._model is None:
            raise JsonError("there is no model in the file")
        return self._model

    def _read_table(self, content: Any) -> TableFeatures:
        fields = Fields(content, "table")
        names = fields.texts("names")
        categorical = tuple(bool(flag) for flag in fields.items("categorical"))
        crosses = [tuple(str(name) for name in _list(item)) for item in fields.items("crosses")]
        table = TableFeatures(FrameReader(names, categorical), fields.flag("fill"), crosses)
        table.encoder = TabularEncoder.from_config(fields.take("encoder"))
        fields.done()
        if len(categorical) != len(names) or not {name for item in crosses for name in item} <= set(names):
            raise JsonError("table: its columns do not fit")
        return table

    def _read_wide_deep(self, content: Any) -> WideDeep:
        return WideDeep(*self.value(content))

    def _read_random(self, content: Any) -> Any:
        state = np.random.RandomState()
        state.set_state(self.value(content))
        return state

    def _read_optimizer(self, config: Any) -> Any:
        return optimizers.deserialize(config, self._custom_objects)

    def _read_schedule(self, config: Any) -> Any:
        return schedules.deserialize(config, self._custom_objects)

    def _read_loss(self, config: Any) -> Any:
        return losses.deserialize(config, self._custom_objects)

    def _read_metric(self, config: Any) -> Any:
        return metrics.deserialize(config, self._custom_objects)


_READ = {"number", "array", "labels", *(word for _, word, _ in _WORDS)}


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise JsonError(f"a list is expected, not {type(value).__name__}")
    return value
