"""Names of ``tensorflow.python.platform``: files, flags and messages."""

from kerasflow import app, flags, gfile

__all__ = ["app", "flags", "gfile"]
