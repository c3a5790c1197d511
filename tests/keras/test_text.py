"""Words as numbers, against the tokenizer of TensorFlow 1.15."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from tests.golden.tokenizer_programs import SETTINGS, TEXTS, described

GOLDEN = json.loads(Path(__file__).parents[1].joinpath("golden", "tokenizer.json").read_text(encoding="utf-8"))
text = tf.keras.preprocessing.text


@pytest.mark.parametrize("name", SETTINGS)
def test_what_tensorflow_makes_of_texts(name):
    found, wanted = described(text.Tokenizer(**SETTINGS[name])), GOLDEN[name]
    assert found.keys() == wanted.keys()
    for mode in ("binary", "count", "freq", "tfidf"):
        np.testing.assert_allclose(found.pop(mode), wanted[mode], rtol=1e-12)
    assert found == {k: wanted[k] for k in found}


def test_words():
    assert [text.text_to_word_sequence(t) for t in TEXTS] == GOLDEN["words"]


def test_texts_that_are_lists_of_words():
    tokenizer = text.Tokenizer()
    tokenizer.fit_on_texts([["A", "b"], ["b", "c"]])
    assert tokenizer.word_index == {"b": 1, "a": 2, "c": 3}
    assert tokenizer.texts_to_sequences([["B", "x"]]) == [[1]]


def test_words_that_carry_the_name_of_the_unknown_have_one_number():
    tokenizer = text.Tokenizer(oov_token="a")
    tokenizer.fit_on_texts(["a b b a a"])
    assert tokenizer.word_index == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("call", "error", "what"),
    [
        (lambda t: t.fit_on_texts("one text"), TypeError, "Expected a list of texts, got one text, 'one text'"),
        (lambda t: t.sequences_to_matrix([[1]], mode="tf"), ValueError, "mode must be one of binary, .* got 'tf'"),
        (lambda t: t.sequences_to_matrix([[1]]), ValueError, "pass num_words, or call fit_on_texts before"),
        (lambda t: text.Tokenizer(3).sequences_to_matrix([[1]], "tfidf"), ValueError, "No texts were seen"),
    ],
)
def test_mistakes(call, error, what):
    with pytest.raises(error, match=what):
        call(text.Tokenizer())
