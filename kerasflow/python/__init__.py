"""Names that programs import from ``tensorflow.python``: ``from kerasflow.python.client import timeline``."""

__all__: list[str] = []
