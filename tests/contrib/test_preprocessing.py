"""Words as numbers: as TensorFlow 1.15.5 numbers them."""

import pickle

import numpy as np
import pytest

import kerasflow as tf

P = tf.contrib.learn.preprocessing
TEXTS = ["the cat sat on the mat", "a dog , sat !", "I can't don't it's", "the The THE 3.5 x_y", ""]


def rows(processor, texts):
    return np.array(list(processor.transform(texts))).tolist()


def test_words_are_numbered_in_their_order():
    processor = P.VocabularyProcessor(6)
    found = np.array(list(processor.fit_transform(iter(TEXTS))))
    assert found.dtype == np.int64 and found.tolist() == [
        [1, 2, 3, 4, 1, 5], [6, 7, 3, 0, 0, 0], [8, 9, 10, 11, 0, 0], [1, 12, 13, 14, 15, 16], [0] * 6,
    ]  # fmt: skip
    assert len(processor.vocabulary_) == 17
    assert rows(processor, ["the zebra sat on a cat mat now"]) == [[1, 0, 3, 4, 6, 2]]
    assert list(processor.reverse([[1, 2, 0, 3]])) == ["the cat <UNK> sat"]
    with pytest.raises(ValueError, match="no category 17: the vocabulary has 17"):
        list(processor.reverse([[17]]))


def test_rare_words_are_unknown():
    processor = P.VocabularyProcessor(4, min_frequency=1)
    assert np.array(list(processor.fit_transform(TEXTS))).tolist() == [
        [1, 0, 2, 0], [0, 0, 2, 0], [0] * 4, [1, 0, 0, 0], [0] * 4,
    ]  # fmt: skip
    vocabulary = P.CategoricalVocabulary()
    for name, count in (("d", 2), ("b", 5), ("a", 5), ("c", 9), ("e", 1)):
        vocabulary.add(name, count)
    vocabulary.trim(1, 9)
    assert [vocabulary.reverse(n) for n in range(len(vocabulary))] == ["<UNK>", "a", "b", "d"]
    vocabulary.freeze()
    assert (vocabulary.get("c"), vocabulary.get("a")) == (0, 1)
    with pytest.raises(ValueError, match="support_reverse"):
        P.CategoricalVocabulary(support_reverse=False).reverse(0)


def test_a_tokenizer_of_ones_own_and_words_in_capitals():
    processor = P.VocabularyProcessor(4, tokenizer_fn=lambda texts: (list(text) for text in texts))
    assert np.array(list(processor.fit_transform(["abc", "cabcc"]))).tolist() == [[1, 2, 3, 0], [3, 1, 2, 3]]
    assert list(P.tokenizer(["HTTPServer fooBar USA, e-mail"])) == [["HTTP", "Server", "fooBar", "USA", "e-mail"]]


def test_vocabularies_in_files(tmp_path):
    path = tmp_path / "vocabulary"
    processor = P.VocabularyProcessor(6).fit(TEXTS)
    processor.save(path)
    again = P.VocabularyProcessor.restore(path)
    assert rows(again, [*TEXTS, "zebra cat"]) == rows(processor, [*TEXTS, "zebra cat"])
    P.VocabularyProcessor(6, tokenizer_fn=lambda texts: map(list, texts)).fit(["ab"]).save(path)
    with pytest.raises(ValueError, match="give tokenizer_fn"):
        P.VocabularyProcessor.restore(path)
    assert rows(P.VocabularyProcessor.restore(path, lambda texts: map(list, texts)), ["bac"]) == [[2, 1, 0, 0, 0, 0]]
    path.write_bytes(pickle.dumps(["a"]))
    with pytest.raises(ValueError, match="pickles, which could run code"):
        P.VocabularyProcessor.restore(path)
    with pytest.raises(TypeError, match="vocabulary of texts"):
        P.VocabularyProcessor(2, tokenizer_fn=lambda texts: [[1, 2]]).fit(["x"]).save(path)


def test_bytes_of_texts():
    processor = P.ByteProcessor(5)
    found = np.array(list(processor.fit(None).fit_transform(["abc", "défgh"])))
    assert found.tolist() == [[97, 98, 99, 0, 0], [100, 195, 169, 102, 103]]
    assert list(processor.reverse(found)) == ["abc", "défg"]
