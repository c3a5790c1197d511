"""`list_local_devices`, as programs import it from ``tensorflow.python.client``."""

from __future__ import annotations

from typing import Any

from kerasflow.core.session import Session

__all__ = ["list_local_devices"]


def list_local_devices(session_config: Any = None) -> list[Any]:
    """The devices of this machine that operations run on: one processor.

    Args:
        session_config: settings of a session, which may name more.

    >>> from kerasflow.python.client import device_lib
    >>> [d.device_type for d in device_lib.list_local_devices()]
    ['CPU']
    """
    return Session(config=session_config).list_devices()
