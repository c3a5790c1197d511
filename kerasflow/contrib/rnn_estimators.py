"""Recurrent networks over columns of sequences, as estimators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kerasflow.contrib.outer_optimizers import clip_gradients_by_norm
from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float32
from kerasflow.core.variable_scope import variable_scope
from kerasflow.estimator.base import Estimator
from kerasflow.estimator.canned.parts import check_features, class_head, optimizer_from
from kerasflow.estimator.canned.slots import with_slots_named
from kerasflow.estimator.heads import Head
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.feature_column import input_layer
from kerasflow.feature_column.sequence_layer import sequence_input_layer
from kerasflow.initializers import glorot_uniform_initializer
from kerasflow.layers.functions import dense
from kerasflow.losses.base import Reduction
from kerasflow.rnn import dynamic_rnn
from kerasflow.rnn.cells import BasicRNNCell, GRUCell, RNNCell
from kerasflow.rnn.lstm import BasicLSTMCell
from kerasflow.rnn.wrappers import MultiRNNCell
from kerasflow.summary.functions import histogram
from kerasflow.train.optimizer import Optimizer

__all__ = ["RNNClassifier", "RNNEstimator"]

_LEARNING_RATE, _CLIP = 0.05, 5.0
_CELLS: dict[str, Callable[..., RNNCell]] = {"basic_rnn": BasicRNNCell, "gru": GRUCell, "lstm": BasicLSTMCell}
Columns = Iterable[Any] | None


class RNNEstimator(Estimator):
    """A recurrent network over columns of sequences, and a head that gets its output at each sequence's last step.

    Args:
        head: the head.
        sequence_feature_columns: columns of sequences; see `tf.contrib.feature_column.sequence_input_layer`.
        context_feature_columns: dense columns of whole examples, whose numbers are put in at each step.
        num_units: the sizes of the cells, from the input on; with
        cell_type: ``"basic_rnn"``, ``"gru"``, ``"lstm"`` or a class of cells, by default the first.
        rnn_cell_fn: a function of the mode that gives a cell, in place of these two.
        return_sequences: must be False.
        model_dir, config: as for `tf.estimator.Estimator`.
        optimizer: the name of one, with a learning rate of 0.05 and gradients clipped to a global norm of 5, or an
            optimizer.
        input_layer_partitioner: accepted and without effect.

    Raises:
        ValueError: there are both sizes and a function, or neither; or no such kind of cells.

    >>> import tempfile
    >>> words = tf.contrib.feature_column.sequence_categorical_column_with_identity("words", 10)
    >>> model = tf.contrib.estimator.RNNEstimator(
    ...     tf.estimator.RegressionHead(),
    ...     [tf.feature_column.embedding_column(words, 3)],
    ...     num_units=[4],
    ...     model_dir=tempfile.mkdtemp(),
    ... )
    >>> def read():
    ...     return tf.data.Dataset.from_tensors(({"words": [[1, 2, 3], [4, 5, -1]]}, [[1.0], [2.0]])).repeat(5)
    >>> sorted(model.train(read).evaluate(read))
    ['average_loss', 'global_step', 'label/mean', 'loss', 'prediction/mean']
    """

    def __init__(
        self,
        head: Head,
        sequence_feature_columns: Iterable[Any],
        context_feature_columns: Columns = None,
        num_units: Sequence[int] | None = None,
        cell_type: Any = None,
        rnn_cell_fn: Callable[[str], RNNCell] | None = None,
        return_sequences: bool = False,
        model_dir: Any = None,
        optimizer: Any = "Adagrad",
        input_layer_partitioner: Any = None,
        config: RunConfig | None = None,
    ) -> None:
        if return_sequences:
            raise ValueError("return_sequences must be False: there are no heads for each step of sequences.")
        make = _cell_fn(rnn_cell_fn, num_units, cell_type)
        sequences, contexts = tuple(sequence_feature_columns or ()), tuple(context_feature_columns or ())

        def model_fn(features: Any, labels: Any, mode: str, config: RunConfig) -> EstimatorSpec:
            check_features(features)
            rule = optimizer_from(optimizer, _LEARNING_RATE)
            if not isinstance(optimizer, Optimizer):
                rule = clip_gradients_by_norm(rule, _CLIP)
            with variable_scope("rnn", values=tuple(features.values())):
                logits = _logits(features, sequences, contexts, make(mode), head.logits_dimension)
                spec = head.create_estimator_spec(features, mode, logits, labels, rule)
            return with_slots_named(spec, config, "rnn", rule)

        super().__init__(model_fn, model_dir, config)


class RNNClassifier(RNNEstimator):
    """A recurrent network over columns of sequences, for two classes or more.

    Args:
        sequence_feature_columns, context_feature_columns, num_units, cell_type, rnn_cell_fn, model_dir, optimizer,
            input_layer_partitioner, config: as for `RNNEstimator`.
        n_classes, weight_column, label_vocabulary: as for `tf.estimator.DNNClassifier`.
        loss_reduction: how the losses of examples become one, by default by their mean.
    """

    def __init__(
        self,
        sequence_feature_columns: Iterable[Any],
        context_feature_columns: Columns = None,
        num_units: Sequence[int] | None = None,
        cell_type: Any = None,
        rnn_cell_fn: Callable[[str], RNNCell] | None = None,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        optimizer: Any = "Adagrad",
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        input_layer_partitioner: Any = None,
        config: RunConfig | None = None,
    ) -> None:
        head = class_head(n_classes, weight_column, label_vocabulary, loss_reduction)
        cells = num_units, cell_type, rnn_cell_fn
        super().__init__(
            head,
            sequence_feature_columns,
            context_feature_columns,
            *cells,
            model_dir=model_dir,
            optimizer=optimizer,
            config=config,
        )


def _cell_fn(given: Any, sizes: Sequence[int] | None, kind: Any) -> Callable[[str], RNNCell]:
    """What makes the cell of a mode."""
    if given is not None:
        if sizes or kind is not None:
            raise ValueError("num_units and cell_type must not be specified when using rnn_cell_fn")
        function: Callable[[str], RNNCell] = given
        return function
    if not sizes:
        raise ValueError("Either num_units or rnn_cell_fn must be given: there is no cell.")
    make = _CELLS.get(kind or "basic_rnn", kind) if kind is None or isinstance(kind, str) else kind
    if not (isinstance(make, type) and issubclass(make, RNNCell)):
        raise ValueError(f"Supported cell types are {sorted(_CELLS)} and classes of cells; got {kind!r}.")

    def cell_fn(mode: str) -> RNNCell:
        cells = [make(size) for size in sizes]
        return cells[0] if len(cells) == 1 else MultiRNNCell(cells)

    return cell_fn


def _logits(features: Any, sequences: tuple[Any, ...], contexts: tuple[Any, ...], cell: RNNCell, size: int) -> Tensor:
    with variable_scope("sequence_input_layer", values=tuple(features.values())):
        inputs, lengths = sequence_input_layer(features, sequences)
        histogram("sequence_length", lengths)
        if contexts:
            context = ops.expand_dims(input_layer(features, contexts), 1)
            inputs = ops.concat([inputs, ops.tile(context, ops.stack([1, ops.shape(inputs)[1], 1]))], 2)
    outputs, _ = dynamic_rnn(cell, inputs, sequence_length=lengths, dtype=float32)
    with variable_scope("logits"):
        made: Tensor = dense(_last(outputs, lengths), size, kernel_initializer=glorot_uniform_initializer())
    return made


def _last(outputs: Tensor, lengths: Tensor) -> Tensor:
    """The output at the last step of each sequence; zeros, which is what outputs after the end are, of an empty one."""
    batch, steps, size = ops.unstack(ops.cast(ops.shape(outputs), lengths.dtype))
    rows = ops.range(batch) * steps + ops.maximum(lengths, 1) - 1
    last = ops.gather(ops.reshape(outputs, ops.stack([batch * steps, size])), rows)
    last.set_shape([outputs.dims[0], outputs.dims[2]])
    return last
