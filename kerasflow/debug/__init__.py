"""Looking into runs: where the time goes."""

from kerasflow.debug.profile import profile_table
from kerasflow.debug.timeline import Timeline

__all__ = ["Timeline", "profile_table"]
