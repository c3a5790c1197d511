"""`Fitting`: a model is trained.

`fit` turns what it is given into arrays, builds the training step once, and hands the engine many steps at a time:
more and more until a stretch takes a tenth of a second, unless somebody wants to be told of batches.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from kerasflow.callbacks.base import CallbackList, History
from kerasflow.core.engine.choice import several
from kerasflow.models.blocks import Blocks
from kerasflow.models.data import Data
from kerasflow.models.display import shown
from kerasflow.models.evaluating import Evaluating, warn_of_end
from kerasflow.models.feeding import ArrayFeed, BatchFeed, Feed, Pace, run_steps
from kerasflow.models.interrupts import Interrupt
from kerasflow.models.resuming import TrainingState
from kerasflow.models.settings import listed, rows_at_once, suggesting, whole
from kerasflow.models.sources import batches_of, unpacked
from kerasflow.models.tracing import find_fault

__all__ = ["Fitting"]


@dataclass
class _Course:
    """What an epoch needs to know of the whole."""

    feed: Feed
    validation: Feed | None
    due: Callable[[int], bool]
    epochs: int
    verbose: Any
    listeners: CallbackList
    pace: Pace
    test_pace: Pace
    interrupt: Interrupt
    state: TrainingState


class Fitting(Evaluating):
    """The part of a model that trains it: `fit` and `train_on_batch`."""

    @suggesting
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> History:
        """Train the model.

        Args:
            x: the inputs: an array or data frame with a row for each sample; for several inputs a list or a dict. Or
                what gives batches, each ``(x, y)`` or ``(x, y, sample_weight)``: a generator, which gives them once; a
                `PyDataset`; a `tf.data.Dataset` or anything else that can be iterated over, once for each epoch.
            y: the targets, likewise; not where `x` gives batches.
            batch_size: the number of samples in a step, by default 32; the last step of an epoch takes what is left.
            epochs: the number of the epoch to stop at.
            verbose: 0 for silence, 1 or "auto" for a bar or, where the output is no terminal, a line an epoch; 2 for
                the line in any case.
            callbacks: callbacks, told of the progress.
            validation_split: the share of the rows, taken from the end, that is only evaluated on.
            validation_data: ``(x, y)`` or ``(x, y, sample_weight)`` to evaluate on after each epoch, or batches.
            shuffle: whether each epoch takes the rows, or the batches of a `PyDataset`, in an order of its own.
            class_weight: a number for each class, which multiplies the weights of its samples; for several outputs a
                dict of such dicts.
            sample_weight: a number for each sample, which multiplies its loss.
            initial_epoch: the number of the first epoch.
            steps_per_epoch: the number of steps in an epoch, by default as many as there are batches. With fewer, the
                next epoch goes on from there.
            validation_steps: the number of steps in a validation.
            validation_batch_size: the number of samples in a step of the validation.
            validation_freq: validate every so many epochs; or a list of the epochs, from 1, to validate after.
            max_queue_size, workers, use_multiprocessing: taken for the sake of Keras 2; a `PyDataset` has its own.

        Returns:
            the losses and metrics of each epoch. Its `stopped` says what ended the training early: the name of a
            callback's class, "interrupt" or "data"; else it is None.

        Raises:
            RuntimeError: the model is not compiled. ValueError, TypeError: the data do not fit the model.
            KeyboardInterrupt: Ctrl-C was pressed twice. Pressed once, the training ends after a whole number of steps:
                callbacks are told, the weights stay as they are, or as a callback wants them to be in the end.

        >>> x = np.linspace(-1, 1, 64).reshape(-1, 1)
        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        >>> model.compile(tf.keras.optimizers.SGD(0.1), "mse")
        >>> h = model.fit(x, 3 * x + 1, epochs=100, verbose=0)
        >>> np.abs(model.predict(x, verbose=0) - (3 * x + 1)).max() < 0.01
        np.True_
        """
        size = rows_at_once(self, batch_size, 32)
        first, last = whole(initial_epoch, "initial_epoch", 0), whole(epochs, "epochs", 0)
        due, validations = _schedule(validation_freq, range(first, last))
        feed, held_out = self._training_feed(
            x, y, sample_weight, class_weight, validation_split if validation_data is None else 0.0, shuffle, size,
            None if steps_per_epoch is None else whole(steps_per_epoch, "steps_per_epoch"), max(0, last - first),
        )  # fmt: skip
        if validation_data is not None:
            held_out = validation_data if _in_batches(validation_data) else _pair(validation_data)
        validation_size = rows_at_once(self, validation_batch_size, size, "validation batch_size")
        validation = self._validation_feed(held_out, validation_size, validation_steps, validations)
        history = History()
        listeners = CallbackList(
            [*listed(callbacks), history], self, {"epochs": epochs, "steps": feed.steps, "verbose": verbose}
        )
        listeners.offer("find_fault", partial(find_fault, self, feed))
        state = TrainingState(self, listeners.callbacks, feed, validation)
        listeners.offer("training_state", state)
        self.history, self.stop_training = history, False
        single = self._steps_per_execution if listeners.wants("on_train_batch_begin", "on_train_batch_end") else None
        pace = self._paces.setdefault((size, True), Pace()) if single is None else Pace(single)
        test_pace = self._paces.setdefault((validation_size, False), Pace())
        with Interrupt() as interrupt:
            shown_by_us = 0 if listeners.show_progress else verbose
            course = _Course(feed, validation, due, epochs, shown_by_us, listeners, pace, test_pace, interrupt, state)
            self._run(course, range(first, last), history)
        if interrupt.asked and not interrupt.inner:
            print(f"Training was interrupted after {several(len(history.epoch), 'whole epoch')}.", file=sys.stderr)
        return history

    def _training_feed(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any, split: Any, shuffle: Any, size: int, steps: Any,
        epochs: int,
    ) -> tuple[Feed, Data | None]:  # fmt: skip
        """The feed of the training, and the rows that are held out of it."""
        if isinstance(x, Blocks):
            self._refuse_arrays(y, sample_weight)
            return self._block_feed(x, True, size, self._seed if shuffle else None, epochs, steps, class_weight), None
        batches = batches_of(x, partial(self._order, shuffle=shuffle))
        if batches is not None:
            self._refuse_arrays(y, sample_weight)
            if split:
                raise ValueError("validation_split takes rows of arrays: pass validation_data when x gives batches.")
            self._prepare(batches)
            feed = self._row_feed(batches, True, steps, epochs, class_weight)
            if feed is not None:
                return feed, None
            take = partial(self._take, training=True, class_weight=class_weight)
            build = partial(self._training_step, class_weight=class_weight)
            return BatchFeed(batches, take, steps, True, build), None
        data, held_out = self._data(x, y, sample_weight), None
        if split:
            data, held_out = data.split(split)
        if class_weight is not None:
            data = data.with_class_weight(class_weight, self._made_objectives().layout.labels)
        order = partial(self._order, data.count, shuffle)
        return ArrayFeed(self._step(data, training=True), data, size, order, steps, epochs, goes_on=True), held_out

    def _validation_feed(self, held_out: Any, size: int, steps: Any, passes: int) -> Feed | None:
        if held_out is None:
            return None
        if isinstance(held_out, Data):
            steps = None if steps is None else whole(steps, "validation_steps")
            return ArrayFeed(self._step(held_out, training=False), held_out, size, steps=steps, epochs=passes)
        x, y, weights = held_out if isinstance(held_out, tuple) else (held_out, None, None)
        return self._testing_feed(x, y, weights, size, steps, passes)

    def _run(self, course: _Course, epochs: range, history: History) -> None:
        """All epochs, until something ends them."""
        logs: dict[str, Any] = {}
        course.listeners.tell("on_train_begin", {})
        done = course.listeners.done_before(epochs.start)
        if done or course.state.resumed:
            course.listeners.tell("on_train_resumed")
            if self.stop_training:  # as it was when it was killed
                history.stopped, done = course.listeners.stopper, len(epochs)
        for epoch in epochs[done:]:
            found = self._epoch(course, epoch)
            if found is None:
                history.stopped = "interrupt" if course.interrupt.asked else "data"
                if course.interrupt.asked:
                    course.listeners.tell("on_epoch_interrupted", epoch)
                break
            course.state.end_epoch()
            logs = found
            course.listeners.tell("on_epoch_end", epoch, logs)
            if self.stop_training:
                history.stopped = course.listeners.stopper
            elif course.interrupt.asked:
                history.stopped = "interrupt"
            elif course.feed.exhausted and epoch + 1 < epochs.stop:
                history.stopped = "data"
            if history.stopped:
                break
        course.listeners.tell("on_train_end", logs)

    def _epoch(self, course: _Course, epoch: int) -> dict[str, Any] | None:
        """The losses and metrics of an epoch; None if it was cut short, or if there was nothing left to train on."""
        course.listeners.tell("on_epoch_begin", epoch, {})
        with shown(f"Epoch {epoch + 1}/{course.epochs}", course.feed.steps, course.verbose) as progress:
            done = self._train(course, progress)
            if course.interrupt.asked and (done != course.feed.steps or course.validation is not None):
                return None
            if not done and self.history is not None and not self.history.epoch:
                raise ValueError("There are no batches to train on.")
            if self._ran_out(course, epoch, done):
                warn_of_end("training", done, course.feed.steps)
            if not done:
                return None
            logs = self._results()
            if course.validation is not None and course.due(epoch):
                course.state.end_steps()
                asked = course.interrupt
                values = self._test(course.validation, course.listeners, course.test_pace, halted=lambda: asked.asked)
                if course.interrupt.asked:
                    return None
                logs.update({f"val_{k}": v for k, v in values.items()})
            progress.finish(logs)
        return logs

    def _ran_out(self, course: _Course, epoch: int, done: int) -> bool:
        """Whether there were fewer batches than asked for, or will be."""
        feed = course.feed
        if not done or feed.steps is None:
            return not done or feed.exhausted and epoch + 1 < course.epochs
        return done < feed.steps and not self.stop_training

    def _train(self, course: _Course, progress: Any) -> int:
        """The steps of an epoch; gives how many there were."""
        feed, listeners, state = course.feed, course.listeners, course.state
        single = listeners.wants("on_train_batch_begin", "on_train_batch_end")
        stretches = listeners.wants("on_train_steps_end")
        ended = False

        def before(batch: int) -> None:
            listeners.tell("on_train_batch_begin", batch, {})

        def after(batch: int, count: int) -> None:
            nonlocal ended
            state.done = batch + 1
            if single:
                listeners.tell("on_train_batch_end", batch, self._results())
                ended = self.stop_training
            if stretches:
                listeners.tell("on_train_steps_end", state.done)
            progress.advance(count, self._results)

        self._made_objectives().reset()
        state.begin_epoch()
        feed.start()
        halted, told = (lambda: ended or course.interrupt.asked), before if single else None
        done = run_steps(feed, course.pace, told, after, halted, state.go_on())
        feed.finish()
        return done

    @suggesting
    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step on the samples given; the loss before it, or a list of the loss and the metrics.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse")
        >>> model.train_on_batch(np.ones((4, 2)), np.zeros(4))
        4.0
        """
        self._prepare_batch(x)
        self._take((x, y, sample_weight), training=True, class_weight=class_weight)
        return self._returned(self._results(), return_dict)


def _schedule(frequency: Any, epochs: range) -> tuple[Callable[[int], bool], int]:
    """Whether to validate after an epoch, numbered from 0; and after how many of `epochs` that is."""
    if isinstance(frequency, (list, tuple, set, range)):
        listed_epochs = {whole(epoch, "validation_freq") - 1 for epoch in frequency}
        return listed_epochs.__contains__, sum(epoch in epochs for epoch in listed_epochs)
    every = whole(frequency, "validation_freq")
    return (lambda epoch: (epoch + 1) % every == 0), epochs.stop // every - epochs.start // every


def _in_batches(data: Any) -> bool:
    return isinstance(data, Blocks) or batches_of(data) is not None


def _pair(data: Any) -> tuple[Any, Any, Any]:
    """Validation data that are arrays. ValueError if they are no (x, y)."""
    if not isinstance(data, (list, tuple)) or len(data) not in (2, 3):
        raise ValueError("validation_data must be (x, y), (x, y, sample_weight), or give batches of these.")
    return unpacked(data)
