"""Blocks: trained on as if they were one array, wherever one ends."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.engine import executable
from kerasflow.models.blocks import BlockFeed, Blocks
from kerasflow.models.data import Data

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(103, 4)).astype(np.float32), RNG.integers(0, 3, 103).astype(np.int32)
W = RNG.uniform(0.5, 2, 103).astype(np.float32)


class Cut(Blocks):
    """The arrays, cut into blocks; with a seed each block's rows are turned round."""

    def __init__(self, *cuts, weights=True):
        super().__init__(len(X))
        self.cuts, self.weights, self.seeds = cuts, weights, []

    def passes(self, seed):
        self.seeds.append(seed)
        for start, stop in zip((0, *self.cuts), (*self.cuts, len(X)), strict=True):
            part = [a[start:stop] for a in ((X, Y, W) if self.weights else (X, Y))]
            yield tuple(part), None if seed is None else np.arange(stop - start)[::-1]


def model_of():
    tf.keras.utils.set_random_seed(2)
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [tf.keras.Input((4,)), layers.Dense(8, "relu"), layers.Dropout(0.3), layers.Dense(3, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fitted(*args, **options):
    model = model_of()
    history = model.fit(*args, epochs=3, batch_size=16, verbose=0, **options)
    return history.history, model


CUTS = [(), (50,), (16, 32, 96), (1, 2, 3, 40, 41), tuple(range(1, 103))]


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("engine", ["auto", "native"])
def test_where_blocks_end_changes_nothing(cuts, engine):
    if engine == "native":
        pytest.importorskip("llvmlite")
    tf.config.set_engine(engine)
    try:
        history, model = fitted(X, Y, sample_weight=W, validation_data=(X, Y, W), shuffle=False)
        found, other = fitted(Cut(*cuts), validation_data=Cut(*cuts), shuffle=False)
        assert found == history
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        assert other.evaluate(Cut(*cuts), batch_size=16, verbose=0) == model.evaluate(X, Y, 16, 0, sample_weight=W)
    finally:
        tf.config.set_engine("auto")


def test_blocks_say_in_which_order_their_rows_are_taken():
    turned = np.concatenate([np.arange(50)[::-1], np.arange(50, 103)[::-1]])
    blocks = Cut(50)
    found, _ = fitted(blocks)
    wanted, _ = fitted(X[turned], Y[turned], sample_weight=W[turned], shuffle=False)
    assert found == wanted
    seeds = [seed for seed in blocks.seeds if seed is not None]
    assert len(set(seeds)) == 3  # of three epochs
    again = Cut(50)
    fitted(again)
    assert again.seeds == blocks.seeds


def test_what_is_compiled_is_decided_as_for_one_array(monkeypatch):
    # Six steps of 16 rows an epoch, 18 in all: they do not pay if it takes 20.
    monkeypatch.setattr(executable, "runs_to_compile", lambda *efforts: 20)
    _, model = fitted(X, Y, sample_weight=W, shuffle=False)
    _, other = fitted(Cut(50, 60), shuffle=False)
    told = [m.explain().partition("evaluation")[0] for m in (model, other)]
    assert "to be compiled after 2 more runs" in told[0] and told[0] == told[1]


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("steps", [1, 3, 6, 7])
def test_steps_that_are_done_are_left_out(cuts, steps):
    class Late(Cut):
        def rest(self, seed, first):
            kept = [c for c in (0, *self.cuts) if c <= first]
            blocks = list(self.passes(seed))[len(kept) - 1 :]
            return iter(blocks), first - kept[-1]

    for kind in (Cut, Late):
        program = Notes()
        feed = BlockFeed(kind(*cuts, weights=False), lambda block: Data([block[0]], [block[1]], [None]), program.of, 16)
        feed.start()
        feed.skip(steps)
        while feed.ready():
            feed.run(2)
        np.testing.assert_array_equal(np.concatenate([X[:0], *program.taken]), X[16 * steps :])


class Notes:
    """Takes note of the rows of each step, in place of a program."""

    fetches, comes_again = (), False

    def __init__(self):
        self.taken = []

    def of(self, data):
        return self

    def prepared(self, shapes, runs):
        return None

    def run(self, arrays):
        self.taken.append(np.array(arrays[0]))
        return []


def test_class_weights():
    weight = {0: 1.0, 1: 3.0, 2: 0.5}
    found, _ = fitted(Cut(30, weights=False), class_weight=weight, shuffle=False)
    assert found == fitted(X, Y, class_weight=weight, shuffle=False)[0]


def test_what_is_refused():
    model = model_of()
    with pytest.raises(ValueError, match="103 rows; a number of steps is not taken"):
        model.fit(Cut(), steps_per_epoch=2, verbose=0)
    with pytest.raises(ValueError, match="103 rows; a number of steps is not taken"):
        model.fit(X, Y, validation_data=Cut(), validation_steps=2, verbose=0)
    with pytest.raises(ValueError, match="y comes with the batches"):
        model.fit(Cut(), Y, verbose=0)


def test_a_loss_that_is_no_number_is_traced_to_its_rows():
    bad = Cut(40)
    x = X.copy()
    x[60, 1] = np.nan
    bad.passes = lambda seed: iter([((x[:40], Y[:40]), None), ((x[40:], Y[40:]), None)])
    watch = tf.keras.callbacks.TerminateOnNaN()
    fitted(bad, callbacks=[watch])
    assert "batch 3" in watch.report and "inputs are not finite in row 20 of the data" in watch.report
