"""What is told of the progress of training, and may interfere with it."""

from kerasflow.core.doors import door as _door

__all__, __getattr__, __dir__ = _door(
    __name__,
    {
        "backup": ("BackupAndRestore",),
        "bar": ("ProgbarLogger",),
        "base": (
            "Callback",
            "CallbackList",
            "History",
            "LambdaCallback",
        ),
        "board": ("TensorBoard",),
        "faults": ("TerminateOnNaN",),
        "rates": (
            "LearningRateScheduler",
            "ReduceLROnPlateau",
        ),
        "saving": ("ModelCheckpoint",),
        "stopping": ("EarlyStopping",),
        "tables": ("CSVLogger",),
    },
)
