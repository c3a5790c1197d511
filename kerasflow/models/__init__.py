"""Models: layers that are trained together."""

from kerasflow.core.doors import door as _door
from kerasflow.layers.lookup import allow as _allow
from kerasflow.models.model import Model
from kerasflow.models.sequential import Sequential

# Files may name these too.
_allow({"Functional": Model, "Model": Model}, "keras.src.models.functional")
_allow({"Sequential": Sequential}, "keras")

_later, __getattr__, __dir__ = _door(
    __name__,
    {"cloning": ("clone_model", "model_from_config", "model_from_json"), "files": ("load_model", "save_model")},
)
__all__ = ["Model", "Sequential", *_later]
