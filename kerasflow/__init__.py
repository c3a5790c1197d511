"""kerasflow: neural networks on a CPU, as graphs, as Keras models and as scikit-learn estimators."""

from kerasflow.core import errors
from kerasflow.core.autodiff import gradients
from kerasflow.core.graph import Graph, reset_default_graph
from kerasflow.core.graph import default_graph as get_default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.ops import *  # noqa: F403
from kerasflow.core.scopes import *  # noqa: F403
from kerasflow.core.session import InteractiveSession, Session, get_default_session
from kerasflow.core.shapes import Dimension, TensorShape
from kerasflow.core.tensor import IndexedSlices, Operation, Tensor
from kerasflow.core.types import *  # noqa: F403
from kerasflow.core.types import DType
from kerasflow.core.variables import Variable

__version__ = "0.1.0"
