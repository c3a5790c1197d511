"""What the rooms above the core share: looking things up by name."""

from kerasflow.utils.lookup import Configured, Lookup

__all__ = ["Configured", "Lookup"]
