"""Messages of the library and of programs, `tf.logging`: Python's logging under the name "kerasflow".

They go to the standard error, from WARN on, unless the program has given Python's logging other handlers.
"""

import logging
import sys
from typing import Any

__all__ = [
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "WARN",
    "debug",
    "error",
    "fatal",
    "flush",
    "get_verbosity",
    "info",
    "log",
    "log_every_n",
    "log_first_n",
    "log_if",
    "set_verbosity",
    "vlog",
    "warn",
    "warning",
]

DEBUG = logging.DEBUG
INFO = logging.INFO
WARN = logging.WARNING
ERROR = logging.ERROR
FATAL = logging.CRITICAL

_NAMES = {"DEBUG": DEBUG, "INFO": INFO, "WARN": WARN, "WARNING": WARN, "ERROR": ERROR, "FATAL": FATAL}
_counts: dict[str, int] = {}


class _ToStandardError(logging.StreamHandler[Any]):
    """Writes to the standard error of the moment, not to that of the start."""

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, value: Any) -> None:
        pass


def _logger() -> logging.Logger:
    logger = logging.getLogger("kerasflow")
    if logger.level == logging.NOTSET:
        logger.setLevel(WARN)
    if not logger.hasHandlers():
        handler = _ToStandardError()
        handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
        logger.addHandler(handler)
    return logger


def set_verbosity(v: int | str) -> None:
    """Show messages from this level on: `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`.

    Raises:
        ValueError: there is no such level.

    >>> tf.logging.set_verbosity(tf.logging.ERROR)
    >>> tf.logging.get_verbosity() == tf.logging.ERROR
    True
    >>> tf.logging.set_verbosity("WARN")
    """
    level = _NAMES.get(v.upper()) if isinstance(v, str) else v
    if isinstance(level, bool) or not isinstance(level, int):
        raise ValueError(f"There is no level {v!r}; the levels are {', '.join(_NAMES)}.")
    _logger().setLevel(level)


def get_verbosity() -> int:
    """The level from which on messages are shown.

    >>> tf.logging.get_verbosity() == tf.logging.WARN
    True
    """
    return _logger().level


def log(level: int | str, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Write a message of some level; `args` fill in the ``%`` codes of `msg`.

    >>> tf.logging.log(tf.logging.DEBUG, "step %d", 3)
    """
    _logger().log(_NAMES[level.upper()] if isinstance(level, str) else level, msg, *args, **kwargs)


def debug(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Write a message that is of use to who looks for a mistake.

    >>> tf.logging.debug("step %d", 3)
    """
    _logger().debug(msg, *args, **kwargs)


def info(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Write a message that tells how things are going.

    >>> tf.logging.info("step %d", 3)
    """
    _logger().info(msg, *args, **kwargs)


def warning(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Write a message about something that may be wrong."""
    _logger().warning(msg, *args, **kwargs)


def warn(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Write a message about something that may be wrong; the same as `warning`."""
    _logger().warning(msg, *args, **kwargs)


def error(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Write a message about something that went wrong."""
    _logger().error(msg, *args, **kwargs)


def fatal(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Write a message about something that cannot go on; the program does, unless it ends itself."""
    _logger().critical(msg, *args, **kwargs)


def vlog(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Write a message of a level given as a number.

    >>> tf.logging.vlog(1, "step %d", 3)
    """
    _logger().log(level, msg, *args, **kwargs)


def log_if(level: int, msg: Any, condition: bool, *args: Any) -> None:
    """Write a message if `condition` holds.

    >>> tf.logging.log_if(tf.logging.ERROR, "step %d", False, 3)
    """
    if condition:
        log(level, msg, *args)


def log_first_n(level: int, msg: str, n: int, *args: Any) -> None:
    """Write a message the first `n` times that a program comes here with it.

    >>> for i in range(3):
    ...     tf.logging.log_first_n(tf.logging.INFO, "step %d", 1, i)
    """
    log_if(level, msg, _counted(f"first {msg}") < n, *args)


def log_every_n(level: int, msg: str, n: int, *args: Any) -> None:
    """Write a message the first time and every `n`-th time after that a program comes here with it.

    >>> for i in range(3):
    ...     tf.logging.log_every_n(tf.logging.INFO, "step %d", 2, i)
    """
    log_if(level, msg, _counted(f"every {msg}") % n == 0, *args)


def _counted(key: str) -> int:
    count = _counts.get(key, 0)
    _counts[key] = count + 1
    return count


def flush() -> None:
    """Write out what is still on its way.

    >>> tf.logging.flush()
    """
    for handler in _logger().handlers:
        handler.flush()
