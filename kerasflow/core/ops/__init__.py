"""The operations, one family a file. Importing this package fills the registry."""

from kerasflow.core.ops.arithmetic import *  # noqa: F403
from kerasflow.core.ops.broadcast import *  # noqa: F403
from kerasflow.core.ops.constant import *  # noqa: F403
from kerasflow.core.ops.control import *  # noqa: F403
from kerasflow.core.ops.state import *  # noqa: F403
