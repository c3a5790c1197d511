"""`TensorBoard`: the progress of a training as event files."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasflow.callbacks.base import Callback, Logs
from kerasflow.callbacks.hyperparameters import session_end, session_start
from kerasflow.io.protos import message
from kerasflow.summary.histograms import histogram_of
from kerasflow.summary.media import as_pixels, to_png
from kerasflow.summary.writer import FileWriter

__all__ = ["TensorBoard"]


class TensorBoard(Callback):
    """Writes event files, which ``tensorboard --logdir FOLDER`` shows while the model is trained.

    The losses and metrics of each epoch are ``epoch_loss``, ..., with ``epoch_learning_rate`` beside them: those of
    the training data in the folder ``train``, those of the validation data in ``validation``. There, each evaluation
    adds ``evaluation_loss_vs_iterations``, ... by the number of steps trained.

    Args:
        log_dir: the folder; one of its own for each training.
        histogram_freq: every so many epochs, histograms of the weights; 0 for never.
        write_graph: whether to write the graph of the training step, and the model's layers.
        write_images: whether weights are shown as pictures too, with the histograms.
        write_steps_per_second: whether to write how many steps a second takes.
        update_freq: "epoch"; or "batch" or a number of batches: every so many ``batch_loss``, ... are written too,
            which is slower.
        profile_batch, embeddings_freq, embeddings_metadata: 0 and None; there is nothing else here.
        hparams: what this training is to be compared by in the tab HPARAMS: a dict of numbers, strings and booleans.

    Raises:
        ValueError: an argument is something else. ImportError: the package tensorboard is missing.

    >>> import os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> board = tf.keras.callbacks.TensorBoard(folder, hparams={"units": 1})
    >>> h = model.fit(np.ones((4, 1)), np.ones(4), epochs=2, verbose=0, validation_split=0.5, callbacks=[board])
    >>> sorted(os.listdir(folder))
    ['events.out.tfevents...', 'train', 'validation']
    """

    remembers = ("_batches",)

    def __init__(
        self,
        log_dir: Any = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: Any = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
        hparams: Mapping[str, Any] | None = None,
    ) -> None:
        message("Summary")  # complains here, not in the middle of a training, if there is none
        for name, value in (("profile_batch", profile_batch), ("embeddings_freq", embeddings_freq)):
            if value:
                raise ValueError(f"TensorBoard: {name} must be 0, got {value!r}: kerasflow writes none.")
        if update_freq not in ("epoch", "batch") and not (isinstance(update_freq, int) and update_freq > 0):
            raise ValueError(f"update_freq must be 'epoch', 'batch' or a number of batches, got {update_freq!r}.")
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph, self.write_images = write_graph, write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.hparams = None if hparams is None else dict(hparams)
        session_start(self.hparams or {}, 0.0)  # complains here too
        self._writers: dict[str, FileWriter] = {}
        self._batches, self._graph_due, self._first = 0, write_graph, True
        self._began = (0, 0.0)  # the epoch: number of steps before it, and when
        if self.update_freq != "epoch":
            self.on_train_batch_end = self._after_batch

    def _writer(self, folder: str) -> FileWriter:
        if folder not in self._writers:
            self._writers[folder] = FileWriter(os.path.join(self.log_dir, folder))
        return self._writers[folder]

    def _scalars(self, folder: str, values: Mapping[str, Any], step: int) -> None:
        kind = message("Summary")
        parts = [kind.Value(tag=tag, simple_value=float(v)) for tag, v in values.items() if np.ndim(v) == 0]
        self._writer(folder).add_summary(kind(value=parts), step)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Write the hyper-parameters."""
        self._batches, self._graph_due, self._first = 0, self.write_graph, True
        if self.hparams is not None:
            self._writer("").add_summary(session_start(self.hparams, time.time()))

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Look at the clock; and where a training goes on, hide the epochs that are done again."""
        earlier = glob.glob(os.path.join(glob.escape(self.log_dir), "train", "*tfevents*"))
        if self._first and epoch and self.update_freq == "epoch" and earlier:
            log = message("SessionLog")
            self._writer("train").add_session_log(log(status=log.START), epoch)
        self._first = False
        self._began = (self._steps(), time.perf_counter())

    def _steps(self) -> int:
        return int(getattr(self.model.optimizer, "iterations", 0))

    def _after_batch(self, batch: int, logs: Logs | None = None) -> None:
        """Write the losses and metrics so far."""
        self._batches += 1
        if self._batches % self.update_freq == 0:
            values = {f"batch_{k}": v for k, v in (logs or {}).items()}
            if self.write_steps_per_second:
                values["batch_steps_per_second"] = self._speed()
            self._scalars("train", values, self._batches)

    def _speed(self) -> float:
        steps, start = self._began
        return (self._steps() - steps) / max(time.perf_counter() - start, 1e-9)

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Write the losses and metrics of an evaluation."""
        values = {f"evaluation_{k}_vs_iterations": v for k, v in (logs or {}).items()}
        self._scalars("validation", values, self._steps())
        if not self.params.get("epochs"):
            self._close()  # nobody will tell when all is done

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the losses and metrics; and the graph and histograms, if it is time."""
        logs = logs or {}
        train = {f"epoch_{k}": v for k, v in logs.items() if not k.startswith("val_")}
        train["epoch_learning_rate"] = float(self.model.optimizer.learning_rate)
        if self.write_steps_per_second:
            train["epoch_steps_per_second"] = self._speed()
        self._scalars("train", train, epoch)
        held_out = {f"epoch_{k[4:]}": v for k, v in logs.items() if k.startswith("val_")}
        if held_out:
            self._scalars("validation", held_out, epoch)
        if self._graph_due:
            self._write_graph()
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)

    def _write_graph(self) -> None:
        self._graph_due = False
        self._writer("train").add_graph(self.model._programs().graph)
        describe = getattr(self.model, "to_json", None)
        if describe is None:
            return
        try:
            text = describe()
        except (NotImplementedError, TypeError, ValueError):  # a model of the program's own that cannot be described
            return
        value = message("Summary").Value(tag="keras")
        value.metadata.plugin_data.plugin_name = "graph_keras_model"
        value.metadata.plugin_data.content = b"1"
        value.tensor.dtype = _STRING
        value.tensor.tensor_shape.SetInParent()
        value.tensor.string_val.append(text.encode())
        self._writer("train").add_summary(message("Summary")(value=[value]), 0)

    def _write_weights(self, epoch: int) -> None:
        summary = message("Summary")()
        for layer in self.model.layers:
            for weight in layer.weights:
                name = f"{layer.name}/{weight.name.rpartition('/')[2].partition(':')[0]}"
                array = np.asarray(weight.numpy())
                if array.dtype.kind in "iuf" and np.isfinite(array).all():
                    summary.value.add(tag=f"{name}/histogram", histo=histogram_of(array, name))
                    if self.write_images:
                        _add_image(summary, f"{name}/image", array)
        self._writer("train").add_summary(summary, epoch)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Close the files."""
        if self.hparams is not None:
            self._writer("").add_summary(session_end(time.time()))
        self._close()

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()


_STRING = 7  # the number of the type


def _add_image(summary: Any, tag: str, weight: np.ndarray) -> None:
    """Show a vector as a row, a matrix lying, of three axes one picture for each of the last; nothing of others."""
    array = np.squeeze(weight)
    if array.ndim == 2 and array.shape[0] > array.shape[1]:
        array = array.T
    pictures = {1: lambda: array[None, None], 2: lambda: array[None], 3: lambda: array.transpose(2, 0, 1)}
    if array.ndim not in pictures:
        return
    for i, picture in enumerate(pictures[array.ndim]()[:3]):
        value = summary.value.add(tag=f"{tag}/{i}" if array.ndim == 3 else tag)
        value.image.height, value.image.width = picture.shape
        value.image.colorspace = 1
        value.image.encoded_image_string = to_png(as_pixels(picture[..., None].astype(np.float32)))
