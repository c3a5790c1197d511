"""`Evaluating`: the losses and metrics of a model on data that it is not trained on."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from kerasflow.callbacks.base import CallbackList
from kerasflow.models.blocks import BlockFeed, Blocks
from kerasflow.models.compiling import Compiling
from kerasflow.models.data import Data
from kerasflow.models.display import shown
from kerasflow.models.feeding import ArrayFeed, BatchFeed, Feed, Pace, RowFeed, run_steps
from kerasflow.models.lines import Silence
from kerasflow.models.settings import listed, rows_at_once, suggesting, whole
from kerasflow.models.sources import batches_of, unpacked

__all__ = ["Evaluating", "warn_of_end"]

_AT_ONCE = 1 << 30  # steps: all there are


class Evaluating(Compiling):
    """The part of a model that evaluates it: `evaluate` and `test_on_batch`."""

    @suggesting
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss on the samples given, or a list of the loss and the metrics, exact over all of them.

        Args:
            x: the inputs, as for `fit`; or batches, as for `fit`.
            y: the targets.
            batch_size: the number of samples in a step, by default 32.
            verbose: 0 for silence, 1, 2 or "auto" for a line.
            sample_weight: a number for each sample, which multiplies its loss.
            steps: the number of steps, by default as many as there are batches.
            callbacks: callbacks, told of the progress.
            return_dict: whether to give a dict by name.

        Raises:
            RuntimeError: the model is not compiled. ValueError, TypeError: the data do not fit the model.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> model.evaluate(np.ones((4, 2)), np.zeros(4), verbose=0)
        [4.0, 2.0]
        """
        feed = self._testing_feed(x, y, sample_weight, batch_size, steps)
        listeners = CallbackList(listed(callbacks), self, {"verbose": verbose, "steps": feed.steps})
        with shown("Evaluation", feed.steps, verbose) as progress:
            logs = self._test(feed, listeners, Pace(None if progress.moves else _AT_ONCE), progress)
            if not logs:
                raise ValueError("There are no batches to evaluate on.")
            progress.finish(logs)
        return self._returned(logs, return_dict)

    def _testing_feed(self, x: Any, y: Any, sample_weight: Any, batch_size: Any, steps: Any, passes: int = 1) -> Feed:
        """The feed for an evaluation that is likely to be done so many times."""
        steps = None if steps is None else whole(steps, "steps")
        if isinstance(x, Blocks):
            self._refuse_arrays(y, sample_weight)
            return self._block_feed(x, False, rows_at_once(self, batch_size, 32), None, passes, steps)
        batches = batches_of(x)
        if batches is None:
            data = self._data(x, y, sample_weight)
            size = rows_at_once(self, batch_size, 32)
            return ArrayFeed(self._step(data, training=False), data, size, steps=steps, epochs=passes)
        self._refuse_arrays(y, sample_weight)
        self._prepare(batches)
        feed = self._row_feed(batches, False, steps, passes)
        return feed or BatchFeed(batches, partial(self._take, training=False), steps)

    def _row_feed(
        self, batches: Any, training: bool, steps: int | None, epochs: int, class_weight: Any = None
    ) -> RowFeed | None:
        """The feed of a data set whose batches are rows of arrays; None for others."""
        whole = batches.whole() if hasattr(batches, "whole") else None
        if whole is None:
            return None
        data = self._data(*unpacked(whole), class_weight)
        return RowFeed(self._step(data, training), data, batches, steps, epochs, goes_on=training)

    def _block_feed(
        self, blocks: Blocks, training: bool, size: int, seed: Any, epochs: int, steps: Any, class_weight: Any = None
    ) -> BlockFeed:
        if steps is not None:
            raise ValueError(f"Blocks are gone through whole, {blocks.count} rows; a number of steps is not taken.")

        def taken(block: Any) -> Data:
            return self._data(*unpacked(block), class_weight)

        return BlockFeed(blocks, taken, partial(self._step, training=training), size, seed, epochs)

    def _refuse_arrays(self, y: Any, sample_weight: Any) -> None:
        """What comes with batches must not be passed beside them."""
        for name, value in (("y", y), ("sample_weight", sample_weight)):
            if value is not None:
                raise ValueError(f"{name} comes with the batches that x gives, (x, y) or (x, y, sample_weight).")

    def _prepare(self, batches: Any) -> None:
        """Build a model that learns its input shape from the first batch it sees, and see that it is compiled."""
        if self._network is None:
            self._ensure_inputs(unpacked(batches.first())[0])
        self._made_objectives()

    def _prepare_batch(self, x: Any) -> None:
        self._ensure_inputs(x)
        self._made_objectives().reset()

    def _take(self, batch: Any, training: bool, class_weight: Any = None) -> None:
        """A step on a batch."""
        data = self._data(*unpacked(batch), class_weight)
        self._step(data, training).run(data.arrays)

    def _training_step(self, batch: Any, class_weight: Any = None) -> Any:
        """The program for a step on such a batch."""
        return self._step(self._data(*unpacked(batch), class_weight), training=True)

    def _test(
        self,
        feed: Feed,
        listeners: CallbackList,
        pace: Pace,
        progress: Silence | None = None,
        halted: Callable[[], bool] | None = None,
    ) -> dict[str, Any]:
        """Evaluate on all that `feed` gives; nothing if it is halted, or if there is nothing left."""
        single = listeners.wants("on_test_batch_begin", "on_test_batch_end")

        def before(batch: int) -> None:
            listeners.tell("on_test_batch_begin", batch, {})

        def after(batch: int, count: int) -> None:
            if single:
                listeners.tell("on_test_batch_end", batch, self._results())
            if progress is not None:
                progress.advance(count, self._results)

        self._made_objectives().reset()
        listeners.tell("on_test_begin", {})
        feed.start()
        done = run_steps(feed, Pace(1) if single else pace, before if single else None, after, halted)
        feed.finish()
        if halted is not None and halted():
            return {}
        if not done and progress is None or feed.steps is not None and done < feed.steps:
            warn_of_end("evaluation", done, feed.steps)
        logs = self._results() if done else {}
        listeners.tell("on_test_end", logs)
        return logs

    @suggesting
    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """The loss on the samples given, taken as one batch, or a list of the loss and the metrics.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse")
        >>> model.test_on_batch(np.ones((4, 2)), np.zeros(4))
        4.0
        """
        self._prepare_batch(x)
        self._take((x, y, sample_weight), training=False)
        return self._returned(self._results(), return_dict)


def warn_of_end(what: str, done: int, steps: int | None) -> None:
    """Say that there were fewer batches than asked for."""
    asked = "" if steps is None else f" of the {steps} asked for"
    warnings.warn(
        f"Your input ran out of data; interrupting the {what} after {done} batches{asked}. A generator gives its "
        "batches once: it must yield as many as all epochs take.",
        stacklevel=2,
    )
