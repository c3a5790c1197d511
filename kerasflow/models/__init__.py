"""Models: layers that are trained together."""

from kerasflow.models.model import Model
from kerasflow.models.sequential import Sequential

__all__ = ["Model", "Sequential"]
