"""What all optimizers do, whatever their rule: names, slots, gradients, steps, complaints."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import train
from kerasflow.core.weights import Weight
from tests.train.problem import GRADIENTS, START, steps


def names(variables):
    return [v.name for v in variables]


def test_names_of_slots_are_those_of_tensorflow():
    x = tf.Variable(START, name="W")
    loss = tf.reduce_sum(x * x)
    expected = {
        train.GradientDescentOptimizer(0.1): ([], []),
        train.MomentumOptimizer(0.1, 0.9): (["momentum"], ["W/Momentum:0"]),
        train.AdagradOptimizer(0.1): (["accumulator"], ["W/Adagrad:0"]),
        train.AdadeltaOptimizer(): (["accum", "accum_update"], ["W/Adadelta:0", "W/Adadelta_1:0"]),
        train.RMSPropOptimizer(0.1): (["momentum", "rms"], ["W/RMSProp:0", "W/RMSProp_1:0"]),
        train.RMSPropOptimizer(0.1, centered=True): (
            ["mg", "momentum", "rms"],
            ["W/RMSProp_2:0", "W/RMSProp_3:0", "W/RMSProp_4:0"],
        ),
        train.AdamOptimizer(): (["m", "v"], ["W/Adam:0", "W/Adam_1:0", "beta1_power:0", "beta2_power:0"]),
        train.FtrlOptimizer(0.1): (["accum", "linear"], ["W/Ftrl:0", "W/Ftrl_1:0"]),
        train.FtrlOptimizer(0.1, accum_name="a", linear_name="z"): (["accum", "linear"], ["W/a:0", "W/z:0"]),
        train.AdamOptimizer(name="Second"): (
            ["m", "v"],
            ["W/Second:0", "W/Second_1:0", "beta1_power_1:0", "beta2_power_1:0"],
        ),
    }
    for optimizer, (slot_names, variable_names) in expected.items():
        step = optimizer.minimize(loss)
        assert step.name.split("_")[0] == optimizer.get_name()
        assert optimizer.get_slot_names() == slot_names
        assert names(optimizer.variables()) == variable_names
        assert {optimizer.get_slot(x, name).dtype for name in slot_names} <= {tf.float64}
        assert all(not v.trainable for v in optimizer.variables())
        assert set(optimizer.variables()) <= set(tf.global_variables())


def test_names_within_scopes():
    """As in TensorFlow: slots are named after their variable, all else after the scope that is open."""
    with tf.name_scope("model"):
        x = tf.Variable(1.0, name="W")
    with tf.name_scope("train"):
        adam = train.AdamOptimizer()
        step = adam.minimize(x * x)
        again = train.AdamOptimizer().minimize(x * x)
    assert (step.name, again.name) == ("train/Adam", "train/Adam_1")
    assert names(adam.variables()) == [
        "model/W/Adam:0",
        "model/W/Adam_1:0",
        "train/beta1_power:0",
        "train/beta2_power:0",
    ]


def test_the_operation_is_called_as_it_is_told_and_collected():
    x = tf.Variable(1.0)
    step = train.GradientDescentOptimizer(0.1, name="Descent").minimize(x * x)
    named = train.GradientDescentOptimizer(0.1).minimize(x * x, name="down")
    counted = train.GradientDescentOptimizer(0.1).minimize(x * x, tf.train.get_or_create_global_step())
    assert [op.name for op in (step, named, counted)] == ["Descent", "down", "GradientDescent"]
    assert tf.get_collection(tf.GraphKeys.TRAIN_OP) == [step, named, counted]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run([step, counted]) == [None, None]


def test_the_global_step_counts_after_the_update():
    x = tf.Variable(8.0)
    count = tf.train.create_global_step()
    step = train.GradientDescentOptimizer(0.25).minimize(x * x, global_step=count)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for n in (1, 2, 3):
            session.run(step)
            assert session.run([count, x]) == [n, 8.0 / 2**n]


def test_gradients_are_all_taken_before_any_variable_changes():
    x, y = tf.Variable(2.0), tf.Variable(3.0)
    step = train.GradientDescentOptimizer(1.0).minimize(x * y)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run([x, y]) == [-1.0, 1.0]


@pytest.mark.parametrize("built", ["before", "after"])
def test_a_loss_fetched_with_the_step_is_the_one_before_it(built):
    """Wherever it was built: a variable read outside of control dependencies is read where it was made."""
    x = tf.Variable([3.0, 4.0])
    losses = [tf.reduce_sum(x * x)]
    step = train.MomentumOptimizer(0.5, 0.9).minimize(losses[0])
    losses.append(tf.reduce_sum(x * x))
    loss = losses[built == "after"]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(4):  # the later runs are planned, with buffers
            before = session.run(losses[0])
            assert session.run([loss, step])[0] == before
            assert session.run(losses[0]) != before


def test_only_the_listed_variables_change():
    x, y = tf.Variable(1.0), tf.Variable(1.0)
    frozen = tf.Variable(1.0, trainable=False)
    loss = x + 2.0 * y + frozen
    both = train.GradientDescentOptimizer(0.5).minimize(loss)
    one = train.GradientDescentOptimizer(0.5).minimize(loss, var_list=[[y]])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(both)
        assert session.run([x, y, frozen]) == [0.5, 0.0, 1.0]
        session.run(one)
        assert session.run([x, y, frozen]) == [0.5, -1.0, 1.0]


def test_a_variable_without_gradient_is_left_alone():
    x, y = tf.Variable(1.0), tf.Variable(1.0)
    adam = train.AdamOptimizer(0.5)
    assert [g is None for g, _ in adam.compute_gradients(x * x)] == [False, True]
    step = adam.minimize(x * x)
    assert adam.get_slot(y, "m") is None
    assert adam.get_slot(x, "no such slot") is None
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(y) == 1.0


def test_the_gradient_of_the_loss_can_be_given():
    x = tf.Variable([1.0, 1.0])
    (gradient, _), *_ = train.GradientDescentOptimizer(1.0).compute_gradients(x * x, grad_loss=tf.constant([1.0, 10.0]))
    (of_function, _), *_ = train.GradientDescentOptimizer(1.0).compute_gradients(lambda: x * x)
    with tf.Session() as session:
        session.run(x.initializer)
        assert session.run(gradient).tolist() == [2.0, 20.0]
        assert session.run(of_function).tolist() == [2.0, 2.0]


def test_gradients_can_be_changed_in_between():
    x = tf.Variable([3.0, -0.5])
    descent = train.GradientDescentOptimizer(1.0)
    pairs = [(tf.clip_by_value(g, -1.0, 1.0), v) for g, v in descent.compute_gradients(tf.reduce_sum(x * x))]
    step = descent.apply_gradients(pairs)
    with tf.Session() as session:
        session.run(x.initializer)
        session.run(step)
        assert session.run(x).tolist() == [2.0, 0.5]


def test_a_gather_steps_on_its_rows_only():
    table = tf.Variable(np.ones((4, 2)))
    step = train.MomentumOptimizer(0.5, 0.9).minimize(tf.reduce_sum(tf.gather(table, [1, 1, 3])))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(table).tolist() == [[1, 1], [0, 0], [1, 1], [0.5, 0.5]]


@pytest.mark.parametrize("make", [train.GradientDescentOptimizer, lambda rate: train.MomentumOptimizer(rate, 0.0)])
def test_a_step_waits_for_what_surrounds_it(make):
    """The idiom of batch normalisation: a step within control dependencies follows what they change."""
    x = tf.Variable(10.0)
    slope = tf.Variable(0.0, trainable=False)
    with tf.control_dependencies([slope.assign_add(2.0)]):
        step = make(1.0).minimize(x * slope)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run([x, slope]) == [8.0, 2.0]


def test_one_optimizer_for_two_losses_has_one_set_of_slots():
    x = tf.Variable(1.0, name="x")
    momentum = train.MomentumOptimizer(1.0, 0.5)
    one, two = momentum.minimize(x), momentum.minimize(10.0 * x)
    assert names(momentum.variables()) == ["x/Momentum:0"]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(one)
        session.run(two)
        assert session.run(x) == 1 - 1 - (0.5 + 10)


def test_sessions_have_their_own_slots():
    x = tf.Variable(0.0)
    step = train.MomentumOptimizer(1.0, 1.0).minimize(x)
    init = tf.global_variables_initializer()
    with tf.Session() as one, tf.Session() as two:
        for session in (one, two):
            session.run(init)
        one.run(step)
        one.run(step)
        two.run(step)
        assert (one.run(x), two.run(x)) == (-3.0, -1.0)


def test_a_variable_whose_shape_is_not_known():
    x = tf.Variable(tf.placeholder(tf.float32, [None]), validate_shape=False)
    step = train.AdagradOptimizer(1.0).minimize(tf.reduce_sum(x))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer(), {x.initial_value: [1.0, 2.0]})
        session.run(step)
        np.testing.assert_allclose(session.run(x), np.array([1.0, 2.0]) - 1 / np.sqrt(1.1), rtol=1e-6)


# Weights that outlive graphs.


def step_on(weight, optimizer, gradients):
    """Steps on a weight in a graph and session of their own."""
    with tf.Graph().as_default() as graph:
        x = weight.variable(graph)
        g = tf.placeholder(x.dtype, START.shape)
        step = optimizer.apply_gradients([(g, x)])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for value in gradients:
                session.run(step, {g: value})
    return graph


@pytest.mark.parametrize(
    "make",
    {
        "adam": lambda: train.AdamOptimizer(0.1),
        "rmsprop": lambda: train.RMSPropOptimizer(0.1, momentum=0.5),
        "adagrad": lambda: train.AdagradOptimizer(0.1, 0.3),
        "keras adam": lambda: tf.optimizers.Adam(0.1),
        "keras nadam": lambda: tf.optimizers.Nadam(0.1),
    }.values(),
)
def test_a_second_graph_goes_on_where_the_first_one_stopped(make):
    weight, optimizer = Weight(START, "w"), make()
    step_on(weight, optimizer, GRADIENTS[:3])
    step_on(weight, optimizer, GRADIENTS[3:])
    np.testing.assert_allclose(weight.numpy(), steps(make())[-1]["x"], rtol=1e-12)


@pytest.mark.parametrize("make", [lambda: train.AdamOptimizer(0.1), lambda: tf.optimizers.Adam(0.1)])
def test_an_optimizer_keeps_neither_graphs_nor_weights_alive(make):
    weight, optimizer = Weight(START, "w"), make()
    graph = weakref.ref(step_on(weight, optimizer, GRADIENTS[:1]))
    cell = weakref.ref(weight.cell)
    del weight
    gc.collect()
    assert graph() is None
    assert cell() is None
    assert not optimizer._kept


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda optimizer: pickle.loads(pickle.dumps(optimizer))])
@pytest.mark.parametrize("make", [lambda: train.AdamOptimizer(0.1, 0.8), lambda: tf.optimizers.Nadam(0.1, 0.8)])
def test_a_copy_has_the_settings_and_starts_anew(make, copied):
    weight, optimizer = Weight(START, "w"), make()
    step_on(weight, optimizer, GRADIENTS)
    np.testing.assert_array_equal(steps(copied(optimizer))[-1]["x"], steps(make())[-1]["x"])
    other = Weight(START, "w")
    step_on(other, copied(optimizer), GRADIENTS)
    np.testing.assert_array_equal(other.numpy(), weight.numpy())


# What cannot be done.


def refuses(error, message):
    return pytest.raises(error, match=message)


def test_a_loss_that_depends_on_nothing():
    x, y = tf.Variable(1.0, name="x"), tf.Variable(1.0, name="y")
    with refuses(ValueError, "No gradients for any variable.*'x:0', 'y:0'"):
        train.AdamOptimizer().minimize(tf.constant(1.0))
    with refuses(ValueError, "No gradients for any variable: 'y:0'"):
        train.AdamOptimizer().apply_gradients([(None, y)])
    with refuses(ValueError, "No gradients.*'y:0'"):
        train.AdamOptimizer().minimize(x, var_list=[y])


def test_no_variables():
    x = tf.constant(1.0)
    with refuses(ValueError, "no variables"):
        train.AdamOptimizer().minimize(x * x)
    with refuses(ValueError, "no variables"):
        train.AdamOptimizer().minimize(x * x, var_list=[])
    with refuses(ValueError, "empty"):
        train.AdamOptimizer().apply_gradients([])


def test_what_is_no_variable():
    x = tf.Variable(1.0)
    with refuses(TypeError, "var_list holds 3"):
        train.AdamOptimizer().minimize(x, var_list=[3])
    with refuses(TypeError, "var_list holds.*Tensor"):
        train.AdamOptimizer().minimize(x, var_list=[x * x])
    with refuses(TypeError, "pairs"):
        train.AdamOptimizer().apply_gradients([(1.0, tf.constant(1.0))])
    with refuses(TypeError, "pairs"):
        train.AdamOptimizer().apply_gradients([(x, 1.0, 2.0)])
    with refuses(TypeError, "global_step must be a variable, got 3"):
        train.AdamOptimizer().minimize(x, global_step=3)


def test_a_variable_named_twice():
    x, y = tf.Variable(1.0, name="x"), tf.Variable(1.0, name="y")
    with refuses(ValueError, "named twice: 'x:0'"):
        train.AdamOptimizer().minimize(x + y, var_list=[x, y, x])
    with refuses(ValueError, "named twice: 'y:0'"):
        train.AdamOptimizer().apply_gradients([(1.0, y), (1.0, y)])


def test_gradients_that_do_not_fit():
    x = tf.Variable([1.0, 2.0], name="x")
    with refuses(ValueError, r"'x:0' has the shape \(3,\), its variable \(2,\)"):
        train.AdamOptimizer().apply_gradients([(np.ones(3, np.float32), x)])
    with refuses(TypeError, "'x:0' is of type float64, its variable float32"):
        train.AdamOptimizer().apply_gradients([(tf.constant(np.ones(2)), x)])
    with refuses(TypeError, "Expected float32"):
        train.AdamOptimizer().apply_gradients([("steep", x)])
    with refuses(ValueError, "floating-point variables; 'n:0' is of type int32"):
        train.AdamOptimizer().apply_gradients([(1, tf.Variable(1, name="n"))])


def test_losses_that_are_none():
    x = tf.Variable(1, trainable=True)
    with refuses(ValueError, "floating-point, got.*int32"):
        train.AdamOptimizer().minimize(x * x)
    with refuses(ValueError, "gate_gradients must be"):
        train.AdamOptimizer().minimize(tf.Variable(1.0) * 1.0, gate_gradients=7)


def test_variables_of_two_graphs():
    x = tf.Variable(1.0)
    with tf.Graph().as_default():
        y = tf.Variable(1.0)
    with refuses(ValueError, "different graphs"):
        train.AdamOptimizer().apply_gradients([(1.0, x), (1.0, y)])


def test_a_class_without_a_rule():
    with refuses(NotImplementedError, "Optimizer has no rule"):
        optimizer = train.Optimizer(False, "Nothing")
        optimizer.learning_rate = 0.1
        optimizer.apply_gradients([(1.0, tf.Variable(1.0))])


def test_slots_that_are_not_initialised():
    x = tf.Variable(1.0, name="x")
    step = train.MomentumOptimizer(0.1, 0.9).minimize(x)
    with tf.Session() as session:
        session.run(x.initializer)
        with refuses(tf.errors.FailedPreconditionError, "x/Momentum"):
            session.run(step)


def test_slots_made_within_a_variable_scope_are_called_after_it():
    """Names that TensorFlow 1.15.5 gives; they are the names in checkpoints."""
    with tf.Graph().as_default():
        w = tf.get_variable("w", [2])
        with tf.variable_scope("train"):
            tf.train.AdamOptimizer().minimize(tf.reduce_sum(w))
            tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_sum(w))
        with tf.name_scope("scope"):
            tf.train.AdagradOptimizer(0.1).minimize(tf.reduce_sum(w))
        with tf.variable_scope("gen"):
            g = tf.get_variable("g", [2])
            tf.train.RMSPropOptimizer(0.1).minimize(tf.reduce_sum(g), var_list=[g])
        names = [v.op.name for v in tf.global_variables()]
    expected = ["w", "train/beta1_power", "train/beta2_power", "train/w/Adam", "train/w/Adam_1", "train/w/Momentum"]
    assert names == [*expected, "w/Adagrad", "gen/g", "gen/gen/g/RMSProp", "gen/gen/g/RMSProp_1"]
