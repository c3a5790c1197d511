"""`tf.contrib.learn.preprocessing`: words and bytes of texts as whole numbers."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from kerasflow.io.files import atomic_path

__all__ = ["ByteProcessor", "CategoricalVocabulary", "VocabularyProcessor", "tokenizer"]

# Capitals that are no beginning of a word, a word before the next capital, or anything made of letters and digits.
_TOKEN = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[-'\w]+")
_FORMAT = "kerasflow vocabulary"


def tokenizer(iterator: Iterable[str]) -> Iterator[list[str]]:
    """The words of each text.

    >>> list(tf.contrib.learn.preprocessing.tokenizer(["Don't stop, it's 3 o'clock."]))
    [["Don't", 'stop', "it's", '3', "o'clock"]]
    """
    for text in iterator:
        yield _TOKEN.findall(text)


class CategoricalVocabulary:
    """Categories as numbers from 1 on, in the order they come in; 0 is what is not known.

    Args:
        unknown_token: what stands for 0.
        support_reverse: whether numbers can be turned back.

    >>> vocabulary = tf.contrib.learn.preprocessing.CategoricalVocabulary()
    >>> [vocabulary.get(word) for word in ["b", "a", "b"]]
    [1, 2, 1]
    """

    def __init__(self, unknown_token: Any = "<UNK>", support_reverse: bool = True) -> None:
        self._unknown, self._reverses = unknown_token, support_reverse
        self._mapping: dict[Any, int] = {unknown_token: 0}
        self._counts: Counter[Any] = Counter()
        self._names = [unknown_token]
        self._frozen = False

    def __len__(self) -> int:
        return len(self._mapping)

    def freeze(self, freeze: bool = True) -> None:
        """Whether new categories are unknown from now on."""
        self._frozen = freeze

    def get(self, category: Any) -> int:
        """The number of a category; a new one gets the next, unless the vocabulary is frozen."""
        if category not in self._mapping:
            if self._frozen:
                return 0
            self._mapping[category] = len(self._mapping)
            self._names.append(category)
        return self._mapping[category]

    def add(self, category: Any, count: int = 1) -> None:
        """Count a category, unless it is unknown."""
        if self.get(category) > 0:
            self._counts[category] += count

    def trim(self, min_frequency: int, max_frequency: int = -1) -> None:
        """Keep what was counted more often than `min_frequency`, and less often than `max_frequency` if it is positive.

        What is kept is numbered anew: what is more frequent first, else in the order of the texts.
        """
        ranked = sorted(sorted(self._counts.items()), key=lambda pair: pair[1], reverse=True)
        kept = [(name, n) for name, n in ranked if n > min_frequency and (max_frequency <= 0 or n < max_frequency)]
        self._counts = Counter(dict(kept))
        self._names = [self._unknown, *[name for name, _ in kept]]
        self._mapping = {name: number for number, name in enumerate(self._names)}

    def reverse(self, class_id: int) -> Any:
        """The category of a number. ValueError: `support_reverse` is False, or there is no such number."""
        if not self._reverses:
            raise ValueError("This vocabulary wasn't initialized with support_reverse to support reverse() function.")
        if not 0 <= class_id < len(self._names):
            raise ValueError(f"There is no category {class_id}: the vocabulary has {len(self._names)}.")
        return self._names[class_id]


class VocabularyProcessor:
    """Texts as rows of the numbers of their words, of one length: cut off, or filled with 0.

    Args:
        max_document_length: how many words a row has.
        min_frequency: words that come no more often than this are unknown, if it is positive.
        vocabulary: a `CategoricalVocabulary`, by default a new one.
        tokenizer_fn: gives the words of each text, by default `tokenizer`.

    >>> processor = tf.contrib.learn.preprocessing.VocabularyProcessor(4)
    >>> np.array(list(processor.fit_transform(["the cat sat", "on the mat the cat sat"])))
    array([[1, 2, 3, 0],
           [4, 1, 5, 1]])
    """

    def __init__(
        self,
        max_document_length: int,
        min_frequency: int = 0,
        vocabulary: CategoricalVocabulary | None = None,
        tokenizer_fn: Callable[[Iterable[str]], Iterable[Any]] | None = None,
    ) -> None:
        self.max_document_length, self.min_frequency = max_document_length, min_frequency
        self.vocabulary_ = vocabulary or CategoricalVocabulary()
        self._tokenizer = tokenizer_fn or tokenizer

    def fit(self, raw_documents: Iterable[str], unused_y: Any = None) -> VocabularyProcessor:
        """Learn the words of texts; later ones are unknown."""
        for words in self._tokenizer(raw_documents):
            for word in words:
                self.vocabulary_.add(word)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(self, raw_documents: Iterable[str], unused_y: Any = None) -> Iterator[Any]:
        """Learn the words of texts, and give these as rows."""
        texts = list(raw_documents)
        return self.fit(texts).transform(texts)

    def transform(self, raw_documents: Iterable[str]) -> Iterator[Any]:
        """A row of int64 for each text."""
        for words in self._tokenizer(raw_documents):
            row = np.zeros(self.max_document_length, np.int64)
            for place, word in zip(range(len(row)), words, strict=False):
                row[place] = self.vocabulary_.get(word)
            yield row

    def reverse(self, documents: Iterable[Iterable[int]]) -> Iterator[str]:
        """The words of each row, with spaces between. ValueError: there is no such number."""
        for row in documents:
            yield " ".join(self.vocabulary_.reverse(number) for number in row)

    def save(self, filename: str | os.PathLike[str]) -> None:
        """Write the vocabulary into a file, as JSON. TypeError: its words are no texts."""
        words = self.vocabulary_._names
        if not all(isinstance(word, str) for word in words):
            raise TypeError("Only a vocabulary of texts can be saved.")
        kept = {
            "format": _FORMAT,
            "max_document_length": self.max_document_length,
            "min_frequency": self.min_frequency,
            "own_tokenizer": self._tokenizer is not tokenizer,
            "words": words,
        }
        with atomic_path(filename) as temporary:
            temporary.write_text(json.dumps(kept), encoding="utf-8")

    @classmethod
    def restore(
        cls,
        filename: str | os.PathLike[str],
        tokenizer_fn: Callable[[Iterable[str]], Iterable[Any]] | None = None,
    ) -> VocabularyProcessor:
        """What `save` wrote.

        Args:
            filename: the file.
            tokenizer_fn: that of the processor that was saved, if it was one of the program's own.

        Raises:
            ValueError: the file is another one, as that of TensorFlow, which is a pickle and could run code; or a
                tokenizer is needed and not given.
        """
        kept = _read(filename)
        if kept["own_tokenizer"] and tokenizer_fn is None:
            raise ValueError(f"{os.fspath(filename)}: this was saved with a tokenizer of its own: give tokenizer_fn.")
        unknown, *words = kept["words"]
        vocabulary = CategoricalVocabulary(unknown)
        for word in words:
            vocabulary.get(word)
        vocabulary.freeze()
        return cls(kept["max_document_length"], kept["min_frequency"], vocabulary, tokenizer_fn)


def _read(filename: str | os.PathLike[str]) -> Mapping[str, Any]:
    """What is in a file of `VocabularyProcessor.save`. ValueError if it is none."""
    with open(filename, "rb") as file:
        octets = file.read()
    try:
        kept = json.loads(octets)
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or kept.get("format") != _FORMAT:
        raise ValueError(
            f"{os.fspath(filename)}: this is no vocabulary of VocabularyProcessor.save. TensorFlow's are pickles, "
            "which could run code, and are not read."
        )
    return kept


class ByteProcessor:
    """Texts as rows of their UTF-8 bytes, of one length: cut off, or filled with 0.

    Args:
        max_document_length: how many bytes a row has.

    >>> np.array(list(tf.contrib.learn.preprocessing.ByteProcessor(4).transform(["abc", "Zürich"])))
    array([[ 97,  98,  99,   0],
           [ 90, 195, 188, 114]], dtype=uint8)
    """

    def __init__(self, max_document_length: int) -> None:
        self.max_document_length = max_document_length

    def fit(self, x: Any) -> ByteProcessor:
        """Nothing is learned."""
        return self

    def fit_transform(self, x: Iterable[str]) -> Iterator[Any]:
        """The same as `transform`."""
        return self.transform(x)

    def transform(self, x: Iterable[str | bytes]) -> Iterator[Any]:
        """A row of uint8 for each text."""
        for text in x:
            octets = text.encode() if isinstance(text, str) else text
            row = np.zeros(self.max_document_length, np.uint8)
            cut = np.frombuffer(octets[: len(row)], np.uint8)
            row[: len(cut)] = cut
            yield row

    def reverse(self, x: Iterable[Any]) -> Iterator[str]:
        """The text of each row, without the zeros. What is no UTF-8 becomes replacement characters."""
        for row in x:
            yield bytes(int(n) for n in row if n).decode(errors="replace")
