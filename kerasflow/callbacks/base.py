"""`Callback`, whose methods training calls, and the simplest ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from kerasflow.callbacks.curves import Curve, escaped, figure, svg

__all__ = ["Callback", "CallbackList", "History", "LambdaCallback"]

Logs = dict[str, Any]
_METHODS = [
    "on_train_begin",
    "on_train_end",
    "on_epoch_begin",
    "on_epoch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_begin",
    "on_test_end",
    "on_test_batch_begin",
    "on_test_batch_end",
    "on_predict_begin",
    "on_predict_end",
    "on_predict_batch_begin",
    "on_predict_batch_end",
    "on_batch_begin",
    "on_batch_end",
]
_OWN = ("on_train_resumed", "on_epoch_interrupted", "on_train_steps_end")  # callbacks of other packages lack these
_FORMER = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


class Callback:
    """Something that is told of the progress of training.

    A callback of one's own overrides the methods it is interested in. It finds the model as ``self.model`` and the
    settings of the run as ``self.params``; ``self.model.stop_training = True`` ends the training after the epoch. Each
    batch costs more when a callback asks for batches. What it has to know to go on with a training that was killed, it
    lists as `remembers`: names of attributes which are plain data, or lists of arrays like the model's weights.

    >>> class Loss(tf.keras.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, sorted(logs))
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> h = model.fit(np.ones((4, 2)), np.ones(4), verbose=0, callbacks=[Loss()])
    0 ['loss']
    """

    model: Any = None
    params: dict[str, Any] = {}
    remembers: tuple[str, ...] = ()  # the attributes with which a training that was killed goes on

    def set_model(self, model: Any) -> None:
        """Take note of the model."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Take note of the settings of the run: epochs, steps, verbose."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Before the first epoch."""

    def on_train_resumed(self) -> None:
        """After what the callback remembers has been set to what it was when the training was killed."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """After the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before each epoch, which are numbered from 0."""

    def on_epoch_interrupted(self, epoch: int) -> None:
        """After Ctrl-C has ended the training within an epoch, of which `on_epoch_end` is not told."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """After each epoch, with its losses and metrics; those of the validation data begin with ``val_``."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before each batch of an epoch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After each batch of an epoch, with the losses and metrics of the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_train_steps_end(self, done: int) -> None:
        """After some steps of an epoch, at times that suit the engine, some tenths of a second apart or less.

        Unlike `on_train_batch_end` it costs nothing. `done` is how many steps of the epoch have been done.
        """

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """The former name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """The former name of `on_train_batch_end`."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Before an evaluation."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """After an evaluation, with its losses and metrics."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before each batch of an evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After each batch of an evaluation, with the losses and metrics so far."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Before a prediction."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """After a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before each batch of a prediction."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After each batch of a prediction, with its ``outputs``."""


class LambdaCallback(Callback):
    """A callback made of functions.

    Args:
        functions: by the name of the method each stands in for, such as ``on_epoch_end=lambda epoch, logs: ...``.

    Raises:
        TypeError: there is no such method.

    >>> callback = tf.keras.callbacks.LambdaCallback(on_train_end=lambda logs: print("done"))
    >>> callback.on_train_end({})
    done
    """

    def __init__(self, **functions: Callable[..., Any]) -> None:
        unknown = sorted(set(functions) - set(_METHODS))
        if unknown:
            raise TypeError(f"LambdaCallback does not know {', '.join(unknown)}; it knows {', '.join(_METHODS)}.")
        for name, function in functions.items():
            setattr(self, name, function)


class History(Callback):
    """The losses and metrics of each epoch; `fit` returns one. A notebook shows it as curves.

    Attributes:
        epoch: the numbers of the epochs.
        history: for each loss and metric the list of its values, one for each epoch that has it.
        params: the settings of the run: epochs, steps, verbose.
        stopped: what ended the training before its last epoch: the name of a callback's class, "interrupt" for Ctrl-C,
            "data" where these ran out; else None.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> h = model.fit(np.ones((4, 2)), np.ones(4), epochs=3, verbose=0)
    >>> h.epoch, len(h.history["loss"]), h.params["steps"]
    ([0, 1, 2], 3, 1)
    """

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[Any]] = {}
        self.stopped: str | None = None
        self._epochs: dict[str, list[int]] = {}

    def set_model(self, model: Any) -> None:
        """Do not keep the model: a list of what `fit` returned is no list of models."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Append the values of the epoch."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
            self._epochs.setdefault(name, []).append(epoch)

    def _curves(self) -> dict[str, Curve]:
        """The epochs and values of all that are numbers."""
        pairs = {name: zip(self._epochs[name], values, strict=True) for name, values in self.history.items()}
        numbers = {name: [(x, float(y)) for x, y in pair if np.ndim(y) == 0] for name, pair in pairs.items()}
        return {name: curve for name, curve in numbers.items() if curve}

    def plot(self) -> Any:
        """The curves as a matplotlib figure: a panel for each loss and metric.

        Raises:
            ImportError: matplotlib is missing; the message has the remedy.
        """
        return figure(self._curves())

    def to_frame(self) -> Any:
        """A data frame with a row for each epoch and a column for each loss and metric; NaN where there is no value.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> h = model.fit(np.ones((4, 2)), np.ones(4), epochs=2, verbose=0, validation_split=0.5)
        >>> h.to_frame().shape, list(h.to_frame())
        ((2, 2), ['loss', 'val_loss'])
        """
        import pandas

        columns = {n: pandas.Series(v, self._epochs[n], dtype=_kind(v)) for n, v in self.history.items()}
        return pandas.DataFrame(columns, index=pandas.Index(self.epoch, name="epoch"))

    def __repr__(self) -> str:
        last = ", ".join(f"{n}={v[-1]:.4g}" for n, v in self.history.items() if np.ndim(v[-1]) == 0)
        return f"<History: {self._summary()}{'; ' + last if last else ''}>"

    def _summary(self) -> str:
        count = f"{len(self.epoch)} epoch{'' if len(self.epoch) == 1 else 's'}"
        return count if self.stopped is None else f"{count}, ended by {self.stopped}"

    def _repr_html_(self) -> str:
        return f"<div><p>{escaped(self._summary())}</p>{svg(self._curves())}</div>"


class CallbackList:
    """Several callbacks, told one after the other. TypeError if something is none.

    >>> log = tf.keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: print("epoch", epoch))
    >>> tf.keras.callbacks.CallbackList([log], None, {}).tell("on_epoch_begin", 3, {})
    epoch 3
    """

    def __init__(self, callbacks: Iterable[Any], model: Any, params: dict[str, Any]) -> None:
        self.callbacks = sorted(callbacks, key=lambda callback: getattr(callback, "told_last", False))
        self.stopper: str | None = None  # the class of the callback that ended the training
        self._model = model
        self._wants: dict[tuple[str, ...], bool] = {}
        for callback in self.callbacks:
            if isinstance(callback, type) or not hasattr(callback, "set_model"):
                raise TypeError(f"Expected an instance of a callback, got {callback!r}.")
            callback.set_model(model)
            callback.set_params(params)

    def wants(self, *methods: str) -> bool:
        """Whether one of them has something to say in one of `methods`."""
        found = self._wants.get(methods)
        if found is None:
            found = self._wants[methods] = any(_overrides(callback, m) for callback in self.callbacks for m in methods)
        return found

    def offer(self, name: str, value: Any) -> None:
        """Give `value` to those that have an attribute `name` for it."""
        for callback in self.callbacks:
            if hasattr(callback, name):
                setattr(callback, name, value)

    def done_before(self, epoch: int) -> int:
        """How many epochs from `epoch` on a callback says have been done: their number is its `first_epoch`."""
        return max([0, *[getattr(callback, "first_epoch", 0) - epoch for callback in self.callbacks]])

    @property
    def show_progress(self) -> bool:
        """Whether one of them shows the progress itself."""
        return any(getattr(callback, "shows_progress", False) for callback in self.callbacks)

    def tell(self, method: str, *args: Any) -> None:
        """Call `method` of each; callbacks of other packages need not have what only this one knows."""
        for callback in self.callbacks:
            if method not in _OWN or hasattr(callback, method):
                getattr(callback, method)(*args)
            if self.stopper is None and getattr(self._model, "stop_training", False):
                self.stopper = type(callback).__name__


def _overrides(callback: Any, method: str) -> bool:
    if method in vars(callback) or getattr(type(callback), method, None) is not getattr(Callback, method):
        return True
    return method in _FORMER and _overrides(callback, _FORMER[method])


def _kind(values: list[Any]) -> Any:
    return object if any(np.ndim(v) for v in values) else float
