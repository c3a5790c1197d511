"""`IndexLookup`: a vocabulary, learnt or given, and the place of each term in it.

The first places are taken: by the mask token, if there is one, and by the tokens for terms that are not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops, types
from kerasflow.core.described import Factors, Table
from kerasflow.core.fingerprint import farm, sip
from kerasflow.layers.preprocessing.base import Array, Preprocessing, outside
from kerasflow.layers.preprocessing.encoding import encoded, mode_of
from kerasflow.layers.preprocessing.hashing import salt_of
from kerasflow.layers.weighted import one_of

__all__ = ["IndexLookup"]

_LEFT_OUT = -1  # a place that leaves no trace where places are encoded


class IndexLookup(Preprocessing):
    """What the lookup of words and that of whole numbers have in common. A term is bytes or an int."""

    terms_are_texts = True
    _untracked = frozenset({"_terms", "_places", "input_vocabulary", "input_idf_weights", "salt"})

    def keep_lookup(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        invert: bool,
        output_mode: str,
        pad_to_max_tokens: bool,
        oov_method: str,
        salt: Any,
    ) -> None:
        """Check and keep the arguments that such layers share."""
        self._check(max_tokens is None or max_tokens > 1, f"max_tokens above 1, got {max_tokens!r}")
        self._check(max_tokens is not None or not pad_to_max_tokens, "max_tokens if pad_to_max_tokens is true")
        self._check(num_oov_indices >= 0, f"num_oov_indices of at least 0, got {num_oov_indices!r}")
        self.max_tokens = max_tokens
        self.num_oov_indices = num_oov_indices
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.invert = invert
        self.output_mode = mode_of(self, output_mode)
        self._check(not invert or self.output_mode == "int", "output_mode='int' if invert is true")
        self.pad_to_max_tokens = pad_to_max_tokens
        self.oov_method = one_of(self, oov_method, ("floormod", "farmhash"), "oov_method")
        self.salt = salt_of(self, salt)
        plain = self.terms_are_texts or self.salt is None or self.oov_method == "farmhash"
        self._check(plain, "oov_method='farmhash' if there is a salt")
        self._terms: list[Any] = []
        self._places = self._with_mask({})
        self._frozen_size: int | None = None
        self.idf_weights: Array | None = None
        self._counts: Counter[Any] = Counter()
        self._documents: Counter[Any] = Counter()
        self._document_count = 0

    def _check(self, good: bool, needed: str) -> None:
        if not good:
            raise ValueError(f"{type(self).__name__} needs {needed}.")

    def keep_vocabulary(self, vocabulary: Any, idf_weights: Any, vocabulary_size: int | None, given: bool) -> None:
        """Take the vocabulary that the constructor was given, if it was."""
        self._check(
            not isinstance(vocabulary, (str, bytes)),
            "the terms of a vocabulary, not a file: read it, and pass the list of its lines",
        )
        self._check(
            idf_weights is None or self.output_mode == "tf_idf", "output_mode='tf_idf' if idf_weights are given"
        )
        self.input_vocabulary = vocabulary
        self.input_idf_weights = idf_weights
        self._given = given or vocabulary is not None
        self._frozen_size = vocabulary_size
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    # The vocabulary.

    def term(self, value: Any) -> Any:
        """A term as it is kept."""
        raise NotImplementedError

    def shown(self, term: Any) -> Any:
        """A term as people see it."""
        raise NotImplementedError

    @property
    def _first_unknown(self) -> int:
        return int(self.mask_token is not None and self.output_mode == "int")

    @property
    def _first_term(self) -> int:
        return self._first_unknown + self.num_oov_indices

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The terms in the order of their places; with the tokens before them, or without."""
        special = [self.mask_token] * self._first_unknown + [self.oov_token] * self.num_oov_indices
        return (special if include_special_tokens else []) + [self.shown(t) for t in self._terms]

    def vocabulary_size(self) -> int:
        """The number of places, those of the tokens among them."""
        return len(self._terms) + self._first_term

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Let these be the terms.

        Args:
            vocabulary: terms in a list or an array; the tokens may be in front of them.
            idf_weights: for the mode ``"tf_idf"``, what each term weighs.

        Raises:
            ValueError: there are none, or too many, a term is there twice or is one of the tokens, or there is not a
                weight for each.
        """
        self._check(not isinstance(vocabulary, (str, bytes)), "the terms of a vocabulary, not a file")
        self._check(
            (idf_weights is not None) == (self.output_mode == "tf_idf"), "idf_weights for 'tf_idf' and no other mode"
        )
        terms = [self.term(v) for v in np.asarray(vocabulary, object).reshape(-1).tolist()]
        self._check(bool(terms), "at least one term in its vocabulary")
        tokens = [None if t is None else self.term(t) for t in (self.mask_token, self.oov_token)]
        special = [tokens[0]] * self._first_unknown + [tokens[1]] * self.num_oov_indices
        complete = terms[: len(special)] == special
        self._set_terms(terms[len(special) :] if complete else terms, tokens)
        if idf_weights is not None:
            self._set_weights(np.asarray(idf_weights, np.float32), len(terms), complete)

    def _set_terms(self, terms: list[Any], tokens: Sequence[Any]) -> None:
        twice = [self.shown(t) for t, n in Counter(terms).items() if n > 1]
        self._check(not twice, f"each term once; these are there twice: {twice[:5]}")
        reserved = [t for t in (tokens if self.invert else tokens[:1]) if t is not None and t in terms]
        self._check(
            not reserved,
            f"its tokens in front, {self.mask_token!r} and {self.num_oov_indices} times {self.oov_token!r}, or not at "
            f"all in its vocabulary; {[self.shown(t) for t in reserved]} is at another place",
        )
        size = len(terms) + self._first_term
        self._check(
            self.max_tokens is None or size <= self.max_tokens,
            f"no more terms than max_tokens={self.max_tokens}; with its tokens there are {size}",
        )
        if self.output_mode != "int" and not self.pad_to_max_tokens and self._frozen_size not in (None, size):
            raise RuntimeError(
                f"The layer {self.name!r} has {self._frozen_size} places, on which other layers rely: "
                f"a vocabulary with {size} needs a new layer, or pad_to_max_tokens=True."
            )
        self._terms = terms
        self._places = self._with_mask({t: i for i, t in enumerate(terms, self._first_term)})
        self._frozen_size = size

    def _with_mask(self, places: dict[Any, int]) -> dict[Any, int]:
        if self.mask_token is not None:
            places[self.term(self.mask_token)] = 0 if self.output_mode == "int" else _LEFT_OUT
        return places

    def _set_weights(self, weights: Array, count: int, complete: bool) -> None:
        self._check(weights.shape == (count,), f"a weight for each of {count} terms, got the shape {weights.shape}")
        front = 0 if complete else self._first_term
        padded = np.concatenate([np.full(front, weights.mean(), np.float32), weights])
        if self.pad_to_max_tokens:
            padded = np.pad(padded, (0, (self.max_tokens or 0) - len(padded)))
        self.idf_weights = padded

    # Looking up.

    def call(self, inputs: Any) -> Any:
        """The places of the terms, or what they are encoded as; the terms at these places if `invert`."""
        if self.invert:
            x = inputs if inputs.dtype is types.int64 else ops.cast(inputs, types.int64)
            return outside(self._terms_at, x, types.string if self.terms_are_texts else types.int64)
        places = outside(self.places_of, inputs, types.int64)
        return places if self.output_mode == "int" else self.encoded_places(places)

    def encoded_places(self, places: Any) -> Any:
        """Places as vectors."""
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        vectors = encoded(places, mode, self.depth, types.float32)
        if self.output_mode != "tf_idf":
            return vectors
        return outside(self._weighed, vectors, types.float32)

    def _weighed(self, counts: Array) -> Array:
        return counts * self.weights_of_terms

    @property
    def weights_of_terms(self) -> Array:
        """What each place weighs. ValueError if it is not known."""
        if self.idf_weights is None:
            raise ValueError(f"{type(self).__name__} layer {self.name!r} must adapt to data before it is used.")
        return self.idf_weights

    @property
    def depth(self) -> int:
        """The length of the vectors. RuntimeError if it is not known."""
        found = self.max_tokens if self.pad_to_max_tokens else self._frozen_size
        if found is None:
            raise RuntimeError(
                f"{type(self).__name__} layer {self.name!r} needs its vocabulary before it is called: adapt it, or set "
                "pad_to_max_tokens."
            )
        return found

    def places_of(self, terms: Array) -> Array:
        """The place of each term."""
        flat, known = terms.reshape(-1).tolist(), self._places
        found = np.fromiter((known[t] if t in known else self._unknown(t) for t in flat), np.int64, len(flat))
        return found.reshape(terms.shape)

    def _unknown(self, term: Any) -> int:
        """The place of a term that is not in the vocabulary."""
        count = self.num_oov_indices
        if count == 0:
            raise ValueError(
                f"layer {self.name!r} has no place for terms that are not in its vocabulary, such as "
                f"{self.shown(term)!r}; with num_oov_indices=1 there is one"
            )
        if count == 1:
            return self._first_unknown
        if not self.terms_are_texts and self.oov_method == "floormod":
            return int(term) % count + self._first_unknown
        word = term if self.terms_are_texts else b"%d" % term
        hashed = farm(word) if self.salt is None else sip(word, (self.salt[0], self.salt[1]))
        return hashed % count + self._first_unknown

    def _terms_at(self, places: Array) -> Array:
        oov = None if self.oov_token is None else self.term(self.oov_token)
        out = np.empty(places.size, object if self.terms_are_texts else np.int64)
        for i, place in enumerate(places.reshape(-1).tolist()):
            if place == 0 and self.mask_token is not None:
                out[i] = self.term(self.mask_token)
            else:
                known = self._first_term <= place < self.vocabulary_size()
                out[i] = self._terms[place - self._first_term] if known else oov
        return out.reshape(places.shape)

    def described(self, function: Any) -> Table | Factors | None:
        """What a function of the layer computes, as data; None if that takes a hash, or refuses terms."""
        if function == self._weighed:
            return Factors(self.weights_of_terms)
        if function == self.places_of:
            return Table(dict(self._places), self._first_unknown) if self.num_oov_indices == 1 else None
        places = range(self.vocabulary_size())
        terms = self._terms_at(np.array([*places, len(places)])).tolist()  # the last one is none
        return None if None in terms else Table(dict(zip(places, terms, strict=False)), terms[-1])

    # Adapting.

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learn the terms of `data`, the most frequent first; `Preprocessing.adapt` says of what kinds these are.

        Raises:
            ValueError: the vocabulary was given.
        """
        self._check(not self._given, "no data: it was given its vocabulary")
        super().adapt(data, steps)

    def whole(self, data: Any) -> Array:
        """Data that are no batches: each term of a vector is a document."""
        array: Array = self.as_input(data)
        return array[:, None] if array.ndim == 1 else array

    def reset_state(self) -> None:
        """Forget what was counted."""
        self._counts, self._documents, self._document_count = Counter(), Counter(), 0

    def update_state(self, data: Any) -> None:
        """Count the terms of a batch, an array or a list of documents with a list of terms each."""
        documents = data if isinstance(data, list) else self._documents_of(np.asarray(data))
        for document in documents:
            self._counts.update(document)
            self._documents.update(set(document))
        self._document_count += len(documents)

    def _documents_of(self, data: Array) -> list[list[Any]]:
        if data.ndim < 2:
            return [data.reshape(-1).tolist()]
        return [row.reshape(-1).tolist() for row in data]

    def finalize_state(self) -> None:
        """Make the most frequent terms the vocabulary; of equally frequent ones, the last in order comes first."""
        for token in (self.mask_token, self.oov_token):
            if token is not None:
                self._counts.pop(self.term(token), None)
        ranked = sorted(self._counts.items(), key=lambda item: (item[1], item[0]), reverse=True)
        terms = [t for t, _ in ranked]
        if self.max_tokens is not None:
            terms = terms[: max(self.max_tokens - self._first_term, 0)]
        self._set_terms(terms, (None, None))
        if self.output_mode == "tf_idf":
            rare = [np.log1p(self._document_count / (1 + self._documents[t])) for t in terms]
            self._set_weights(np.asarray(rare, np.float32), len(terms), False)
        self.reset_state()

    # Keeping.

    def assets(self) -> dict[str, str]:
        """The files that a saved model has for this layer, by name: the terms that were learnt, one a line."""
        if self.input_vocabulary is not None:
            return {}
        return {"vocabulary.txt": "\n".join(str(v) for v in self.get_vocabulary())}

    def set_assets(self, files: Mapping[str, str]) -> None:
        """Take the terms from the files of a saved model. What they weigh comes with `set_own_arrays`, afterwards.

        Raises:
            ValueError: the terms are none that the layer could have.
        """
        if self.input_vocabulary is not None or "vocabulary.txt" not in files:
            return
        lines = files["vocabulary.txt"].splitlines()
        while lines and lines[-1] == "":
            lines.pop()
        if lines:
            terms = [self._from_line(line) for line in lines]
            weightless = np.zeros(len(terms), np.float32) if self.output_mode == "tf_idf" else None
            self.set_vocabulary(terms, weightless)

    def _from_line(self, line: str) -> Any:
        if self.terms_are_texts:
            return line
        try:
            return int(line)
        except ValueError:
            raise ValueError(f"The line {line[:50]!r} of the vocabulary of layer {self.name!r} is no number.") from None

    def own_arrays(self) -> dict[str, Array]:
        """The arrays that a saved model has for this layer beside its weights, by name."""
        return {} if self.idf_weights is None else {"idf_weights": self.idf_weights}

    def set_own_arrays(self, arrays: Mapping[str, Array]) -> None:
        """Take the arrays of a saved model, which have the shapes of those that are there."""
        for name, known in self.own_arrays().items():
            given = np.asarray(arrays[name], np.float32)
            self._check(given.shape == known.shape, f"{name} of shape {known.shape}, got {given.shape}")
            self.idf_weights = given

    def get_build_config(self) -> dict[str, Any]:
        """Nothing: the layer has no weights."""
        return {}

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one. Terms that were learnt are not among them; see `assets`."""
        names = (
            "invert",
            "max_tokens",
            "num_oov_indices",
            "oov_token",
            "mask_token",
            "output_mode",
            "pad_to_max_tokens",
        )
        own = {name: getattr(self, name) for name in (*names, "oov_method", "salt")}
        lists = {"vocabulary": self.input_vocabulary, "idf_weights": self.input_idf_weights}
        plain = {name: None if v is None else np.asarray(v).tolist() for name, v in lists.items()}
        return {**super().get_config(), **own, **plain, "vocabulary_size": self._frozen_size, "sparse": False}
