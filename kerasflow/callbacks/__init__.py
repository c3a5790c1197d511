"""What is told of the progress of training, and may interfere with it."""

from kerasflow.callbacks.backup import BackupAndRestore
from kerasflow.callbacks.bar import ProgbarLogger
from kerasflow.callbacks.base import Callback, CallbackList, History, LambdaCallback
from kerasflow.callbacks.board import TensorBoard
from kerasflow.callbacks.faults import TerminateOnNaN
from kerasflow.callbacks.rates import LearningRateScheduler, ReduceLROnPlateau
from kerasflow.callbacks.saving import ModelCheckpoint
from kerasflow.callbacks.stopping import EarlyStopping
from kerasflow.callbacks.tables import CSVLogger

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
]
