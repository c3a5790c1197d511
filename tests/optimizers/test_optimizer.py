"""What the Keras optimizers have in common: the learning rate, the count of steps, descriptions, state."""

import json

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import optimizers, train
from kerasflow.core.weights import Weight
from tests.train.problem import GRADIENTS, START, steps

ALL = [
    optimizers.SGD(0.2, 0.5, True, clipnorm=1.0),
    optimizers.RMSprop(0.2, 0.8, 0.1, 1e-3, True, clipvalue=2.0, name="prop"),
    optimizers.Adagrad(0.2, 0.3, 1e-3, weight_decay=0.1),
    optimizers.Adadelta(0.2, 0.8, 1e-3, global_clipnorm=3.0),
    optimizers.Adam(0.2, 0.8, 0.9, 1e-3, True, decay=0.1),
    optimizers.AdamW(0.2, 0.1, 0.8, 0.9, 1e-3, True),
    optimizers.Adamax(0.2, 0.8, 0.9, 1e-3),
    optimizers.Nadam(optimizers.schedules.CosineDecay(0.2, 3), 0.8, 0.9, 1e-3),
    optimizers.Ftrl(0.2, -0.4, 0.3, 0.1, 0.2, 0.3, 0.4),
]
every = pytest.mark.parametrize("optimizer", ALL, ids=lambda optimizer: type(optimizer).__name__)


# The learning rate.


def test_it_can_be_changed_between_runs():
    sgd = optimizers.SGD(1.0)
    x = tf.Variable(0.0)
    step = sgd.apply_gradients([(1.0, x)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for rate in (1.0, 0.5, 0.25):
            sgd.learning_rate = rate
            session.run(step)
        assert session.run(x) == -1.75
        sgd.lr = np.float32(2.0)
        session.run(step)
        assert session.run(x) == -3.75
        session.run(tf.global_variables_initializer())  # which leaves settings alone
        assert sgd.learning_rate == 2.0


def test_it_reads_as_a_float():
    adam = optimizers.Adam(lr=0.1)
    assert adam.learning_rate == adam.lr == 0.1
    assert (type(adam.learning_rate * 2), adam.learning_rate.numpy()) == (float, 0.1)
    adam.learning_rate.assign(0.3)
    assert adam.learning_rate == 0.3
    assert json.dumps({"lr": adam.learning_rate}) == '{"lr": 0.3}'


def test_it_is_exact_in_float64():
    found = steps(optimizers.SGD(0.1), gradients=[np.ones((4, 3))])
    np.testing.assert_array_equal(found[0]["x"], START - 0.1)


class Halving(optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return tf.pow(0.5, tf.cast(step, tf.float32))


def test_a_schedule_is_called_with_the_number_of_steps_taken():
    ready = optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    for schedule in (ready, Halving()):
        sgd = optimizers.SGD(schedule)
        found = steps(sgd, gradients=[np.ones((4, 3))] * 4)
        np.testing.assert_allclose(found[-1]["x"], START - 1.875, rtol=1e-12)


def test_a_schedule_counts_the_steps_on_weights():
    weight = Weight(np.float64(0.0), "w")
    sgd = optimizers.SGD(Halving())
    for _ in range(2):
        with tf.Graph().as_default() as graph, tf.Session() as session:
            step = sgd.apply_gradients([(np.float64(1.0), weight.variable(graph))])
            operations = graph.size
            assert sgd.learning_rate == 0.5**sgd.iterations
            assert graph.size == operations
            session.run(step)
            session.run(step)
    assert sgd.iterations == 4
    assert sgd.learning_rate == 0.0625
    assert weight.numpy() == -1.875


def test_a_function():
    rate = tf.constant(0.25)
    for function in (lambda: rate, lambda: 0.25):
        found = steps(optimizers.SGD(function), gradients=[np.ones((4, 3))])
        np.testing.assert_array_equal(found[0]["x"], START - 0.25)
    assert optimizers.SGD(lambda: 0.25).learning_rate == 0.25
    assert optimizers.SGD(lambda: tf.constant(0.25)).learning_rate == 0.25


def test_a_number_can_become_a_schedule_until_it_is_used():
    sgd = optimizers.SGD(1.0)
    sgd.learning_rate = Halving()
    sgd.learning_rate = 0.5
    sgd.learning_rate = 0.25
    assert sgd.learning_rate == 0.25
    x = tf.Variable(1.0)
    sgd.apply_gradients([(1.0, x)])
    with pytest.raises(TypeError, match="in use with a number"):
        sgd.learning_rate = Halving()
    scheduled = optimizers.SGD(Halving())
    scheduled.apply_gradients([(1.0, x)])
    with pytest.raises(TypeError, match="in use with a schedule or function"):
        scheduled.learning_rate = 0.5


def test_what_is_no_learning_rate():
    sgd = optimizers.SGD(1.0)
    for wrong in ("fast", None, tf.constant(0.1), [0.1]):
        with pytest.raises(TypeError, match="A learning rate is a number"):
            sgd.learning_rate = wrong
    assert sgd.learning_rate == 1.0


# The count of steps.


def test_steps_in_a_session_are_counted_there():
    """Another session starts over, also with the bias correction."""
    adam = optimizers.Adam(0.1)
    x = tf.Variable(1.0)
    step = adam.apply_gradients([(1.0, x)])
    found = []
    for _ in range(2):
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(step)
            session.run(step)
            found.append(session.run([x, adam.variables[0]]))
    assert found[0] == found[1]
    assert found[0][1] == 2
    assert adam.iterations == 0


def test_a_global_step_can_be_counted_too():
    sgd = optimizers.SGD(1.0)
    x = tf.Variable(1.0)
    count = tf.train.create_global_step()
    step = sgd.minimize(x, global_step=count)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        session.run(step)
        assert session.run([x, count, sgd.variables[0]]) == [-1.0, 2, 2]


# Descriptions.


@every
def test_a_description_makes_an_equal_optimizer(optimizer):
    description = json.loads(json.dumps(optimizers.serialize(optimizer)))
    again = optimizers.deserialize(description)
    assert type(again) is type(optimizer)
    assert again.get_config() == optimizer.get_config()
    wanted, found = steps(type(optimizer).from_config(optimizer.get_config())), steps(again)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one["x"], other["x"])
    assert description["module"] == "keras.optimizers"


@every
def test_every_argument_is_described(optimizer):
    """Each was given a value that is not the default, and has it in the description."""
    default = type(optimizer)().get_config()
    config = optimizer.get_config()
    own = optimizer._own_arguments()
    assert set(own) <= set(config)
    same = [name for name in own if config[name] == default[name] and name != "name"]
    assert same == []
    assert repr(optimizer).startswith(f"{type(optimizer).__name__}(learning_rate=")


def test_the_learning_rate_is_described_as_it_is_now():
    adam = optimizers.Adam(0.1)
    adam.learning_rate = 0.01
    assert adam.get_config()["learning_rate"] == 0.01
    with pytest.raises(ValueError, match="is a function, which cannot be written"):
        optimizers.Adam(lambda: 0.1).get_config()


def test_descriptions_that_keras_wrote():
    """As `keras.optimizers.serialize(keras.optimizers.Adam(0.01))` of Keras 3.15.1 gives it."""
    config = {
        "name": "adam",
        "learning_rate": 0.01,
        "weight_decay": None,
        "clipnorm": None,
        "global_clipnorm": None,
        "clipvalue": None,
        "use_ema": False,
        "ema_momentum": 0.99,
        "ema_overwrite_frequency": None,
        "loss_scale_factor": None,
        "gradient_accumulation_steps": None,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-07,
        "amsgrad": False,
    }
    adam = optimizers.deserialize({"module": "keras.optimizers", "class_name": "Adam", "config": config})
    assert (adam.learning_rate, adam.name, adam.beta_2) == (0.01, "adam", 0.999)
    with pytest.raises(ValueError, match="gradient_accumulation_steps=2 is not supported"):
        optimizers.Adam.from_config({**config, "gradient_accumulation_steps": 2})


class Mine(optimizers.SGD):
    pass


def test_get():
    adam = optimizers.Adam(0.1)
    momentum = train.MomentumOptimizer(0.1, 0.9)
    assert optimizers.get(adam) is adam
    assert optimizers.get(momentum) is momentum
    assert type(optimizers.get(optimizers.Nadam)) is optimizers.Nadam
    assert type(optimizers.get(train.AdamOptimizer)) is train.AdamOptimizer
    for name in ("SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Nadam", "RMSprop"):
        for spelling in (name, name.lower(), name.upper()):
            assert type(optimizers.get(spelling)) is getattr(optimizers, name)
    described = optimizers.get({"class_name": "sgd", "config": {"learning_rate": 0.5}})
    assert described.learning_rate == 0.5
    assert type(optimizers.deserialize(optimizers.serialize(Mine(0.1)), {"Mine": Mine})) is Mine


@pytest.mark.parametrize(
    ("identifier", "error", "message"),
    [
        ("adm", ValueError, "no optimizer 'adm'.*Did you mean 'adam'"),
        ("Mine", ValueError, "no optimizer 'Mine'"),
        ({"class_name": "os.system", "config": {}}, ValueError, "no optimizer 'os.system'"),
        ({"config": {}}, ValueError, "has a class_name"),
        ({"class_name": "Adam", "config": {"command": "rm"}}, TypeError, "takes no argument 'command'"),
        (None, TypeError, "instance, a class, a name or a description, got None"),
        (0.1, TypeError, "got 0.1"),
        (str, TypeError, "got <class 'str'>"),
    ],
)
def test_what_get_does_not_get(identifier, error, message):
    with pytest.raises(error, match=message):
        optimizers.get(identifier)


# The state.


def trained(optimizer, gradients):
    weight = Weight(START, "w")
    with tf.Graph().as_default() as graph, tf.Session() as session:
        g = tf.placeholder(tf.float64, START.shape)
        step = optimizer.apply_gradients([(g, weight.variable(graph))])
        for value in gradients:
            session.run(step, {g: value})
        variables = optimizer.variables
        state = optimizer.get_weights() if variables else None
    return weight.numpy(), [v.name for v in variables], state


def test_the_order_of_the_state():
    assert trained(optimizers.Adam(0.1), GRADIENTS[:1])[1] == [
        "iteration:0",
        "learning_rate:0",
        "w/Adam:0",
        "w/Adam_1:0",
    ]
    assert trained(optimizers.SGD(Halving()), GRADIENTS[:1])[1] == ["iteration:0"]
    adam = optimizers.Adam()
    assert adam.variables == adam.variables() == []


def test_the_state_can_be_taken_over():
    whole, _, end = trained(optimizers.Adam(0.1), GRADIENTS)
    _, _, middle = trained(optimizers.Adam(0.1), GRADIENTS[:3])
    other = optimizers.Adam(0.5)
    trained(other, GRADIENTS[:1])
    other.set_weights(middle)
    assert (other.iterations, other.learning_rate) == (3, 0.1)
    for one, two in zip(other.get_weights(), middle, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(end[2], middle[2])
    other.get_weights()[2][...] = 0
    np.testing.assert_array_equal(other.get_weights()[2], middle[2])


def test_a_state_that_does_not_fit():
    adam = optimizers.Adam(0.1)
    trained(adam, GRADIENTS[:1])
    before = adam.get_weights()
    for wrong in (before[:-1], [*before[:-1], np.zeros(7)]):
        with pytest.raises(ValueError, match=r"Expected arrays of the shapes \[\(\), \(\), \(4, 3\), \(4, 3\)\]"):
            adam.set_weights(wrong)
    for one, two in zip(adam.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)
    sgd = optimizers.SGD(0.1)
    sgd.apply_gradients([(1.0, tf.Variable(1.0))])
    with pytest.raises(ValueError, match="state is in a session"):
        sgd.get_weights()
