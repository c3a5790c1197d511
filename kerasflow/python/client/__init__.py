"""Names of ``tensorflow.python.client``: the timeline of a traced run, and the devices there are."""

from kerasflow.debug import timeline
from kerasflow.python.client import device_lib

__all__ = ["device_lib", "timeline"]
