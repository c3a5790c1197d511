"""`tf.logging`: levels, where messages go, counted messages."""

import logging

import pytest

import kerasflow as tf


@pytest.fixture(autouse=True)
def same_level_after():
    before = tf.logging.get_verbosity()
    yield
    tf.logging.set_verbosity(before)


def test_levels(caplog):
    tf.logging.set_verbosity(tf.logging.INFO)
    writers = ("debug", "info", "warn", "warning", "error", "fatal")
    for name in writers:
        getattr(tf.logging, name)("%s: %d", name, 7)
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("INFO", "info: 7"),
        ("WARNING", "warn: 7"),
        ("WARNING", "warning: 7"),
        ("ERROR", "error: 7"),
        ("CRITICAL", "fatal: 7"),
    ]
    assert {r.name for r in caplog.records} == {"kerasflow"}


def test_a_level_by_name_and_what_is_none(caplog):
    tf.logging.set_verbosity("error")
    tf.logging.log("WARN", "no")
    tf.logging.log(tf.logging.ERROR, "yes")
    tf.logging.vlog(tf.logging.DEBUG, "no")
    assert [r.getMessage() for r in caplog.records] == ["yes"] and tf.logging.get_verbosity() == logging.ERROR
    for bad in ("loud", 1.5, None, True):
        with pytest.raises(ValueError, match="There is no level"):
            tf.logging.set_verbosity(bad)


def test_counted_messages(caplog):
    tf.logging.set_verbosity(tf.logging.INFO)
    for i in range(5):
        tf.logging.log_first_n(tf.logging.INFO, "first %d", 2, i)
        tf.logging.log_every_n(tf.logging.INFO, "every %d", 2, i)
        tf.logging.log_if(tf.logging.INFO, "if %d", i == 3, i)
    shown = [r.getMessage() for r in caplog.records]
    assert shown == ["first 0", "every 0", "first 1", "every 2", "if 3", "every 4"]


def test_messages_go_to_the_standard_error_where_nobody_else_takes_them(capsys, monkeypatch):
    logger = logging.getLogger("kerasflow")
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "handlers", [])
    tf.logging.warning("look out")
    tf.logging.flush()
    assert capsys.readouterr().err == "WARNING:kerasflow:look out\n"
