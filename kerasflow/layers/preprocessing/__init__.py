"""Layers that prepare data: numbers, categories and texts. They learn from data with `adapt`."""

from kerasflow.layers.preprocessing.discretization import Discretization
from kerasflow.layers.preprocessing.encoding import CategoryEncoding
from kerasflow.layers.preprocessing.hashing import Hashing
from kerasflow.layers.preprocessing.lookups import IntegerLookup, StringLookup
from kerasflow.layers.preprocessing.numbers import Normalization, Rescaling
from kerasflow.layers.preprocessing.texts import TextVectorization

__all__ = [
    "CategoryEncoding",
    "Discretization",
    "Hashing",
    "IntegerLookup",
    "Normalization",
    "Rescaling",
    "StringLookup",
    "TextVectorization",
]
