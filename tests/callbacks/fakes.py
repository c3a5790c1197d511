"""A model that does nothing, and runs callbacks through epochs whose values are given."""

import numpy as np

from kerasflow.callbacks.base import CallbackList


class Rate:
    """An optimizer of which only the learning rate matters."""

    learning_rate = 1.0


class FakeModel:
    """Has one weight, which is the number of the epoch."""

    def __init__(self):
        self.weight, self.stop_training, self.optimizer, self.saved = -1, False, Rate(), []

    def get_weights(self):
        return [np.array(self.weight)]

    def set_weights(self, weights):
        self.weight = int(weights[0])

    def save_weights(self, path, overwrite=False):
        assert overwrite
        self.saved.append(path)

    def save(self, path, overwrite=False):
        assert overwrite
        self.saved.append(("model", path))


def run(callback, epochs, batches=0):
    """Tell a callback of a training with these logs; gives the model, and the logs that it leaves."""
    model = FakeModel()
    listeners = CallbackList([callback], model, {"epochs": len(epochs), "steps": batches or None, "verbose": 0})
    left = []
    listeners.tell("on_train_begin", {})
    for epoch, logs in enumerate(epochs):
        logs = dict(logs)
        listeners.tell("on_epoch_begin", epoch, {})
        for batch in range(batches):
            listeners.tell("on_train_batch_end", batch, {"loss": float(batch)})
        model.weight = epoch
        listeners.tell("on_epoch_end", epoch, logs)
        left.append(logs)
        if model.stop_training:
            break
    listeners.tell("on_train_end", left[-1])
    return model, left
