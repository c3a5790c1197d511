"""Random numbers, held against the published vectors, a scalar Philox and what TensorFlow 1.15.5 drew (golden)."""

import copy
import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasflow.core.ops.philox import (
    Philox,
    normal,
    op_seeds,
    shuffle_permutation,
    truncated_normal,
    uniform,
    uniform_int,
)

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "random.json").read_text())
DRAWS = {"uniform": uniform, "normal": normal, "truncated_normal": truncated_normal}
FLOATS = [np.float16, np.float32, np.float64]
M32, M64 = 2**32 - 1, 2**64 - 1
ULPS = {"float16": 1, "float32": 3, "float64": 4}  # how far a normal may lie from TensorFlow's, in the last place


def scalar_philox(key, counter):
    """The four words of one counter, in Python's integers, round by round as the paper has it."""
    k0, k1 = key & M32, key >> 32
    x = [counter >> 32 * i & M32 for i in range(4)]
    for _ in range(10):
        a, b = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [b >> 32 ^ x[1] ^ k0, b & M32, a >> 32 ^ x[3] ^ k1, a & M32]
        k0, k1 = k0 + 0x9E3779B9 & M32, k1 + 0xBB67AE85 & M32
    return x


def words_of(number, count):
    return [number >> 32 * i & M32 for i in range(count)]


def draw(stream, case, n):
    """What the stream gives for a case of the golden file."""
    kind, dtype = case["kind"], case["dtype"]
    if kind == "shuffle":
        return shuffle_permutation(stream, n)
    if kind == "uniform_int":
        return uniform_int(stream, [n], case["lo"], case["hi"], dtype)
    return DRAWS[kind](stream, [n], dtype)


def numbers(stored):
    return [float.fromhex(v) if isinstance(v, str) else v for v in stored]


def assert_drawn(values, stored, case):
    """Equal bit for bit; normals, which take log, sin and cos, to the last few bits."""
    if "normal" not in case["kind"]:
        if isinstance(stored, list):
            assert values.tolist() == numbers(stored)
        else:
            little = values.astype(np.dtype(case["dtype"]).newbyteorder("<"))
            assert hashlib.sha256(little.tobytes()).hexdigest() == stored["sha256"]
        return
    if isinstance(stored, dict):
        wide = values.astype(np.float64)
        assert np.mean(wide) == pytest.approx(float.fromhex(stored["mean"]), abs=1e-7 if wide.size > 5000 else 1e-6)
        weighted = np.mean(wide * np.linspace(-1.0, 1.0, wide.size))
        assert weighted == pytest.approx(float.fromhex(stored["weighted"]), abs=1e-7 if wide.size > 5000 else 1e-6)
        values = values[[int(i) for i in stored["picked"]]]
        stored = stored["picked"].values()
    expected = np.array(numbers(stored), case["dtype"])
    assert values.shape == expected.shape
    assert np.all(np.abs(values - expected) <= ULPS[case["dtype"]] * np.spacing(np.abs(expected)))


# --- the generator


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        ("00000000 00000000", "00000000 00000000 00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff", "ffffffff ffffffff ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("a4093822 299f31d0", "243f6a88 85a308d3 13198a2e 03707344", "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_known_answers_of_the_paper(key, counter, words):
    stream = Philox.from_state([int(word, 16) for word in f"{key} {counter}".split()])
    assert stream.bits(4).tolist() == [int(word, 16) for word in words.split()]


@given(key=st.integers(0, M64), counter=st.integers(0, 2**128 - 1), offset=st.integers(0, M64))
def test_words_of_any_key_and_counter(key, counter, offset):
    stream = Philox.from_state(words_of(key, 2) + words_of(counter, 4))
    drawn = stream.words(np.array([0, offset], np.uint64))
    assert drawn.tolist() == [scalar_philox(key, counter), scalar_philox(key, (counter + offset) % 2**128)]


@pytest.mark.parametrize("start", [2**32 - 2, 2**64 - 2, 2**128 - 2])
def test_the_counter_carries_from_word_to_word(start):
    stream = Philox.from_state([42, 0, *words_of(start, 4)])
    expected = [word for i in range(5) for word in scalar_philox(42, (start + i) % 2**128)]
    assert stream.bits(20).tolist() == expected
    assert stream.state == (42, 0, *words_of((start + 5) % 2**128, 4))


@pytest.mark.parametrize("n", [32766, 32768, 32769, 70000])
def test_bits_across_blocks(n):
    stream = Philox(-1, 3)
    bits = stream.bits(n)
    assert (bits.shape, bits.dtype) == ((n,), np.uint32)
    counters = -(-n // 4)
    for i in (0, 8191, 8192, 16384, counters - 1):
        if i < counters:
            assert bits[4 * i : 4 * i + 4].tolist() == scalar_philox(M64, (3 << 64) + i)[: n - 4 * i]
    assert stream.bits(4).tolist() == scalar_philox(M64, (3 << 64) + counters)


def test_bits_leave_the_rest_of_the_last_counter():
    stream = Philox(5, 6)
    assert stream.bits(0).size == 0
    assert stream.bits(5).tolist() == [*scalar_philox(5, 6 << 64), scalar_philox(5, (6 << 64) + 1)[0]]
    assert stream.bits(1).tolist() == scalar_philox(5, (6 << 64) + 2)[:1]


def test_skip_is_the_same_as_drawing():
    skipped, drawn = Philox(1, 2), Philox(1, 2)
    skipped.skip(1001)
    drawn.bits(4004)
    assert skipped.state == drawn.state == (1, 0, 1001, 0, 2, 0)
    assert skipped.bits(9).tolist() == drawn.bits(9).tolist()


def test_negative_and_numpy_seeds():
    assert Philox(-2, -3).state == (M32 - 1, M32, 0, 0, M32 - 2, M32)
    assert Philox(np.int64(-2), np.int32(-3)).state == Philox(-2, -3).state
    with pytest.raises(TypeError, match="float"):
        Philox(1.5, 0)


def test_a_state_resumes_the_stream_exactly():
    stream = Philox(2**40 + 3, 2**35 + 1)
    truncated_normal(stream, [7], np.float32)
    saved = np.array(stream.state, np.uint32)  # as a checkpoint would hold it
    twin = copy.deepcopy(stream)
    first = normal(stream, [9], np.float64).tolist()
    assert normal(Philox.from_state(saved), [9], np.float64).tolist() == first
    assert normal(twin, [9], np.float64).tolist() == first
    assert repr(Philox.from_state(saved)) == f"Philox.from_state({tuple(saved.tolist())})"


@pytest.mark.parametrize("state", [(), (1, 2, 3, 4, 5), (0, 0, 0, 0, 0, -1), (2**32, 0, 0, 0, 0, 0)])
def test_a_state_that_is_none(state):
    with pytest.raises(ValueError, match="six integers in"):
        Philox.from_state(state)


def test_streams_from_entropy_differ():
    assert len({Philox.from_entropy().state for _ in range(20)}) == 20


# --- TensorFlow's numbers


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        # tf.set_random_seed(42), then these in order; the wrapper of each adds 3 operations before and 2 or 3 after
        (uniform(Philox(42, 3), [2], np.float32), [0.63789963722229, 0.16047871112823486]),
        (normal(Philox(42, 11), [2], np.float32), [-0.31607842445373535, 1.1453529596328735]),
        (truncated_normal(Philox(42, 17), [2], np.float32) / 2, [0.13636663556098938, -0.03596755117177963]),
        (uniform_int(Philox(42, 23), [2], 0, 10, np.int32), [1, 1]),
        (shuffle_permutation(Philox(42, 28), 5), [1, 2, 3, 4, 0]),
        # operation seeds without a graph seed
        (uniform(Philox(87654321, 7), [2], np.float32), [0.4839409589767456, 0.5062030553817749]),
        (normal(Philox(87654321, 7), [2], np.float32), [-0.046945683658123016, -1.2039023637771606]),
        (normal(Philox(87654321, 0), [2], np.float32), [-0.3991576135158539, 2.1044392585754395]),
        # tf.layers.dense(x, 2) on 3 features, first in the graph after x: Glorot's limit is sqrt(6 / (3 + 2))
        (
            (uniform(Philox(42, 4), [3, 2], np.float32) * 2 - 1) * np.float32(math.sqrt(1.2)),
            [
                [-1.0766528844833374, 1.031280517578125],
                [-0.666228175163269, -0.8880075812339783],
                [-0.7174437046051025, -0.8113909959793091],
            ],
        ),
    ],
)
def test_programs_in_tensorflow(drawn, expected):
    np.testing.assert_allclose(drawn, expected, rtol=5e-7)


@pytest.mark.parametrize("case", GOLDEN["streams"], ids=lambda c: f"{c['kind']}-{c['dtype']}-{c['seed']}-{c['n']}")
def test_three_runs_in_one_session(case):
    stream = Philox(case["seed"], case["seed2"])
    for stored in case["runs"]:
        assert_drawn(draw(stream, case, case["n"]), stored, case)


@pytest.mark.parametrize("case", GOLDEN["resized"], ids=lambda c: f"{c['kind']}-{c['dtype']}")
def test_runs_of_changing_size(case):
    stream = Philox(case["seed"], case["seed2"])
    for n, stored in zip(case["sizes"], case["runs"], strict=True):
        assert_drawn(draw(stream, case, n), stored, case)


@pytest.mark.parametrize("case", GOLDEN["programs"], ids=lambda c: str(c["graph_seed"]))
def test_seeds_of_operations(case):
    for op in case["ops"]:
        seeds = op_seeds(case["graph_seed"], op["op_seed"], op["last_id"])
        assert seeds == tuple(op["seeds"])
        assert_drawn(normal(Philox(*seeds), [3], np.float64), op["values"], {"kind": "normal", "dtype": "float64"})


def test_no_seeds():
    assert op_seeds(None, None, 5) is None


@pytest.mark.parametrize("seeds", [(1.5, None), (None, 1.5), ("7", 1)])
def test_seeds_that_are_not_integers(seeds):
    with pytest.raises(TypeError, match="integer"):
        op_seeds(*seeds, last_id=0)


def test_numpy_seeds_become_integers():
    seeds = op_seeds(np.int32(-1), np.int64(2**40), 0)
    assert seeds == (2**31 - 2, 512)
    assert [type(seed) for seed in seeds] == [int, int]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("draws", [normal, truncated_normal])
def test_nearly_all_normals_are_tensorflows_to_the_bit(draws, dtype):
    kind, name = draws.__name__, np.dtype(dtype).name
    cases = [case for case in GOLDEN["streams"] if (case["kind"], case["dtype"]) == (kind, name)]
    stored, drawn = [], []
    for case in cases:
        stream = Philox(case["seed"], case["seed2"])
        for run in case["runs"]:
            values = draws(stream, [case["n"]], dtype)
            picked = run["picked"] if isinstance(run, dict) else dict(enumerate(run))
            stored += numbers(picked.values())
            drawn += values[[int(i) for i in picked]].tolist()
    assert len(stored) > 250
    assert np.mean(np.array(stored) == np.array(drawn)) > 0.95


# --- the distributions


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("draws", DRAWS.values())
def test_a_shape_only_arranges_the_draws(draws, dtype):
    flat = draws(Philox(8, 9), [30], dtype)
    assert flat.dtype == dtype
    assert draws(Philox(8, 9), (2, 3, 5), dtype).tolist() == flat.reshape(2, 3, 5).tolist()
    scalar = draws(Philox(8, 9), (), dtype)
    assert (scalar.shape, scalar.dtype, scalar.item()) == ((), dtype, flat[0].item())
    assert draws(Philox(8, 9), (4, 0), dtype).shape == (4, 0)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("draws", DRAWS.values())
def test_a_run_moves_on_by_256_counters_an_output(draws, dtype):
    stream = Philox(8, 9)
    draws(stream, [3, 5], dtype)
    assert stream.state == (8, 0, 256 * 15, 0, 9, 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normals_are_box_and_mullers(dtype):
    n, words = 4000, Philox(8, 9).bits(8000).astype(np.uint64)
    if dtype is np.float32:
        u = (words[:n] & 0x7FFFFF) / 2.0**23
    else:
        u = ((words[0::2] & 0xFFFFF) * 2.0**32 + words[1::2]) / 2.0**52
    radius, angle = np.sqrt(-2 * np.log(u[0::2])), 2 * np.pi * u[1::2]
    expected = np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1).ravel()
    np.testing.assert_allclose(normal(Philox(8, 9), [n], dtype), expected, rtol=1e-6, atol=2e-6)


def test_the_logarithm_of_zero_is_not_taken():
    class Zeros(Philox):
        def words(self, offsets):
            return np.zeros((offsets.size, 4), np.uint32)

    largest = math.sqrt(-2 * math.log(1e-7))
    assert normal(Zeros(0, 0), [2], np.float32).tolist() == [0.0, np.float32(largest)]
    np.testing.assert_allclose(normal(Zeros(0, 0), [2], np.float64), [0.0, largest], rtol=1e-15)


@pytest.mark.parametrize(("dtype", "width"), [(np.float32, 4), (np.float64, 2)])
def test_truncated_normals_are_the_first_ones_inside(dtype, width):
    n = 3000
    drawn = truncated_normal(Philox(8, 9), [n], dtype).reshape(-1, width)
    assert np.abs(drawn).max() < 2.0
    for group in range(n // width):
        own = Philox(8, 9)
        own.skip(64 * width * group)
        inside = [v for v in normal(own, [12 * width], dtype).tolist() if abs(v) < 2.0][:width]
        assert drawn[group].tolist() == inside


@pytest.mark.parametrize(("dtype", "outside"), [(np.float32, [0, 2**20] * 2), (np.float64, [0, 0, 2**17, 0])])
def test_truncated_normals_wait_as_long_as_it_takes(dtype, outside):
    class Unlucky(Philox):
        def words(self, offsets):
            words = super().words(offsets)
            words[offsets < 150] = outside  # radius 5.7, angle pi / 4
            return words

    unlucky, later = Unlucky(8, 9), Philox(8, 9)
    later.skip(150)
    width = 16 // np.dtype(dtype).itemsize
    assert np.abs(normal(unlucky, [width], dtype)).min() > 4.0
    drawn = truncated_normal(Unlucky(8, 9), [width], dtype)
    assert drawn.tolist() == [v for v in normal(later, [24], dtype).tolist() if abs(v) < 2.0][:width]


@pytest.mark.parametrize("draws", [normal, truncated_normal])
def test_float16_is_float32_rounded(draws):
    wide = draws(Philox(8, 9), [1001], np.float32)
    assert draws(Philox(8, 9), [1001], np.float16).tolist() == wide.astype(np.float16).tolist()


@pytest.mark.parametrize(
    ("draws", "mean", "deviation"),
    [
        (uniform, 0.5, math.sqrt(1 / 12)),
        (normal, 0.0, 1.0),
        (truncated_normal, 0.0, 0.8796256610342398),  # 1 - 4 pdf(2) / (2 cdf(2) - 1), squared
    ],
)
def test_moments(draws, mean, deviation):
    drawn = draws(Philox(10, 11), [400_000], np.float64)
    assert drawn.mean() == pytest.approx(mean, abs=4 * deviation / math.sqrt(drawn.size))
    assert drawn.std() == pytest.approx(deviation, rel=4e-3)
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 4 / math.sqrt(drawn.size)


def test_uniform_stays_below_one():
    for dtype in FLOATS:
        drawn = uniform(Philox(1, 1), [50_000], dtype)
        assert drawn.min() >= 0.0
        assert drawn.max() < 1.0


@pytest.mark.parametrize("draws", DRAWS.values())
@pytest.mark.parametrize("dtype", [np.int32, np.complex64, ">f4"])
def test_a_dtype_without_a_distribution(draws, dtype):
    with pytest.raises(TypeError, match=f"{draws.__name__} expected a dtype of float16, float32, float64; got"):
        draws(Philox(1, 1), [2], dtype)


# --- integers and orders


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_integers_over_the_whole_type(dtype):
    limits = np.iinfo(dtype)
    drawn = uniform_int(Philox(1, 2), [20_000], limits.min, limits.max, dtype)
    assert drawn.dtype == dtype
    assert drawn.min() < limits.min * 0.99
    assert drawn.max() > limits.max * 0.99


def test_integers_are_even():
    counts = np.bincount(uniform_int(Philox(1, 2), [70_000], 3, 10, np.int64), minlength=10)
    assert counts[:3].tolist() == [0, 0, 0]
    assert np.abs(counts[3:] - 10_000).max() < 400


def test_bounds_may_be_numpy_integers():
    bounds = np.int32(-(2**31)), np.int32(2**31 - 1)
    assert uniform_int(Philox(1, 2), [3], *bounds, np.int32).tolist() == (
        uniform_int(Philox(1, 2), [3], -(2**31), 2**31 - 1, np.int32).tolist()
    )


@pytest.mark.parametrize(
    ("lo", "hi", "dtype", "message"),
    [
        (3, 3, np.int32, "Need minval < maxval, got 3 >= 3"),
        (4, 3, np.int64, "Need minval < maxval, got 4 >= 3"),
        (0, 2**31, np.int32, "expected bounds in int32; got minval 0, maxval 2147483648"),
        (-(2**63) - 1, 0, np.int64, "expected bounds in int64; got minval -9223372036854775809, maxval 0"),
    ],
)
def test_bad_bounds(lo, hi, dtype, message):
    with pytest.raises(ValueError, match=message):
        uniform_int(Philox(1, 2), [2], lo, hi, dtype)


def test_no_integers_need_no_bounds():
    stream = Philox(1, 2)
    assert uniform_int(stream, [2, 0], 3, 3, np.int32).shape == (2, 0)
    assert stream.state == Philox(1, 2).state


def test_integers_of_an_unknown_type():
    with pytest.raises(TypeError, match="uniform_int expected a dtype of int32, int64; got float32"):
        uniform_int(Philox(1, 2), [2], 0, 1, np.float32)


@pytest.mark.parametrize(("n", "counters"), [(0, 0), (1, 0), (2, 1), (5, 1), (6, 2), (9, 2), (1000, 250)])
def test_an_order_has_every_place_once_and_moves_the_stream_on(n, counters):
    stream = Philox(12, 13)
    order = shuffle_permutation(stream, n)
    assert order.dtype == np.int64
    assert sorted(order.tolist()) == list(range(n))
    assert stream.state == (12, 0, counters, 0, 13, 0)


def test_every_order_is_as_likely():
    stream, counts = Philox(12, 13), {}
    for _ in range(6000):
        order = tuple(shuffle_permutation(stream, 3).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert all(abs(count - 1000) < 120 for count in counts.values())
