"""Models: layers that are trained together."""

from kerasflow.core.doors import door as _door
from kerasflow.layers.lookup import allow as _allow
from kerasflow.models.cloning import clone_model, model_from_config, model_from_json
from kerasflow.models.model import Model
from kerasflow.models.sequential import Sequential

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_config", "model_from_json", "save_model"]

# Files may name these too.
_allow({"Functional": Model, "Model": Model}, "keras.src.models.functional")
_allow({"Sequential": Sequential}, "keras")

__getattr__, __dir__ = _door(__name__, {"files": ("load_model", "save_model")})
