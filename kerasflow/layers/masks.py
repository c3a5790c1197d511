"""Masks: which steps of a sequence count.

A mask is a boolean tensor, with an entry for each step of each sample, that rides with another tensor. Layers that know
what to do with it take it (`mask` among the parameters of `call`); those that leave the steps where they are say so
(`supports_masking`) and it rides on with their output. The graph keeps it, beside the tensor it belongs to, so the
machine below knows nothing of masks. A `KerasTensor` only knows whether one will be there.
"""

from __future__ import annotations

import inspect
import warnings
from typing import Any

from kerasflow.core.tensor import Tensor
from kerasflow.core.where import user_line
from kerasflow.layers.symbolic import flatten, map_structure

__all__ = ["mask_of", "masks_of", "pass_masks", "set_mask", "set_masks", "warn_of_lost_mask"]


def mask_of(tensor: Any) -> Any:
    """The mask that rides with a tensor of a graph; None if there is none.

    >>> from kerasflow.layers.masks import mask_of
    >>> ids = tf.constant([[3, 1, 0]])
    >>> vectors = tf.keras.layers.Embedding(4, 2, mask_zero=True)(ids)
    >>> tf.Session().run(mask_of(vectors)), mask_of(ids)
    (array([[ True,  True, False]]), None)
    """
    return _masks(tensor).get(tensor) if isinstance(tensor, Tensor) else None


def set_mask(tensor: Tensor, mask: Tensor | None) -> None:
    """Let `mask` ride with `tensor`, in place of the one that did; None for no mask.

    >>> from kerasflow.layers.masks import mask_of, set_mask
    >>> x = tf.ones([1, 2, 3])
    >>> set_mask(x, tf.constant([[True, False]]))
    >>> tf.Session().run(mask_of(tf.keras.layers.Dense(4)(x)))
    array([[ True, False]])
    """
    if mask is None:
        _masks(tensor).pop(tensor, None)
    else:
        _masks(tensor)[tensor] = mask


def _masks(tensor: Tensor) -> dict[Tensor, Tensor]:
    masks: dict[Tensor, Tensor] = tensor.graph.state.setdefault("masks", {})
    return masks


def masks_of(structure: Any) -> Any:
    """The masks of the tensors in `structure`, nested as they are."""
    return map_structure(mask_of, structure)


def pass_masks(bound: inspect.BoundArguments) -> Any:
    """Add to the arguments of a `call` the masks of its inputs, where it takes them and was given none.

    The parameter is `mask` if a single argument holds tensors, and ``x_mask`` for each argument ``x`` if several do.

    Returns:
        the mask of the first argument, which is the one that may ride on with the output.
    """
    arguments, parameters = bound.arguments, bound.signature.parameters
    first = next(iter(arguments.values()))
    tensors = {n: v for n, v in arguments.items() if n != "training" and _holds_tensors(v)}
    wanted = {name: "mask" if len(tensors) == 1 else f"{name}_mask" for name in tensors}
    for name, taker in wanted.items():
        if taker in parameters and arguments.get(taker) is None:
            arguments[taker] = masks_of(tensors[name])
    given = arguments.get("mask")
    return masks_of(first) if given is None else given


def _holds_tensors(value: Any) -> bool:
    leaves = flatten(value)
    return any(isinstance(x, Tensor) for x in leaves) and all(x is None or isinstance(x, Tensor) for x in leaves)


def set_masks(outputs: Any, masks: Any) -> None:
    """Let `masks` ride with the tensors in `outputs` that have none yet."""
    for tensor, mask in zip(flatten(outputs), flatten(masks), strict=False):
        if mask is not None and mask_of(tensor) is None:
            set_mask(tensor, mask)


def warn_of_lost_mask(name: str, kind: str) -> None:
    """Warn, at the user's line, that the layer `name` of class `kind` does not know what to do with a mask."""
    where = user_line()
    file, line = ("unknown", 0) if where is None else where[:2]
    warnings.warn_explicit(
        f"A mask rides with the input of layer {name!r}, and {kind} does not support masks: layers after it may not "
        "see which steps count. Set supports_masking = True in a layer of your own that leaves the steps where they "
        "are.",
        UserWarning,
        file,
        line,
    )
