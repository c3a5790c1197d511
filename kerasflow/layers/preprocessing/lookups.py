"""Words and whole numbers as places in a vocabulary."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.layers.preprocessing.base import Array, as_numbers, as_texts
from kerasflow.layers.preprocessing.encoding import refuse_sparse
from kerasflow.layers.preprocessing.index import IndexLookup

__all__ = ["IntegerLookup", "StringLookup"]


class StringLookup(IndexLookup):
    """The place of each word in a vocabulary, which is given, or learnt by `adapt`: the most frequent words first.

    Args:
        max_tokens: how many places there may be, those of the tokens among them; None for any number.
        num_oov_indices: how many places there are for words that are not known; with several, a hash chooses.
        mask_token: the word for "no word": its place is 0, and it leaves no trace where places are encoded.
        oov_token: what stands for a word that is not known where places become words.
        vocabulary: the words, in a list or an array; not a file.
        idf_weights: for ``"tf_idf"``, what each of these words weighs.
        invert: whether places become words.
        output_mode: ``"int"`` for the places; ``"one_hot"``, ``"multi_hot"`` and ``"count"`` as for `CategoryEncoding`;
            ``"tf_idf"`` for counts times ``log(1 + documents / (1 + documents with the word))``, where each row that
            `adapt` saw is a document.
        pad_to_max_tokens: whether vectors have `max_tokens` places, also if there are fewer words.
        sparse: must be False: the vectors have all their places.
        encoding: of the words, as Python calls it.
        salt: one or two numbers that key the hash.

    Raises:
        ValueError: an argument is out of its range; in a run: a word is not known and has no place. RuntimeError: there
            is no vocabulary when the length of the vectors must be known.

    >>> layer = tf.keras.layers.StringLookup()
    >>> layer.adapt(["a", "b", "b"])
    >>> layer.get_vocabulary(), layer.transform([["b", "z"]])
    (['[UNK]', 'b', 'a'], array([[1, 0]]))
    """

    terms_are_texts = True

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str | None = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        oov_method: str = "floormod",
        vocabulary_size: int | None = None,
        has_input_vocabulary: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        refuse_sparse(self, sparse)
        self.encoding = encoding
        self.keep_lookup(
            max_tokens, num_oov_indices, mask_token, oov_token, invert, output_mode, pad_to_max_tokens, oov_method, salt
        )
        self.keep_vocabulary(vocabulary, idf_weights, vocabulary_size, has_input_vocabulary)

    def as_input(self, value: Any) -> Array:
        """`value` as an array of texts, or of places."""
        what = f"layer {self.name!r}"
        return as_numbers(value, np.int64, what) if self.invert else as_texts(value, what)

    def term(self, value: Any) -> bytes:
        """A word as bytes."""
        if not isinstance(value, (str, bytes)):
            raise ValueError(f"{type(self).__name__} needs texts as terms, got {value!r}.")
        return value.encode(self.encoding) if isinstance(value, str) else bytes(value)

    def shown(self, term: Any) -> str:
        """A word as text."""
        return term.decode(self.encoding) if isinstance(term, bytes) else str(term)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one. Words that were learnt are not among them; see `assets`."""
        config = {**super().get_config(), "encoding": self.encoding}
        words = config["vocabulary"]
        config["vocabulary"] = None if words is None else [self.shown(w) for w in words]
        return config


class IntegerLookup(IndexLookup):
    """The place of each whole number in a vocabulary, which is given, or learnt by `adapt`.

    Args:
        max_tokens, num_oov_indices, vocabulary, idf_weights, invert, output_mode, sparse, pad_to_max_tokens, salt: as
            for `StringLookup`.
        mask_token: the number for "none".
        oov_token: what stands for a number that is not known where places become numbers.
        vocabulary_dtype: must be "int64".
        oov_method: what chooses among several places for numbers that are not known: ``"floormod"`` the remainder,
            ``"farmhash"`` a hash.

    Raises:
        ValueError, RuntimeError: as for `StringLookup`.

    >>> layer = tf.keras.layers.IntegerLookup(vocabulary=[12, 36, 42])
    >>> layer.transform([[12, 42], [7, 36]])
    array([[1, 3],
           [0, 2]])
    """

    terms_are_texts = False

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int | None = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        vocabulary_size: int | None = None,
        has_input_vocabulary: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        refuse_sparse(self, sparse)
        if vocabulary_dtype != "int64":
            raise ValueError(f"IntegerLookup keeps int64, got vocabulary_dtype={vocabulary_dtype!r}.")
        self.vocabulary_dtype = vocabulary_dtype
        self.keep_lookup(
            max_tokens, num_oov_indices, mask_token, oov_token, invert, output_mode, pad_to_max_tokens, oov_method, salt
        )
        self.keep_vocabulary(vocabulary, idf_weights, vocabulary_size, has_input_vocabulary)

    def as_input(self, value: Any) -> Array:
        """`value` as an array of whole numbers."""
        return as_numbers(value, np.int64, f"layer {self.name!r}")

    def call(self, inputs: Any) -> Any:
        """The places of the numbers, or what they are encoded as; the numbers at these places if `invert`."""
        if not inputs.dtype.is_integer:
            raise TypeError(f"IntegerLookup layer {self.name!r} takes whole numbers, got {inputs.dtype.name}.")
        return super().call(inputs)

    def term(self, value: Any) -> int:
        """A number as an int."""
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            raise ValueError(f"{type(self).__name__} needs whole numbers as terms, got {value!r}.")
        return int(value)

    def shown(self, term: Any) -> int:
        """A number as it is."""
        return int(term)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one. Numbers that were learnt are not among them; see `assets`."""
        return {**super().get_config(), "vocabulary_dtype": self.vocabulary_dtype}
