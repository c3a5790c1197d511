"""`Predicting`: the outputs of a model for data."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.callbacks.base import CallbackList
from kerasflow.core.engine.loop import Loop
from kerasflow.core.shapes import is_static
from kerasflow.models.compiling import Compiling
from kerasflow.models.data import input_arrays
from kerasflow.models.feeding import BatchFeed, Pace, run_steps
from kerasflow.models.settings import listed, rows_at_once, suggesting, whole
from kerasflow.models.sources import batches_of, unpacked

__all__ = ["Predicting"]

_ROWS = 1024  # the batch where none is asked for

Arrays = list[np.ndarray[Any, Any]]


class Predicting(Compiling):
    """The part of a model that uses it: `predict` and `predict_on_batch`."""

    @suggesting
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for the samples given, in the structure of the model's outputs.

        Args:
            x: the inputs, as for `fit`; or batches, as for `fit`, of which only the inputs are used.
            batch_size: the number of samples computed at a time.
            verbose: taken for Keras's sake; nothing is shown.
            steps: the number of batches, by default as many as there are.
            callbacks: callbacks, told of the progress.

        Raises:
            ValueError, TypeError: the data do not fit the model.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.predict(np.ones((2, 3)), verbose=0)
        array([[3.],
               [3.]], dtype=float32)
        """
        size = rows_at_once(self, batch_size, _ROWS)
        most = None if steps is None else whole(steps, "steps")
        listeners = CallbackList(listed(callbacks), self, {"verbose": verbose, "steps": most})
        batches = batches_of(x)
        if batches is None and listeners.wants("on_predict_batch_begin", "on_predict_batch_end"):
            batches = batches_of(_slices(self._inputs_for(x), size))
        listeners.tell("on_predict_begin", {})
        if batches is None:
            results = self._predict_arrays(self._inputs_for(x), size, most)
        else:
            results = self._predict_batches(batches, most, listeners)
        listeners.tell("on_predict_end", {})
        return self._arranged(results)

    @suggesting
    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for the samples given, computed at once.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.predict_on_batch(np.ones((1, 3)))
        array([[3.]], dtype=float32)
        """
        return self._arranged(self._programs_for(x).run(input_arrays(self, x)))

    def _inputs_for(self, x: Any) -> Arrays:
        self._ensure_inputs(x)
        self._refuse_own("predict_step")
        return input_arrays(self, x)

    def _programs_for(self, x: Any) -> Any:
        self._ensure_inputs(x)
        self._refuse_own("predict_step")
        return self._programs().predict_program()

    def _arranged(self, results: Arrays) -> Any:
        """The values of the outputs in their structure."""
        return self._layouts()[1].pack(results)

    def _predict_arrays(self, arrays: Arrays, size: int, steps: int | None) -> Arrays:
        count = len(arrays[0]) if steps is None else min(len(arrays[0]), steps * size)
        program = self._programs().predict_program()
        if count <= size:
            return program.run([a[:count] for a in arrays])
        dims = self._programs().output_shapes()
        for shape, tensor in zip(dims, self.outputs, strict=True):
            if not shape or not is_static(shape[1:]):
                raise ValueError(
                    f"The output {tensor.name!r} has no row of known shape for each sample; predict it in one batch."
                )
        pairs = zip(dims, self.outputs, strict=True)
        outputs = [np.empty((count, *shape[1:]), tensor.dtype.numpy) for shape, tensor in pairs]
        Loop(program, arrays).run_in_order(0, count, size, outputs)
        return outputs

    def _predict_batches(self, batches: Any, steps: int | None, listeners: CallbackList) -> Arrays:
        parts: list[Arrays] = []

        def take(batch: Any) -> None:
            x = unpacked(batch)[0]
            parts.append(self._programs_for(x).run(input_arrays(self, x)))

        def before(batch: int) -> None:
            listeners.tell("on_predict_batch_begin", batch, {})

        def after(batch: int, count: int) -> None:
            listeners.tell("on_predict_batch_end", batch, {"outputs": self._arranged(parts[-1])})

        feed = BatchFeed(batches, take, steps)
        feed.start()
        run_steps(feed, Pace(1), before, after)
        feed.finish()
        if not parts:
            raise ValueError("There are no batches to predict.")
        return [_joined(of_output, t.name) for of_output, t in zip(zip(*parts, strict=True), self.outputs, strict=True)]


class _slices:
    """Arrays, as batches of a number of rows."""

    def __init__(self, arrays: Arrays, size: int) -> None:
        self._arrays, self._size = arrays, size

    def __len__(self) -> int:
        return -(-len(self._arrays[0]) // self._size)

    def __getitem__(self, index: int) -> Any:
        rows = slice(index * self._size, (index + 1) * self._size)
        parts = [a[rows] for a in self._arrays]
        return (parts if len(parts) > 1 else parts[0],)


def _joined(parts: Any, name: str) -> np.ndarray[Any, Any]:
    if any(p.shape[1:] != parts[0].shape[1:] or not p.ndim for p in parts):
        raise ValueError(
            f"The batches of the output {name!r} have shapes that do not fit: {[p.shape for p in parts[:4]]}."
        )
    return np.concatenate(parts)
