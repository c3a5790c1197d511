"""`Initializer`, what all initializers have in common."""

from __future__ import annotations

from typing import Any

from kerasflow.core import shapes, types
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, as_dtype
from kerasflow.utils.lookup import Configured

__all__ = ["Initializer"]


class Initializer(Configured):
    """The base of all initializers.

    A subclass lists in `arguments` what its constructor takes besides `dtype`, kept in attributes of the same names,
    and defines ``make(shape, dtype)``.

    Args:
        dtype: the type of the values where a call does not say.
    """

    def __init__(self, dtype: Any = types.float32) -> None:
        self.dtype = as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """A tensor of initial values in the default graph.

        Args:
            shape: a sequence of sizes.
            dtype: the type, by default the one given to the constructor.
            partition_info: taken for compatibility; no variable is partitioned.

        Raises:
            ValueError: a size is not known, or the initializer cannot make such a shape.
            TypeError: it cannot make this type.
        """
        dims = shapes.as_dims(shape)
        if dims is None or None in dims:
            raise ValueError(f"{type(self).__name__} needs a fully known shape, got {shapes.show(dims)}.")
        return self.make(dims, self.dtype if dtype is None else as_dtype(dtype))

    def make(self, shape: tuple[Any, ...], dtype: DType) -> Tensor:
        """The tensor; each subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} has to define make(shape, dtype).")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain data; the type only where it is not float32."""
        config = super().get_config()
        return config if self.dtype is types.float32 else {**config, "dtype": self.dtype.name}
