"""What is told of the progress of training, and may interfere with it."""

from kerasflow.callbacks.base import Callback, CallbackList, History, LambdaCallback
from kerasflow.callbacks.stopping import EarlyStopping

__all__ = ["Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback"]
