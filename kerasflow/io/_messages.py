"""The protocol buffers that the package tensorboard has. Importing this room loads it; see `protos`."""

from google.protobuf import text_format
from google.protobuf.message import DecodeError
from tensorboard.compat.proto.attr_value_pb2 import AttrValue
from tensorboard.compat.proto.cluster_pb2 import ClusterDef, JobDef
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.event_pb2 import Event, LogMessage, SessionLog, TaggedRunMetadata
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.meta_graph_pb2 import CollectionDef, MetaGraphDef, SignatureDef, TensorInfo
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.saver_pb2 import SaverDef
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryDescription, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.variable_pb2 import VariableDef
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

__all__ = [
    "AttrValue",
    "ClusterDef",
    "CollectionDef",
    "DecodeError",
    "Event",
    "GraphDef",
    "HParamsPluginData",
    "HistogramProto",
    "JobDef",
    "LogMessage",
    "MetaGraphDef",
    "NodeDef",
    "RunMetadata",
    "SaverDef",
    "SessionLog",
    "SignatureDef",
    "Summary",
    "SummaryDescription",
    "SummaryMetadata",
    "TaggedRunMetadata",
    "TensorInfo",
    "TensorProto",
    "TensorShapeProto",
    "VariableDef",
    "text_format",
]
