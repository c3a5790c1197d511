"""`tf.train`: optimizers, learning-rate schedules, the global step, and checkpoints."""

from kerasflow.io.protos import message as _message
from kerasflow.summary.former import SummaryWriter
from kerasflow.summary.writer import summary_iterator
from kerasflow.train.checkpoint_state import (
    CheckpointState,
    checkpoint_exists,
    get_checkpoint_mtimes,
    get_checkpoint_state,
    latest_checkpoint,
    remove_checkpoint,
    update_checkpoint_state,
)
from kerasflow.train.checkpoints import (
    CheckpointReader,
    NewCheckpointReader,
    list_variables,
    load_checkpoint,
    load_variable,
)
from kerasflow.train.cluster import ClusterSpec, Server, replica_device_setter
from kerasflow.train.coordinator import Coordinator, LooperThread
from kerasflow.train.decays import (
    cosine_decay,
    cosine_decay_restarts,
    exponential_decay,
    inverse_time_decay,
    linear_cosine_decay,
    natural_exp_decay,
    noisy_linear_cosine_decay,
    piecewise_constant,
    piecewise_constant_decay,
    polynomial_decay,
)
from kerasflow.train.global_step import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
    global_step,
)
from kerasflow.train.graph_files import write_graph
from kerasflow.train.hooks import (
    FeedFnHook,
    FinalOpsHook,
    GlobalStepWaiterHook,
    NanLossDuringTrainingError,
    NanTensorHook,
    SecondOrStepTimer,
    StopAtStepHook,
)
from kerasflow.train.initial_checkpoints import checkpoints_iterator, init_from_checkpoint
from kerasflow.train.monitored import (
    ChiefSessionCreator,
    MonitoredSession,
    SessionCreator,
    SingularMonitoredSession,
    WorkerSessionCreator,
)
from kerasflow.train.monitored_training import MonitoredTrainingSession
from kerasflow.train.moving_averages import ExponentialMovingAverage
from kerasflow.train.optimizer import Optimizer
from kerasflow.train.proximal import (
    AdagradDAOptimizer,
    FtrlOptimizer,
    ProximalAdagradOptimizer,
    ProximalGradientDescentOptimizer,
)
from kerasflow.train.reporting_hooks import LoggingTensorHook, StepCounterHook, SummarySaverHook
from kerasflow.train.rules import (
    AdadeltaOptimizer,
    AdagradOptimizer,
    AdamOptimizer,
    GradientDescentOptimizer,
    MomentumOptimizer,
    RMSPropOptimizer,
)
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from kerasflow.train.saver import Saver, SaverDef, export_meta_graph, import_meta_graph
from kerasflow.train.saving_hooks import CheckpointSaverHook, CheckpointSaverListener
from kerasflow.train.scaffold import Scaffold
from kerasflow.train.session_manager import SessionManager

__all__ = [
    "AdadeltaOptimizer",
    "AdagradDAOptimizer",
    "AdagradOptimizer",
    "AdamOptimizer",
    "CheckpointReader",
    "CheckpointSaverHook",
    "CheckpointSaverListener",
    "CheckpointState",
    "ChiefSessionCreator",
    "ClusterSpec",
    "Coordinator",
    "ExponentialMovingAverage",
    "FeedFnHook",
    "FinalOpsHook",
    "FtrlOptimizer",
    "GlobalStepWaiterHook",
    "GradientDescentOptimizer",
    "LoggingTensorHook",
    "LooperThread",
    "MomentumOptimizer",
    "MonitoredSession",
    "MonitoredTrainingSession",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "NewCheckpointReader",
    "Optimizer",
    "ProximalAdagradOptimizer",
    "ProximalGradientDescentOptimizer",
    "RMSPropOptimizer",
    "Saver",
    "SaverDef",
    "Scaffold",
    "SecondOrStepTimer",
    "Server",
    "SessionCreator",
    "SessionManager",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "SingularMonitoredSession",
    "StepCounterHook",
    "StopAtStepHook",
    "SummarySaverHook",
    "SummaryWriter",
    "WorkerSessionCreator",
    "assert_global_step",
    "checkpoint_exists",
    "checkpoints_iterator",
    "cosine_decay",
    "cosine_decay_restarts",
    "create_global_step",
    "exponential_decay",
    "export_meta_graph",
    "get_checkpoint_mtimes",
    "get_checkpoint_state",
    "get_global_step",
    "get_or_create_global_step",
    "global_step",
    "import_meta_graph",
    "init_from_checkpoint",
    "inverse_time_decay",
    "latest_checkpoint",
    "linear_cosine_decay",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "natural_exp_decay",
    "noisy_linear_cosine_decay",
    "piecewise_constant",
    "piecewise_constant_decay",
    "polynomial_decay",
    "remove_checkpoint",
    "replica_device_setter",
    "summary_iterator",
    "update_checkpoint_state",
    "write_graph",
]


# Messages of TFRecord files, which the package tensorboard is needed for.
_MESSAGES = (
    "BytesList",
    "Example",
    "Feature",
    "FeatureList",
    "FeatureLists",
    "Features",
    "FloatList",
    "Int64List",
    "SequenceExample",
)


def __getattr__(name: str) -> object:
    if name in _MESSAGES:
        return _message(name)
    raise AttributeError(f"module 'kerasflow.train' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_MESSAGES]
