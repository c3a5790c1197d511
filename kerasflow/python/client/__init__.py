"""Names of ``tensorflow.python.client``: the timeline of a traced run."""

from kerasflow.debug import timeline

__all__ = ["timeline"]
