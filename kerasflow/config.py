"""Settings that hold for the whole process."""

from kerasflow.core.engine.choice import get_engine, set_engine

__all__ = ["get_engine", "set_engine"]
