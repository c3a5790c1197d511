"""`tf.train`: optimizers, learning-rate schedules, the global step, checkpoints, hooks and monitored sessions."""

from kerasflow.core.doors import door as _door
from kerasflow.io.protos import message as _message

_ROOMS = {
    "kerasflow.debug.profiling": ("ProfilerHook",),
    "kerasflow.summary.former": ("SummaryWriter",),
    "kerasflow.summary.writer": ("summary_iterator",),
    "batching": (
        "batch",
        "batch_join",
        "maybe_batch",
        "maybe_batch_join",
        "maybe_shuffle_batch",
        "maybe_shuffle_batch_join",
        "shuffle_batch",
        "shuffle_batch_join",
    ),
    "checkpoint_state": (
        "CheckpointState",
        "checkpoint_exists",
        "get_checkpoint_mtimes",
        "get_checkpoint_state",
        "latest_checkpoint",
        "remove_checkpoint",
        "update_checkpoint_state",
    ),
    "checkpoints": (
        "CheckpointReader",
        "NewCheckpointReader",
        "list_variables",
        "load_checkpoint",
        "load_variable",
    ),
    "cluster": (
        "ClusterSpec",
        "Server",
        "replica_device_setter",
    ),
    "coordinator": (
        "Coordinator",
        "LooperThread",
    ),
    "decays": (
        "cosine_decay",
        "cosine_decay_restarts",
        "exponential_decay",
        "inverse_time_decay",
        "linear_cosine_decay",
        "natural_exp_decay",
        "noisy_linear_cosine_decay",
        "piecewise_constant",
        "piecewise_constant_decay",
        "polynomial_decay",
    ),
    "graph_files": ("write_graph",),
    "hooks": (
        "FeedFnHook",
        "FinalOpsHook",
        "GlobalStepWaiterHook",
        "NanLossDuringTrainingError",
        "NanTensorHook",
        "SecondOrStepTimer",
        "StopAtStepHook",
    ),
    "initial_checkpoints": (
        "checkpoints_iterator",
        "init_from_checkpoint",
    ),
    "input_producers": (
        "input_producer",
        "limit_epochs",
        "match_filenames_once",
        "range_input_producer",
        "slice_input_producer",
        "string_input_producer",
    ),
    "monitored": (
        "ChiefSessionCreator",
        "MonitoredSession",
        "SessionCreator",
        "SingularMonitoredSession",
        "WorkerSessionCreator",
    ),
    "monitored_training": ("MonitoredTrainingSession",),
    "moving_averages": ("ExponentialMovingAverage",),
    "optimizer": ("Optimizer",),
    "proximal": (
        "AdagradDAOptimizer",
        "FtrlOptimizer",
        "ProximalAdagradOptimizer",
        "ProximalGradientDescentOptimizer",
    ),
    "queue_runner": (
        "QueueRunner",
        "add_queue_runner",
        "start_queue_runners",
    ),
    "reporting_hooks": (
        "LoggingTensorHook",
        "StepCounterHook",
        "SummarySaverHook",
    ),
    "rules": (
        "AdadeltaOptimizer",
        "AdagradOptimizer",
        "AdamOptimizer",
        "GradientDescentOptimizer",
        "MomentumOptimizer",
        "RMSPropOptimizer",
    ),
    "run_hooks": (
        "SessionRunArgs",
        "SessionRunContext",
        "SessionRunHook",
        "SessionRunValues",
    ),
    "saver": (
        "Saver",
        "SaverDef",
        "export_meta_graph",
        "import_meta_graph",
    ),
    "saving_hooks": (
        "CheckpointSaverHook",
        "CheckpointSaverListener",
    ),
    "scaffold": ("Scaffold",),
    "session_manager": ("SessionManager",),
    "step_counter": (
        "assert_global_step",
        "create_global_step",
        "get_global_step",
        "get_or_create_global_step",
        "global_step",
    ),
    "warm_starting": (
        "VocabInfo",
        "warm_start",
    ),
}
# Messages of TFRecord files, which the package tensorboard is needed for.
_MESSAGES = (
    "BytesList",
    "ClusterDef",
    "Example",
    "Feature",
    "FeatureList",
    "FeatureLists",
    "Features",
    "FloatList",
    "Int64List",
    "JobDef",
    "SequenceExample",
)

__all__, _look, _listed = _door(__name__, _ROOMS)


def __getattr__(name: str) -> object:
    return _message(name) if name in _MESSAGES else _look(name)


def __dir__() -> list[str]:
    return [*_listed(), *_MESSAGES]
