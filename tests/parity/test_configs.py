"""What a layer says of itself has the names and, with the arguments left out, the values that it has in real Keras."""

import inspect
import json

import pytest

import kerasflow.keras as ours
from tests.parity.harness import real_keras

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

# The arguments that each layer needs, or a function that makes them from the module k.
NEEDED = {
    "Activation": ("relu",),
    **{f"Adaptive{kind}Pooling{n}D": (2,) for kind in ("Average", "Max") for n in (1, 2, 3)},
    "AlphaDropout": (0.1,),
    "AveragePooling1D": (2,),
    "AveragePooling2D": (2,),
    "AveragePooling3D": (2,),
    "Bidirectional": lambda k: (k.layers.LSTM(2, name="y"),),
    "CategoryEncoding": (3,),
    "Conv1D": (2, 3),
    "Conv1DTranspose": (2, 3),
    "Conv2D": (2, 3),
    "Conv2DTranspose": (2, 3),
    "Conv3D": (2, 3),
    "Conv3DTranspose": (2, 3),
    "Dense": (2,),
    "DepthwiseConv1D": (3,),
    "DepthwiseConv2D": (3,),
    "Discretization": ([1.0],),
    "Dot": (1,),
    "Dropout": (0.1,),
    "EinsumDense": ("ab,bc->ac", 3),
    "Embedding": (3, 2),
    "GaussianDropout": (0.1,),
    "GRU": (2,),
    "GRUCell": (2,),
    "GaussianNoise": (0.1,),
    "GroupQueryAttention": (2, 4, 2),
    "LSTM": (2,),
    "LSTMCell": (2,),
    "MaxPooling1D": (2,),
    "MaxPooling2D": (2,),
    "MaxPooling3D": (2,),
    "MultiHeadAttention": (2, 3),
    "Permute": ((2, 1),),
    "RNN": lambda k: (k.layers.GRUCell(2, name="y"),),
    "RepeatVector": (3,),
    "Rescaling": (2.0,),
    "Reshape": ((2, 3),),
    "SeparableConv1D": (2, 3),
    "SeparableConv2D": (2, 3),
    "SimpleRNN": (2,),
    "SimpleRNNCell": (2,),
    "SpatialDropout1D": (0.1,),
    "SpatialDropout2D": (0.1,),
    "SpatialDropout3D": (0.1,),
    "StackedRNNCells": lambda k: ([k.layers.GRUCell(2, name="y")],),
    "TimeDistributed": lambda k: (k.layers.LSTM(2, name="y"),),
    "Wrapper": lambda k: (k.layers.LSTM(2, name="y"),),
}
# Need more than plain numbers, or are no layers of Keras 3.
LEFT_OUT = {"DenseFeatures", "Input", "InputLayer", "Lambda", "Layer", "ThresholdedReLU"}
# Keras has them with TensorFlow only; what they are there is in tests/golden/preprocessing.json.
LEFT_OUT |= {"Hashing", "IntegerLookup", "StringLookup", "TextVectorization"}
# Keras writes these; it takes a file without them, and so does every older version, which does not know them.
NOT_WRITTEN = {
    "gptq_unpacked_column_size",
    "lora_alpha",
    "lora_rank",
    "quantization_config",
    "renorm",
    "renorm_clipping",
    "renorm_momentum",
    "synchronized",
}


def classes():
    found = {n: c for n, c in vars(ours.layers).items() if inspect.isclass(c) and issubclass(c, ours.layers.Layer)}
    return sorted(n for n, c in found.items() if c.__name__ == n and n not in LEFT_OUT)


def made(name, k):
    needed = NEEDED.get(name, ())
    return getattr(k.layers, name)(*(needed(k) if callable(needed) else needed), name="x")


def plain(config):
    """The configuration as a file holds it, without what it does not say about the layer."""
    kept = {k: v for k, v in config.items() if k not in NOT_WRITTEN | {"name", "dtype"}}
    if kept.get("activity_regularizer", "") is None:
        del kept["activity_regularizer"]  # which some layers write and others do not
    return json.loads(json.dumps(kept), object_hook=_only_what_it_is)


def _only_what_it_is(part):
    part = {k: v for k, v in part.items() if k not in ("registered_name", "module", "dtype")}
    return {k: v for k, v in part.items() if k not in ("input_axes", "output_axes")}


@pytest.mark.parametrize("name", classes())
def test_it_says_what_keras_says(name):
    theirs, mine = (made(name, k) for k in (real_keras(), ours))
    assert plain(mine.get_config()) == plain(theirs.get_config())
    assert mine.supports_masking == theirs.supports_masking


@pytest.mark.parametrize("name", classes())
def test_it_takes_what_keras_takes(name):
    theirs, mine = (inspect.signature(getattr(k.layers, name)).parameters for k in (real_keras(), ours))
    wanted = [p for p in theirs.values() if p.name not in NOT_WRITTEN | {"kwargs", "args"}]
    given = [mine[p.name] for p in wanted if p.name in mine]
    missing = [p.name for p in wanted if p.name not in mine and p.name not in ("name", "dtype", "trainable")]
    assert not missing
    in_order = [n for n in mine if n in theirs and n not in ("name", "dtype", "kwargs")]
    if name != "Conv3DTranspose":  # which alone has data_format before output_padding
        assert in_order == [n for n in theirs if n in in_order]
    for p, q in zip([p for p in wanted if p.name in mine], given, strict=True):
        if p.default is not inspect.Parameter.empty:
            assert _default(p) == _default(q), p.name


def _default(parameter):
    value = parameter.default
    while isinstance(value, tuple) and len(set(value)) == 1:
        value = value[0]  # (1, 1) and 1 are the same
    return value.lower() if isinstance(value, str) else value
