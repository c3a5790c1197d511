"""Going on after a crash as if nothing had happened."""

from __future__ import annotations

import os
from typing import Any

from kerasflow.callbacks.base import Callback, Logs
from kerasflow.callbacks.saving import Stride

__all__ = ["BackupAndRestore"]

_FILE = "training.kf.h5"
_KIND = "training"


class BackupAndRestore(Callback):
    """Keeps the state of a training in a file, from which the same program goes on when it is started again.

    The file has the weights, the optimizer's state, the order of the rows to come, how far dropout and its like have
    drawn, what `EarlyStopping` and other callbacks remember, and the number of the epoch. It is written aside and
    renamed, so that whatever kills the program leaves a whole one. A training that comes to its end removes it; one
    that ends early, because of Ctrl-C or another callback, does too.

    Args:
        backup_dir: the folder for it; it is made if it is not there.
        save_freq: "epoch", or a number of batches. Within an epoch a training goes on after the batch that was saved
            last; batches that come one at a time are made once more up to there, those of an iterator from the first.
        double_checkpoint: taken for Keras's sake: there is never half a file.
        delete_checkpoint: whether the file is removed in the end.

    Raises:
        ValueError: `save_freq` is something else. In training, FileExistsError, InvalidArgumentError and their kin: the
            file is not from such a model; the message says how they differ.

    >>> import os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> backup = tf.keras.callbacks.BackupAndRestore(folder, delete_checkpoint=False)
    >>> model.fit(np.ones((4, 2)), np.ones(4), epochs=2, verbose=0, callbacks=[backup]).epoch
    [0, 1]
    >>> model.fit(np.ones((4, 2)), np.ones(4), epochs=3, verbose=0, callbacks=[backup]).epoch
    [2]
    """

    training_state: Any = None  # what the model offers: its arrays and numbers, and how they are set
    told_last = True  # when the others know what they have to remember, and have forgotten earlier runs

    def __init__(
        self,
        backup_dir: Any,
        save_freq: Any = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        if not os.fspath(backup_dir):
            raise ValueError("backup_dir is empty.")
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.delete_checkpoint = delete_checkpoint
        self.first_epoch = 0
        self._stride = Stride(save_freq)
        self._epoch = 0
        if save_freq != "epoch":
            self.on_train_batch_end = self._after_batch  # only then, since it slows the training down

    @property
    def _path(self) -> str:
        return os.path.join(self.backup_dir, _FILE)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Go back to where the file was written, if there is one."""
        self.first_epoch = 0
        if not os.path.exists(self._path):
            return
        from kerasflow.io.hdf5 import read_arrays, read_meta

        meta = read_meta(self._path, kind=_KIND)
        arrays, _ = read_arrays(self._path, self.training_state.expected(meta["state"]), kind=_KIND)
        self.training_state.restore(arrays, meta["state"])
        self.first_epoch = self._epoch = meta["epoch"]

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the number of the epoch."""
        self._epoch = epoch

    def _after_batch(self, batch: int, logs: Logs | None = None) -> None:
        if self._stride.due(batch):
            self._save(self._epoch)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the file, if it is to be done after epochs."""
        if self.save_freq == "epoch":
            self._save(epoch + 1)

    def _save(self, epoch: int) -> None:
        from kerasflow.io.hdf5 import write_arrays

        os.makedirs(self.backup_dir, exist_ok=True)
        meta = {"kind": _KIND, "epoch": epoch, "state": self.training_state.numbers()}
        write_arrays(self._path, self.training_state.arrays(), meta)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Remove the file."""
        self.first_epoch, self.training_state = 0, None
        if self.delete_checkpoint and os.path.exists(self._path):
            os.remove(self._path)
            if not os.listdir(self.backup_dir):
                os.rmdir(self.backup_dir)
