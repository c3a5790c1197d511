"""Texts as the places of their words in a vocabulary."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.layers.preprocessing.base import Array, Preprocessing, as_texts, outside
from kerasflow.layers.preprocessing.encoding import refuse_sparse
from kerasflow.layers.preprocessing.lookups import StringLookup
from kerasflow.utils.registry import get_registered_name, get_registered_object

__all__ = ["TextVectorization"]

_MARKS = re.compile(rb"[!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']")
_STANDARDS = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
_SPLITS = ("whitespace", "character")


class TextVectorization(Preprocessing):
    """Texts as the places of their words in a vocabulary, which is given, or learnt by `adapt`.

    Each text is brought to a standard form, split into words, and these perhaps joined to sequences of several; the
    places are those of `StringLookup`, with 0 for no word and 1 for an unknown one.

    Args:
        max_tokens: how many places there may be; None for any number.
        standardize: ``"lower_and_strip_punctuation"``, ``"lower"`` or ``"strip_punctuation"``, of ASCII; None for
            nothing; or a function from an array of texts to one.
        split: ``"whitespace"``, ``"character"``, None for texts that are words; or a function from an array of texts to
            a list of lists of words.
        ngrams: the longest sequence of words that counts as one, or a tuple of lengths; None for words alone.
        output_mode: ``"int"`` for the places; ``"multi_hot"``, ``"count"`` and ``"tf_idf"`` for a vector for each text,
            as for `StringLookup`.
        output_sequence_length: for ``"int"``, how many places each text has, with 0 at the end of short ones; by
            default as many as the longest text of a batch has.
        pad_to_max_tokens, vocabulary, idf_weights, encoding: as for `StringLookup`.
        sparse, ragged: must be False.

    Raises:
        ValueError: an argument is out of its range, or the inputs are no texts, or several in a row.

    >>> layer = tf.keras.layers.TextVectorization(output_sequence_length=4)
    >>> layer.adapt(["the cat sat", "the dog"])
    >>> layer.get_vocabulary()
    ['', '[UNK]', 'the', 'sat', 'dog', 'cat']
    >>> layer.transform(["The bird sat!"])
    array([[2, 1, 3, 0]])
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: int | tuple[int, ...] | None = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        vocabulary_size: int | None = None,
        has_input_vocabulary: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        refuse_sparse(self, sparse)
        self._check(not ragged, "ragged=False: its output is dense")
        self.standardize = self._step(standardize, _STANDARDS, "standardize")
        self.split = self._step(split, _SPLITS, "split")
        self.ngrams = tuple(ngrams) if isinstance(ngrams, (list, tuple)) else ngrams
        widths = (self.ngrams,) if isinstance(ngrams, int) else self.ngrams or ()
        self._check(all(isinstance(n, int) and n > 0 for n in widths), f"positive lengths as ngrams, got {ngrams!r}")
        self._widths = tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else self.ngrams
        self.encoding = encoding
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            pad_to_max_tokens=pad_to_max_tokens,
            mask_token="",
            output_mode=output_mode,
            encoding=encoding,
            name=f"{self.name}_lookup",
            vocabulary_size=vocabulary_size if vocabulary is None else None,
            has_input_vocabulary=has_input_vocabulary,
        )
        self.output_mode = self._lookup_layer.output_mode
        self.output_sequence_length = output_sequence_length
        self._check(
            output_sequence_length is None or self.output_mode == "int",
            "output_mode='int' if there is an output_sequence_length",
        )

    def _check(self, good: bool, needed: str) -> None:
        if not good:
            raise ValueError(f"TextVectorization needs {needed}.")

    def _step(self, value: Any, names: tuple[str, ...], what: str) -> Any:
        self._check(
            value is None or value in names or callable(value),
            f"one of {', '.join(names)}, a function or None as {what}, got {value!r}",
        )
        return value

    # From texts to words.

    def as_input(self, value: Any) -> Array:
        """`value` as an array of texts."""
        return as_texts(value, f"layer {self.name!r}")

    def words_of(self, texts: Array) -> list[list[bytes]]:
        """The words, and the sequences of words, of each text."""
        if callable(self.standardize):
            texts = self.as_input(self.standardize(self._as_str(texts)))
        if self.split is None:
            rows = [row.reshape(-1).tolist() for row in (texts if texts.ndim > 1 else texts[:, None])]
            rows = [[self._standard(word) for word in row] for row in rows]
        else:
            self._check(
                texts.ndim == 1 or texts.shape[1:] == (1,), f"one text for each sample, got the shape {texts.shape}"
            )
            flat = texts.reshape(-1)
            if callable(self.split):
                standard = np.array([self._standard(t) for t in flat.tolist()], object)
                rows = [as_texts(list(row), "the words").tolist() for row in self.split(self._as_str(standard))]
            else:
                rows = [self._split(self._standard(t)) for t in flat.tolist()]
        return rows if self._widths is None else [list(_sequences(row, self._widths)) for row in rows]

    def _as_str(self, texts: Array) -> Array:
        decoded = [t.decode(self.encoding) for t in texts.reshape(-1).tolist()]
        return np.array(decoded, np.str_ if decoded else "U1").reshape(texts.shape)

    def _standard(self, text: bytes) -> bytes:
        if callable(self.standardize) or self.standardize is None:
            return text
        if "lower" in self.standardize:
            text = text.lower()
        return _MARKS.sub(b"", text) if "strip" in self.standardize else text

    def _split(self, text: bytes) -> list[bytes]:
        if self.split == "whitespace":
            return text.split()
        return [c.encode() for c in text.decode("utf-8", "replace")]

    # From words to places.

    def call(self, inputs: Any) -> Any:
        """The places of the words, or a vector for each text."""
        if self.output_mode == "int":
            return outside(self._padded, inputs, types.int64, (self.output_sequence_length,))
        depth = self._lookup_layer.depth
        return outside(lambda texts: self._vectors(texts, depth), inputs, types.float32, (depth,))

    def _padded(self, texts: Array) -> Array:
        rows = self.words_of(texts)
        length = self.output_sequence_length
        width = max(map(len, rows), default=0) if length is None else length
        out = np.zeros((len(rows), width), np.int64)
        for i, row in enumerate(rows):
            out[i, : len(row)] = self._lookup_layer.places_of(np.array(row[:width], object))
        return out

    def _vectors(self, texts: Array, depth: int) -> Array:
        rows = self.words_of(texts)
        out = np.zeros((len(rows), depth), np.float32)
        for i, row in enumerate(rows):
            places = self._lookup_layer.places_of(np.array(row, object))
            np.add.at(out[i], places[(places >= 0) & (places < depth)], 1.0)
        if self.output_mode == "multi_hot":
            return np.minimum(out, 1.0)
        return out * self._lookup_layer.weights_of_terms if self.output_mode == "tf_idf" else out

    # Adapting and keeping, which the lookup does.

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learn the words of `data`, the most frequent first; `Preprocessing.adapt` says of what kinds these are.

        Args:
            data: the texts.
            batch_size: taken for compatibility, not used.
            steps: how many batches to take, by default all.

        Raises:
            ValueError: the vocabulary was given.
        """
        self._lookup_layer._check(not self._lookup_layer._given, "no data: it was given its vocabulary")
        super().adapt(data, steps)

    def reset_state(self) -> None:
        """Forget what was counted."""
        self._lookup_layer.reset_state()

    def update_state(self, data: Array) -> None:
        """Count the words of a batch of texts."""
        self._lookup_layer.update_state(self.words_of(data))

    def finalize_state(self) -> None:
        """Make the most frequent words the vocabulary."""
        self._lookup_layer.finalize_state()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The words in the order of their places; with the tokens before them, or without."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """The number of places, those of the tokens among them."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Let these be the words; see `StringLookup.set_vocabulary`."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    def assets(self) -> dict[str, str]:
        """The files that a saved model has for this layer, by name."""
        return self._lookup_layer.assets()

    def set_assets(self, files: Mapping[str, str]) -> None:
        """Take the words from the files of a saved model."""
        self._lookup_layer.set_assets(files)

    def own_arrays(self) -> dict[str, Array]:
        """The arrays that a saved model has for this layer beside its weights, by name."""
        return self._lookup_layer.own_arrays()

    def set_own_arrays(self, arrays: Mapping[str, Array]) -> None:
        """Take the arrays of a saved model."""
        self._lookup_layer.set_own_arrays(arrays)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one, functions by their names; not the words that were learnt."""
        inner = self._lookup_layer.get_config()
        shared = ("max_tokens", "pad_to_max_tokens", "vocabulary", "idf_weights")
        steps = {name: _saved(getattr(self, name)) for name in ("standardize", "split")}
        own = {name: getattr(self, name) for name in ("ngrams", "output_mode", "output_sequence_length", "encoding")}
        return {
            **super().get_config(),
            **{name: inner[name] for name in shared},
            **steps,
            **own,
            "sparse": False,
            "ragged": False,
            "vocabulary_size": self.vocabulary_size(),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> TextVectorization:
        """A layer from what `get_config` gave. ValueError if a function of it is not known by its name."""
        return cls(**{**config, **{name: _found(config.get(name), name) for name in ("standardize", "split")}})


def _sequences(words: list[bytes], widths: tuple[int, ...]) -> Iterator[bytes]:
    for width in widths:
        for start in range(len(words) - width + 1):
            yield b" ".join(words[start : start + width])


def _saved(step: Any) -> Any:
    if not callable(step):
        return step
    name = getattr(step, "__name__", "<lambda>")
    if name == "<lambda>":
        raise ValueError("A TextVectorization whose function has no name cannot be saved: define it with def.")
    full = get_registered_name(step)
    return {"module": "builtins", "class_name": "function", "config": full, "registered_name": "function"}


def _found(saved: Any, role: str) -> Callable[..., Any] | str | None:
    if not isinstance(saved, Mapping):
        return saved
    name = saved.get("config")
    found = get_registered_object(name) if isinstance(name, str) else None
    if not callable(found):
        raise ValueError(
            f"The function {role} of a TextVectorization, {name!r}, is not known: pass custom_objects, or register it."
        )
    return found
