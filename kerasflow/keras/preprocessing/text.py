"""`tf.keras.preprocessing.text`: words of texts as numbers, as programs for Keras 2 make them.

Keras 3 has `TextVectorization` for this, a layer that is part of the model and of its files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["Tokenizer", "text_to_word_sequence"]

_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
_MODES = ("binary", "count", "freq", "tfidf")


def text_to_word_sequence(text: str, filters: str = _FILTERS, lower: bool = True, split: str = " ") -> list[str]:
    """The words of a text.

    Args:
        text: the text.
        filters: characters that are taken for `split`.
        lower: whether words become lower case.
        split: what is between words.

    >>> tf.keras.preprocessing.text.text_to_word_sequence("To be, or not to be.")
    ['to', 'be', 'or', 'not', 'to', 'be']
    """
    text = text.lower() if lower else text
    return [word for word in text.translate(str.maketrans(dict.fromkeys(filters, split))).split(split) if word]


class Tokenizer:
    """Numbers for words: 1 for the most frequent one, 2 for the next; 0 is left for padding.

    Args:
        num_words: only numbers below this are given to words of texts; None for all.
        filters, lower, split: how texts are taken apart, see `text_to_word_sequence`.
        char_level: whether characters are numbered instead of words.
        oov_token: a word that stands for all that have no number, and gets number 1; None leaves them out.

    Attributes:
        word_index, index_word: from words to numbers, and back.
        word_counts: how often each word was seen, word_docs: in how many texts; `index_docs`: the same by number.
        document_count: how many texts were seen.

    >>> tokenizer = tf.keras.preprocessing.text.Tokenizer(oov_token="?")
    >>> tokenizer.fit_on_texts(["the cat sat", "the dog"])
    >>> tokenizer.word_index
    {'?': 1, 'the': 2, 'cat': 3, 'sat': 4, 'dog': 5}
    >>> tokenizer.texts_to_sequences(["The dog barks!"])
    [[2, 5, 1]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = _FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
    ) -> None:
        self.num_words, self.oov_token = num_words, oov_token
        self.filters, self.lower, self.split, self.char_level = filters, lower, split, char_level
        self.word_counts: Counter[str] = Counter()
        self.word_docs: Counter[str] = Counter()
        self.index_docs: Counter[int] = Counter()
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}
        self.document_count = 0

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Number the words of these texts, and of those seen before; a text is a string, or a list of words."""
        if isinstance(texts, str):
            raise TypeError(f"Expected a list of texts, got one text, {texts[:20]!r}.")
        for text in texts:
            words = self._words(text)
            self.document_count += 1
            self.word_counts.update(words)
            self.word_docs.update(set(words))
        known = [word for word, _ in self.word_counts.most_common()]
        ranked = known if self.oov_token is None else [self.oov_token, *(w for w in known if w != self.oov_token)]
        self.word_index = {word: number for number, word in enumerate(ranked, 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        self.index_docs = Counter({self.word_index[word]: count for word, count in self.word_docs.items()})

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """The numbers of the words of each text."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """The numbers of the words of one text after the other."""
        unknown = None if self.oov_token is None else self.word_index.get(self.oov_token)
        for text in texts:
            numbers = (self.word_index.get(word) for word in self._words(text))
            kept = (unknown if n is None or self.num_words and n >= self.num_words else n for n in numbers)
            yield [n for n in kept if n is not None]

    def sequences_to_texts(self, sequences: Iterable[Sequence[int]]) -> list[str]:
        """The words that the numbers stand for, with a space between; numbers of no word are left out."""
        limit = self.num_words
        texts = []
        for sequence in sequences:
            words = [
                self.oov_token if limit and n >= limit else self.index_word.get(n, self.oov_token) for n in sequence
            ]
            texts.append(" ".join(word for word in words if word is not None))
        return texts

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray[Any, Any]:
        """A row for each text, see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences: Sequence[Sequence[int]], mode: str = "binary") -> np.ndarray[Any, Any]:
        """A row for each sequence, with a column for each number.

        Args:
            sequences: lists of numbers.
            mode: what is in the columns: "binary" 1 where the number is there; "count" how often c it is; "freq" its
                share of the sequence; "tfidf" ``(1 + ln c) ln(1 + D / (1 + d))``, with D texts seen and d of them with
                the word.

        Raises:
            ValueError: the mode is not known; or nothing says how many columns there are.

        >>> tokenizer = tf.keras.preprocessing.text.Tokenizer(num_words=4)
        >>> tokenizer.sequences_to_matrix([[1, 3, 3]], mode="count")
        array([[0., 1., 0., 2.]])
        """
        if mode not in _MODES:
            raise ValueError(f"mode must be one of {', '.join(_MODES)}; got {mode!r}.")
        width = self.num_words or len(self.word_index) + 1
        if width == 1:
            raise ValueError("Nothing says how many words there are: pass num_words, or call fit_on_texts before.")
        if mode == "tfidf" and not self.document_count:
            raise ValueError("No texts were seen that tell how rare words are: call fit_on_texts before.")
        matrix = np.zeros((len(sequences), width))
        for row, sequence in zip(matrix, sequences, strict=True):
            for number, count in Counter(n for n in sequence if n < width).items():
                row[number] = self._entry(mode, number, count, len(sequence))
        return matrix

    def _entry(self, mode: str, number: int, count: int, length: int) -> float:
        if mode == "tfidf":
            rarity = np.log(1 + self.document_count / (1 + self.index_docs[number]))
            return float((1 + np.log(count)) * rarity)
        return {"binary": 1.0, "count": float(count), "freq": count / length}[mode]

    def _words(self, text: Any) -> Sequence[str]:
        if self.char_level or not isinstance(text, str):
            return [item.lower() if self.lower else item for item in text]
        return text_to_word_sequence(text, self.filters, self.lower, self.split)
