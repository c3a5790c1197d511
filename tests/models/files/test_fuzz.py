"""Files of models, damaged and forged at random: each ends in a clear error that names it, or in the right model."""

import copy
import io
import json
import os
import tempfile
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kerasflow as tf
from kerasflow.core.errors import DataLossError, InvalidArgumentError, NotFoundError
from kerasflow.io.hdf5_layout import ForeignFileError
from tests.models.files.archives import data, saved

CLEAR = (ForeignFileError, DataLossError, InvalidArgumentError, NotFoundError)
quickly = settings(
    max_examples=int(os.environ.get("KERASFLOW_FUZZ", "25")),
    deadline=20_000,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def wanted():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m.keras")
        with open(path, "wb") as stream:
            stream.write(saved(".keras"))
        return tf.keras.models.load_model(path, compile=False).predict(data()[0], verbose=0)


@pytest.fixture(scope="module")
def right():
    """What the model predicts."""
    return wanted()


def ends_well(content, ending, right, changed=False):
    """Load the content: a clear error, or a model; the right one unless what it is was changed on purpose."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"m{ending}")
        with open(path, "wb") as stream:
            stream.write(content)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = tf.keras.models.load_model(path)
        except CLEAR as error:
            assert path in str(error)
            return
        if not changed:
            np.testing.assert_array_equal(model.predict(data()[0], verbose=0), right)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@quickly
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=3))
def test_flipped_bytes(ending, right, flips):
    """An archive has checksums; in an .h5 file a number may change unseen, and nothing worse."""
    content = bytearray(saved(ending))
    for place, change in flips:
        content[int(place * len(content))] ^= change
    ends_well(bytes(content), ending, right, changed=ending == ".h5")


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@quickly
@given(st.floats(0, 1, exclude_max=True), st.booleans())
def test_truncated_and_prolonged(ending, right, share, cut):
    content = saved(ending)
    k = int(share * len(content))
    ends_well(content[:k] if cut else content + content[:k], ending, right, changed=not cut)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from(["", "x", "hidden", "out", "Dense", "relu", "float32", "é\x00", "../x", "__lambda__", "a" * 5000]),
    st.lists(st.integers(-3, 3), max_size=4),
    st.just({}),
    st.just({"class_name": "Dense", "config": {"units": 1}}),
    st.just({"class_name": "__keras_tensor__", "config": {"keras_history": ["hidden", 0, 0]}}),
)


def paths_in(value, path=()):
    """The paths of all values in nested dicts and lists."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths_in(inner, (*path, key))


def replaced(value, path, new, drop):
    """The same with `new` at a path, or without what is there."""
    value = copy.deepcopy(value)
    if not path:
        return new
    parent = value
    for key in path[:-1]:
        parent = parent[key]
    if drop:
        del parent[path[-1]]
    else:
        parent[path[-1]] = new
    return value


def repacked(content, change):
    """An archive whose members are what `change` makes of them."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")  # of members that are there twice
        for name, value in change(members):
            archive.writestr(name, value)
    return buffer.getvalue()


@quickly
@given(st.data())
def test_changed_descriptions(right, data):
    def change(members):
        config = json.loads(dict(members)["config.json"])
        for _ in range(data.draw(st.integers(1, 3))):
            path = data.draw(st.sampled_from(list(paths_in(config))))
            config = replaced(config, path, data.draw(ODD), data.draw(st.booleans()))
        return [(n, json.dumps(config).encode() if n == "config.json" else v) for n, v in members]

    ends_well(repacked(saved(".keras"), change), ".keras", right, changed=True)


@quickly
@given(
    st.lists(st.sampled_from(["drop", "double", "swap", "empty", "noise"]), min_size=1, max_size=2), st.integers(0, 2)
)
def test_changed_members(right, what, which):
    def change(members):
        for kind in what:
            if not members:
                break
            name, value = members[which % len(members)]
            others = [m for m in members if m[0] != name]
            new = {
                "drop": [],
                "double": [(name, value), (name, value)],
                "swap": [(name, others[0][1] if others else b"")],
                "empty": [(name, b"")],
                "noise": [(name, value[::-1])],
            }
            members = [*others, *new[kind]]
        return members

    ends_well(repacked(saved(".keras"), change), ".keras", right)


@quickly
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=4))
def test_damaged_weights_in_a_sound_archive(right, flips):
    """Whoever forges an archive gets its checksums right."""

    def change(members):
        weights = bytearray(dict(members)["model.weights.h5"])
        for place, flip in flips:
            weights[int(place * len(weights))] ^= flip
        return [(n, bytes(weights) if n.endswith(".h5") else v) for n, v in members]

    ends_well(repacked(saved(".keras"), change), ".keras", right, changed=True)
