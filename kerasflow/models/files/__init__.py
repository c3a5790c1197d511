"""Models and weights in the files of Keras 3 and Keras 2; `kerasflow.models` shows what there is."""

from kerasflow.core.doors import door as _door

__all__, __getattr__, __dir__ = _door(
    __name__,
    {
        "exporting": ("export_model",),
        "loading": ("load_model",),
        "saving": ("save_model", "save_weights"),
        "weights_loading": ("load_weights",),
    },
)
