"""`Model`: layers that are trained together."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasflow.core.naming import did_you_mean
from kerasflow.layers.base import Layer, unique_layer_name
from kerasflow.layers.lookup import serialize
from kerasflow.layers.symbolic import KerasTensor, flatten, map_structure
from kerasflow.metrics import Mean
from kerasflow.models import files
from kerasflow.models.configuration import functional_config
from kerasflow.models.extras import Extras
from kerasflow.models.nesting import Layout, tensor_names
from kerasflow.models.network import Network, arranged
from kerasflow.models.rebuilding import functional_parts
from kerasflow.models.starting import inputs_for_data, inputs_for_shapes
from kerasflow.models.summary import summary_lines
from kerasflow.models.training import Trainer

__all__ = ["Model"]


class Model(Trainer, Layer):
    """Layers between inputs and outputs, with all that is needed to train and use them.

    Args:
        inputs: what `Input` gave, or a list or dict of these.
        outputs: what layers gave when they were called on the inputs, and on what other layers gave.
        name: the model's name.

    Raises:
        ValueError: the outputs depend on an input that is not named.

    A model is a layer: it can be called on a tensor, or be a part of another model. A model of one's own makes its
    layers in its constructor and says in `call` what it computes from its inputs, which come as it wants them nested.

    >>> x = tf.keras.Input((2,))
    >>> y = tf.keras.layers.Dense(1, kernel_initializer="ones")(x)
    >>> model = tf.keras.Model(x, y)
    >>> model.predict(np.array([[1.0, 2.0]]), verbose=0)
    array([[3.]], dtype=float32)
    """

    _warns_of_lost_masks = False  # the layers inside do
    _untracked = frozenset({"loss", "_wanted"})
    autocast = False  # inputs become what the network's inputs are

    def __init__(self, inputs: Any = None, outputs: Any = None, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name or unique_layer_name(type(self).__name__), **kwargs)
        self._network: Network | None = None
        self._learning = False
        self._extras = Extras()
        if inputs is not None or outputs is not None:
            if inputs is None or outputs is None:
                raise ValueError("A model needs both, its inputs and its outputs: Model(inputs, outputs).")
            self._set_network(Network(inputs, outputs))
        self._init_trainer()

    def _set_network(self, network: Network) -> None:
        self._network = network
        self._hold(network.layers)
        self.built = True

    def build(self, input_shape: Any) -> None:
        """Make all weights; nothing if they are there.

        A model of one's own, which makes layers in its constructor and defines `call`, is built by the data it sees.

        Args:
            input_shape: the shape of the input, a tuple that begins with the batch; for several inputs a list or dict.
                Batches of other sizes are welcome later, unless a layer is stateful.
        """
        self._learn_inputs(lambda: inputs_for_shapes(input_shape, self))

    def _build_on(self, data: Any) -> None:
        """Make all weights, for inputs such as these arrays."""
        self._learn_inputs(lambda: inputs_for_data(data, self.dtype))

    def _learn_inputs(self, make_inputs: Callable[[], Any]) -> None:
        """See what the model gives for symbolic inputs, unless that is known, or being found out."""
        if self._network is None and not self._learning:
            self._learning = True
            try:
                inputs = make_inputs()
                outputs = self(inputs)
                if any(t is None for t in flatten(outputs)):
                    raise TypeError(f"{type(self).__name__}.call must return tensors, got {outputs!r}.")
                self._network = Network(inputs, outputs)
            finally:
                self._learning = False

    # As a layer.

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """The outputs for `inputs`, and for masks that ride with them; the layers inside know the phase."""
        if self._network is None:
            raise NotImplementedError(f"{type(self).__name__} must define call(self, inputs), or have an input shape.")
        return self._network.replay(arranged(inputs, mask, self._network.inputs, self.name))

    def add_loss(self, loss: Any) -> None:
        """Add to what is minimised.

        Args:
            loss: a symbolic tensor that depends on the model's inputs, of which the mean counts; or, in `call`, what
                layers take.

        >>> x = tf.keras.Input((2,))
        >>> model = tf.keras.Model(x, tf.keras.layers.Dense(2, kernel_initializer="ones")(x))
        >>> model.add_loss(tf.abs(model.output - x))
        >>> model.compile("sgd")
        >>> model.evaluate(np.ones((4, 2)), verbose=0)
        1.0
        """
        others = self._extras.take_losses(flatten(loss))
        if others:
            super().add_loss(others)
        else:
            self._forget_programs()

    def add_metric(self, value: Any, name: str | None = None, aggregation: str | None = "mean") -> None:
        """Report the mean of `value` over an epoch, under `name`.

        Args:
            value: a symbolic tensor that depends on the model's inputs; or, in `call`, a tensor.
            name: what it is called in the logs.
            aggregation: "mean"; there is no other.
        """
        if not isinstance(value, KerasTensor):
            super().add_metric(value, name or "metric", aggregation)
            return
        self._extras.metrics.append((value, Mean(name or value.name)))
        self._forget_programs()

    def _forward(self, inputs: Any, record: Any) -> Any:
        if self._network is None or not self._extras:
            return super()._forward(inputs, record)
        return self._extras.replay(self._network, arranged(inputs, None, self._network.inputs, self.name), record)

    @property
    def layers(self) -> list[Layer]:
        """The layers, by decreasing distance from the outputs."""
        return list(self._sublayers)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer called `name`, or the one at `index`. ValueError if there is none."""
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(f"The model {self.name!r} has {len(self.layers)} layers, none at index {index}.")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self.layers]
        raise ValueError(
            f"The model {self.name!r} has no layer {name!r}.{did_you_mean(str(name), names)} It has {names}."
        )

    def reset_states(self) -> None:
        """Let the stateful layers begin the next batch with their first states again.

        >>> model = tf.keras.Sequential([tf.keras.Input(batch_shape=(2, 5, 3)), tf.keras.layers.GRU(4, stateful=True)])
        >>> p = model.predict(np.ones((2, 5, 3)), verbose=0)
        >>> model.reset_states()
        >>> np.array_equal(model.predict(np.ones((2, 5, 3)), verbose=0), p)
        True
        """
        for layer in self._all_layers():
            if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
                layer.reset_state()

    # Inputs and outputs.

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs, as a flat list."""
        return flatten(self._known_network("inputs").inputs)

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs, as a flat list."""
        return flatten(self._known_network("outputs").outputs)

    @property
    def input(self) -> Any:
        """The symbolic input, in the structure it was given in."""
        return self._known_network("input").inputs

    @property
    def output(self) -> Any:
        """The symbolic output, in the structure it was given in."""
        return self._known_network("output").outputs

    @property
    def input_shape(self) -> Any:
        """The shape of the input."""
        return map_structure(lambda t: t.dims, self.input)

    @property
    def output_shape(self) -> Any:
        """The shape of the output."""
        return map_structure(lambda t: t.dims, self.output)

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs: the keys for their data where these are passed as a dict."""
        structure = self._known_network("input_names").inputs
        return Layout(structure, tensor_names(structure)).labels

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs: the keys for their losses, metrics and targets where these are passed as a dict."""
        structure = self._known_network("output_names").outputs
        return Layout(structure, tensor_names(structure)).labels

    def _known_network(self, what: str) -> Network:
        if self._network is None:
            raise AttributeError(
                f"The model {self.name!r} has no {what} yet: its input shape is not known. Add an Input, or fit it."
            )
        return self._network

    # As plain data.

    @property
    def functional(self) -> bool:
        """Whether the model is layers between the inputs and outputs given to its constructor.

        >>> x = tf.keras.Input((3,))
        >>> tf.keras.Model(x, tf.keras.layers.Dense(1)(x)).functional
        True
        """
        return self._network is not None and all(node.layer is not self for node in self._network.nodes)

    def get_config(self) -> dict[str, Any]:
        """The model as plain data: its layers, and who is called on what.

        A model of one's own says its constructor's arguments here.
        """
        if self.functional and _takes_ends(type(self)):
            return functional_config(self.name, self.trainable, self._known_network("configuration"))
        return super().get_config()

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        """A model like the one that `get_config` described, with weights of its own.

        Args:
            config: the description.
            custom_objects: classes and functions of the caller's own, by the names that the description uses.

        Raises:
            ValueError: it is malformed, or a layer is not known.

        >>> x = tf.keras.Input((3,), name="x")
        >>> model = tf.keras.Model(x, tf.keras.layers.Dense(1, name="d")(x))
        >>> [layer.name for layer in tf.keras.Model.from_config(model.get_config()).layers]
        ['x', 'd']
        """
        if not {"layers", "input_layers", "output_layers"} & config.keys():
            return cls(**config)
        inputs, outputs = functional_parts(config, custom_objects)
        return cls(inputs, outputs, name=config.get("name"), trainable=config.get("trainable", True))

    def to_json(self, **kwargs: Any) -> str:
        """The description of the model, without its weights, as JSON; `model_from_json` reads it.

        Args:
            kwargs: for `json.dumps`.

        >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
        >>> tf.keras.models.model_from_json(model.to_json()).count_params()
        4
        """
        return json.dumps(serialize(self), **kwargs)

    # Looking and keeping.

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print a table of the layers: names, output shapes, numbers of parameters.

        Args:
            line_length: the length of a line in characters.
            positions: where the columns end, in characters or as shares of a line.
            print_fn: called with each line, by default `print`.
            expand_nested: whether the layers of models among the layers have rows, too.
            show_trainable: whether a column says which layers have weights that are trained.
            layer_range: two names of layers, or patterns for them: only the layers from one to the other have rows.

        >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2, name="out")], name="net")
        >>> model.summary(line_length=40)
        Model: "net"
        ________________________________________
        Layer (type)      Output Shape  Param #
        ========================================
        out (Dense)       (None, 2)     8
        ========================================
        Total params: 8 (32.00 B)
        Trainable params: 8 (32.00 B)
        Non-trainable params: 0 (0.00 B)
        ________________________________________
        """
        lines = summary_lines(self, line_length, positions, expand_nested, show_trainable, layer_range)
        for line in lines:
            (print_fn or print)(line)

    def save(self, filepath: Any, overwrite: bool = True, include_optimizer: bool = True) -> None:
        """Write the whole model to a ``.keras`` or ``.h5`` file; see `save_model`."""
        files.save_model(self, filepath, overwrite, include_optimizer)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write all weights to a file, atomically.

        Args:
            filepath: a path that ends in ``.weights.h5``, the format of Keras 3, with the state of the optimizer; in
                ``.h5``, that of Keras 2; or in ``.safetensors``. With another ending it is a file of kerasflow's own,
                with a checksum for each array.
            overwrite: whether a file that is there may be replaced.

        Raises:
            ValueError: the model is not built yet. FileExistsError: the file exists, and is not to be replaced.
        """
        files.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: Any, by_name: bool = False, skip_mismatch: bool = False) -> None:
        """Read all weights from a file that kerasflow, Keras 3 or Keras 2 wrote, of weights or a model, or safetensors.

        Args:
            filepath: the file; what it is, is told from what is in it.
            by_name: whether to take the layers that have the names of layers in the file, and leave the others as they
                are; for ``.h5`` files of Keras 2 and safetensors.
            skip_mismatch: whether to leave layers as they are, with a warning, whose weights are missing or of other
                shapes.

        Raises:
            ValueError: the file is none of these. DataLossError: it is damaged.
            NotFoundError, InvalidArgumentError: weights are missing, unexpected or of another shape; all are named.
                In each of these cases nothing is changed.
        """
        files.load_weights(self, filepath, by_name, skip_mismatch)

    def export(
        self, filepath: Any, format: str | None = None, verbose: Any = None, input_signature: Any = None
    ) -> None:
        """Write what the model computes from its inputs for others to run, with the weights as constants.

        Args:
            filepath: a file of ONNX, or the folder of a saved model of TensorFlow.
            format: "onnx" or "tf_saved_model"; by default the first if the path ends in ``.onnx``.
            verbose: taken for Keras's sake; nothing is shown.
            input_signature: the shapes of the inputs, or what has a `shape`, where the model leaves sizes open.

        Raises:
            ValueError: the model is not built yet, or computes something that the format has no form for.
            ImportError: the package onnx, or tensorboard for a saved model, is not installed.

        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "m.onnx")
        >>> model = tf.keras.Sequential([tf.keras.Input((3,), name="x"), tf.keras.layers.Dense(1, name="y")])
        >>> model.export(path)
        >>> import onnxruntime
        >>> y = onnxruntime.InferenceSession(path).run(["y"], {"x": np.ones((2, 3), np.float32)})[0]
        >>> np.allclose(y, model.predict(np.ones((2, 3)), verbose=0))
        True
        """
        files.export_model(self, filepath, format, input_signature)

    def count_params(self) -> int:
        """The number of elements in all weights. ValueError if the model is not built yet."""
        if not self.built:
            raise ValueError(f"The model {self.name!r} is not built yet: give it an input shape, or fit it first.")
        return super().count_params()


def _takes_ends(cls: type[Model]) -> bool:
    """Whether a class is constructed from inputs and outputs, as `Model` is."""
    names = list(inspect.signature(cls).parameters)
    return names[:2] == ["inputs", "outputs"] or names[:2] == ["args", "kwargs"]
