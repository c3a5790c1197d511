"""What inputs have to look like, and the errors that say so."""

import pytest

import kerasflow as tf
from kerasflow.layers import Dense, Input, InputSpec, Layer


class Passing(Layer):
    """Gives what it gets."""

    def __init__(self, spec):
        super().__init__(name="p")
        self.input_spec = spec

    def call(self, inputs):
        return inputs


@pytest.mark.parametrize(
    ("spec", "good", "bad", "words"),
    [
        ({"ndim": 2}, (None, 3), (None, 3, 1), r"2 axes; got the shape \(\?, 3, 1\)"),
        ({"min_ndim": 2}, (None, 3, 4), (None,), r"at least 2 axes; got the shape \(\?,\)"),
        ({"max_ndim": 2}, (None, 3), (None, 3, 4), "at most 2 axes"),
        ({"axes": {-1: 3}}, (None, 3), (None, 4), r"size 3 along axis -1; got the shape \(\?, 4\)"),
        ({"axes": {2: None}}, (None, 3, 4), (None, 3), "got the shape"),
        ({"shape": (None, 3)}, (2, 3), (2, 4), r"the shape \(\?, 3\); got the shape \(2, 4\)"),
        ({"shape": (None, 3, 1), "allow_last_axis_squeeze": True}, (2, 3), (2, 4), "the shape"),
        ({"dtype": "float64"}, None, (2, 3), "the type float64; got the shape .* and the type float32"),
    ],
)
def test_what_does_not_fit_is_refused(spec, good, bad, words):
    layer = Passing(InputSpec(**spec))
    if good is not None:
        layer(Input(batch_shape=good))
    with pytest.raises(ValueError, match=f"Layer 'p' takes inputs with .*{words}"):
        layer(Input(batch_shape=bad))


def test_lists_of_inputs():
    layer = Passing([InputSpec(ndim=2), None, InputSpec(ndim=1, name="last")])
    layer([Input((3,)), Input((3, 4)), Input(())])
    with pytest.raises(ValueError, match="takes 3 inputs, got 2"):
        layer([Input((3,)), Input((3,))])
    with pytest.raises(ValueError, match="takes an input 'last' with 1 axes"):
        layer([Input((3,)), Input((3, 4)), Input((2,))])


def test_unknown_sizes_and_ranks_may_fit():
    layer = Passing(InputSpec(ndim=2, axes={-1: 3}))
    assert layer(tf.placeholder(tf.float32)).dims is None
    assert layer(tf.placeholder(tf.float32, [None, None])).dims == (None, None)
    assert repr(InputSpec(ndim=2, axes={-1: 3})) == "InputSpec(2 axes and size 3 along axis -1)"


def test_layers_of_one_input_refuse_two():
    with pytest.raises(ValueError, match="Layer 'd' takes 1 input, got 2"):
        Dense(2, name="d")([Input((2,)), Input((2,))])
