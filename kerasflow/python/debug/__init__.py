"""Names of ``tensorflow.python.debug``, which programs import as ``tf_debug``."""

from kerasflow.debug.filters import has_inf_or_nan
from kerasflow.debug.hooks import DumpingDebugHook, LocalCLIDebugHook
from kerasflow.debug.sessions import DumpingDebugWrapperSession, LocalCLIDebugWrapperSession

__all__ = [
    "DumpingDebugHook",
    "DumpingDebugWrapperSession",
    "LocalCLIDebugHook",
    "LocalCLIDebugWrapperSession",
    "has_inf_or_nan",
]
