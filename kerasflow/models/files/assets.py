"""What layers keep in the archive of a model beside their weights: the terms of vocabularies that they learnt.

Layers say so themselves: `assets` gives texts by the names of their files, `set_assets` takes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerasflow.io.archive import read_members
from kerasflow.io.hdf5_layout import ForeignFileError
from kerasflow.models.files.places import places_of

__all__ = ["asset_members", "read_assets"]


def asset_members(model: Any) -> dict[str, bytes]:
    """The members of the archive of a model that hold the assets of its layers.

    >>> from kerasflow.models.files.assets import asset_members
    >>> words = tf.keras.layers.StringLookup()
    >>> words.adapt(["a", "b", "b"])
    >>> asset_members(tf.keras.Sequential([tf.keras.Input((1,), dtype="string"), words]))
    {'assets/layers/string_lookup/vocabulary.txt': b'[UNK]\\nb\\na'}
    """
    return {member: text.encode() for member, text, _ in _assets(model)}


def _assets(model: Any) -> Iterator[tuple[str, str, Any]]:
    """The members, what is in them, and whose they are."""
    for place in places_of(model).layers:
        for name, text in getattr(place.layer, "assets", dict)().items():
            yield f"assets/{place.path}/{name}", text, place.layer


def read_assets(model: Any, path: str) -> None:
    """Give the layers of a model their assets, from an archive.

    Raises:
        ForeignFileError: they are no texts. ValueError, RuntimeError: they are none that a layer can have.
    """
    owners = {member: layer for member, _, layer in _assets(model)}
    for member, content in read_members(path, [], owners).items():
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise ForeignFileError(f"its member '{member}' is no text") from None
        owners[member].set_assets({member.rpartition("/")[2]: text})
