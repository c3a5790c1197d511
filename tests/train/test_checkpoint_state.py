"""The file that says which checkpoint is the latest: as TensorFlow writes and reads it."""

import os
import time

import pytest

from kerasflow import train


def touch(folder, *names):
    for name in names:
        (folder / name).write_bytes(b"")


def test_the_text(tmp_path):
    paths = [tmp_path / "m.ckpt-1", tmp_path / "m.ckpt-2"]
    train.update_checkpoint_state(tmp_path, paths[1], paths)
    assert (tmp_path / "checkpoint").read_text() == (
        'model_checkpoint_path: "m.ckpt-2"\n'
        'all_model_checkpoint_paths: "m.ckpt-1"\n'
        'all_model_checkpoint_paths: "m.ckpt-2"\n'
    )


def test_what_is_written_is_read(tmp_path):
    paths = [str(tmp_path / name) for name in ("a", 'b "quoted" \\ back', "ü/ß\nx\ry", "c")]
    train.update_checkpoint_state(tmp_path, paths[-1], paths[:-1], "latest", [1.5, 2.5, 3.5, 1e9 + 0.25], 7.0)
    state = train.get_checkpoint_state(tmp_path, "latest")
    assert state == train.CheckpointState(paths[-1], paths, [1.5, 2.5, 3.5, 1e9 + 0.25], 7.0)
    assert train.get_checkpoint_state(tmp_path) is None


def test_spaces_without_end_take_no_time(tmp_path):
    (tmp_path / "checkpoint").write_text(" \t\n" + " " * 40_000 + "!")
    start = time.process_time()
    with pytest.warns(UserWarning, match="line 2 is not"):
        assert train.latest_checkpoint(tmp_path) is None
    assert time.process_time() - start < 2.0  # 20 s if each space is tried as the end of those before it


def test_a_folder_can_be_moved(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    touch(old, "m-1")
    train.update_checkpoint_state(old, old / "m-1")
    old.rename(new)
    assert train.latest_checkpoint(new) == str(new / "m-1")


def test_a_checkpoint_elsewhere_is_named_in_full(tmp_path):
    folder, beside = tmp_path / "run", tmp_path / "run2"
    for each in (folder, beside):
        each.mkdir()
    touch(beside, "m")
    train.update_checkpoint_state(folder, beside / "m")
    assert f'model_checkpoint_path: "{beside}/m"' in (folder / "checkpoint").read_text()
    assert train.latest_checkpoint(folder) == str(beside / "m")


def test_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "m")
    train.update_checkpoint_state("", "m")
    assert train.latest_checkpoint(".") == os.path.join(".", "m")
    assert train.latest_checkpoint(tmp_path) == str(tmp_path / "m")


@pytest.mark.parametrize(
    "text",
    [
        'model_checkpoint_path: "/x/m-2"\nall_model_checkpoint_paths: "/x/m-1"\nall_model_checkpoint_paths: "/x/m-2"\n',
        "# by hand\n\n  model_checkpoint_path :'/x/m-2'  # the latest\nall_model_checkpoint_paths: \"/x/m-1\"\n"
        'all_model_checkpoint_paths: "\\057x\\x2fm-2"',
        'all_model_checkpoint_paths: "/x/m-1"\r\nall_model_checkpoint_paths: "/x/m-2"\r\n'
        'model_checkpoint_path: "/x/m-2"',
    ],
)
def test_texts_of_others(tmp_path, text):
    (tmp_path / "checkpoint").write_text(text, newline="")
    state = train.get_checkpoint_state(tmp_path)
    assert (state.model_checkpoint_path, state.all_model_checkpoint_paths) == ("/x/m-2", ["/x/m-1", "/x/m-2"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"gar bage",
        b'model_checkpoint_path: "x',
        b'model_checkpoint_path: ""',
        b'all_model_checkpoint_paths: "x"',
        b'model_checkpoint_path: "\xff"',
        b'model_checkpoint_path: "x"\nlast_preserved_timestamp: soon',
        b'model_checkpoint_path: "\\377"',
        b"\x89HDF\r\n\x1a\n" + bytes(100),
    ],
)
def test_a_file_that_says_nothing(tmp_path, content):
    (tmp_path / "checkpoint").write_bytes(content)
    for function in (train.get_checkpoint_state, train.latest_checkpoint):
        with pytest.warns(UserWarning, match="checkpoint: not a checkpoint state file"):
            assert function(tmp_path) is None


def test_nothing_there(tmp_path):
    assert train.latest_checkpoint(tmp_path) is None
    assert train.latest_checkpoint(tmp_path / "no such folder") is None
    train.update_checkpoint_state(tmp_path, tmp_path / "gone")
    assert train.latest_checkpoint(tmp_path) is None
    assert train.get_checkpoint_state(tmp_path).model_checkpoint_path == str(tmp_path / "gone")


def test_times_for_each_path(tmp_path):
    with pytest.raises(ValueError, match="one time for each of the 2 checkpoints, got 1"):
        train.update_checkpoint_state(tmp_path, "b", ["a"], all_model_checkpoint_timestamps=[1.0])


def test_files(tmp_path):
    touch(tmp_path, "a")
    os.utime(tmp_path / "a", (5, 5))
    assert train.checkpoint_exists(tmp_path / "a")
    assert not train.checkpoint_exists(tmp_path / "b")
    assert not train.checkpoint_exists(tmp_path)
    assert train.get_checkpoint_mtimes([tmp_path / "a", tmp_path / "b"]) == [5.0]
    train.remove_checkpoint(tmp_path / "a")
    train.remove_checkpoint(tmp_path / "a")
    assert not (tmp_path / "a").exists()
