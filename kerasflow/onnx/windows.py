"""Rules for products of matrices, and for what moves windows over images: convolutions, pooling, normalisation.

ONNX has the channels second; images with channels last are turned on the way in and out, and onnxruntime drops those
turns that undo each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core.windows import Axis, axes, channel_axis, spatial
from kerasflow.onnx.elementwise import in_float32
from kerasflow.onnx.errors import Inexpressible
from kerasflow.onnx.nodes import Nodes, Value
from kerasflow.onnx.shaping import permuted

__all__ = ["RULES"]


# Products.


def _mat_mul(w: Nodes, c: Any) -> Any:
    a, b = [
        permuted(w, x, [*range(x.rank - 2), x.rank - 1, x.rank - 2]) if c.attrs.get(f"transpose_{side}") else w.name(x)
        for x, side in zip(c.inputs, "ab", strict=True)
    ]
    return w.node("MatMul", a, b)


def _einsum(w: Nodes, c: Any) -> Any:
    return w.node("Einsum", *c.inputs, equation=c.attrs["equation"])


# Windows.


def _turns(data_format: str) -> tuple[list[int], list[int]]:
    """The order of the axes with the channels second, and the way back."""
    forth = [data_format.index("N"), channel_axis(data_format), *spatial(data_format)]
    return forth, [forth.index(i) for i in range(len(forth))]


def _padding(how: dict[str, Any], dims: Any, window: Sequence[int]) -> dict[str, Any]:
    """The attributes that say how images are padded."""
    padding, at = how["padding"], spatial(how["data_format"])
    if padding == "VALID":
        return {}
    if padding == "EXPLICIT":
        pairs = np.reshape(how["explicit_paddings"], (-1, 2))[list(at)]
        return {"pads": pairs.T.ravel().tolist()}
    if dims is None or any(dims[i] is None for i in at):
        return {"auto_pad": "SAME_UPPER"}
    return {"pads": _pads(_moves(how, dims, window))}


def _moves(how: dict[str, Any], dims: Any, window: Sequence[int]) -> tuple[Axis, ...]:
    at = spatial(how["data_format"])
    sizes, steps = [dims[i] for i in at], [how["strides"][i] for i in at]
    given = how.get("explicit_paddings") or ()
    pairs = [tuple(given[2 * i : 2 * i + 2]) for i in at] if given else ()
    return axes(sizes, window, steps, _rates(how), how["padding"], pairs)


def _pads(along: Sequence[Axis]) -> list[int]:
    return [*[a.before for a in along], *[a.after for a in along]]


def _rates(how: dict[str, Any]) -> list[int]:
    rates = how.get("dilations") or (1,) * len(how["strides"])
    return [rates[i] for i in spatial(how["data_format"])]


def _steps(how: dict[str, Any]) -> list[int]:
    return [how["strides"][i] for i in spatial(how["data_format"])]


def _window(filters: Value) -> list[int]:
    if filters.dims is None or None in filters.dims[:-2]:
        raise Inexpressible("the size of the window is not known")
    return list(filters.dims[:-2])


def _conv(w: Nodes, c: Any) -> Any:
    x, filters = c.inputs
    window, (forth, back) = _window(filters), _turns(c.attrs["data_format"])
    n = len(window)
    kernel = permuted(w, filters, [n + 1, n, *range(n)])
    attrs = {"strides": _steps(c.attrs), "dilations": _rates(c.attrs), "kernel_shape": window}
    y = w.node("Conv", permuted(w, x, forth), kernel, **attrs, **_padding(c.attrs, x.dims, window))
    return permuted(w, y, back)


def _depthwise(w: Nodes, c: Any) -> Any:
    """As many groups as there are channels, with `multiplier` filters each."""
    x, filters = c.inputs
    window, (forth, back) = _window(filters), _turns(c.attrs["data_format"])
    channels, multiplier = filters.dims[-2:]
    if channels is None or multiplier is None:
        raise Inexpressible("the number of channels is not known")
    kernel = w.reshape(permuted(w, filters, (2, 3, 0, 1)), [channels * multiplier, 1, *window])
    attrs = {"strides": _steps(c.attrs), "dilations": _rates(c.attrs), "kernel_shape": window, "group": channels}
    y = w.node("Conv", permuted(w, x, forth), kernel, **attrs, **_padding(c.attrs, x.dims, window))
    return permuted(w, y, back)


def _conv_transpose(w: Nodes, c: Any) -> Any:
    """What a convolution of images of the wanted size takes away is put back as output padding."""
    _, filters, g = c.inputs
    dims = c.outputs[0].shape
    window, (forth, back) = _window(filters), _turns(c.attrs["data_format"])
    if dims is None or any(dims[i] is None for i in spatial(c.attrs["data_format"])):
        raise Inexpressible(
            "the size of the images that it makes is not known: give the model's input a height and width"
        )
    n = len(window)
    along = _moves(c.attrs, dims, window)
    rest = [a.size + a.before + a.after - ((a.count - 1) * a.stride + (a.window - 1) * a.rate + 1) for a in along]
    y = w.node(
        "ConvTranspose",
        permuted(w, g, forth),
        permuted(w, filters, [n + 1, n, *range(n)]),
        strides=_steps(c.attrs),
        dilations=_rates(c.attrs),
        kernel_shape=window,
        pads=_pads(along),
        output_padding=rest,
    )
    return permuted(w, y, back)


def _pool(kind: str) -> Callable[[Nodes, Any], Any]:
    def rule(w: Nodes, c: Any) -> Any:
        x = c.inputs[0]
        if not x.dtype.is_floating:
            raise Inexpressible(f"ONNX has no such operator for {x.dtype.name}")
        at = spatial(c.attrs["data_format"])
        window, (forth, back) = [c.attrs["ksize"][i] for i in at], _turns(c.attrs["data_format"])
        attrs: dict[str, Any] = {"kernel_shape": window, "strides": _steps(c.attrs)}
        if any(rate > 1 for rate in _rates(c.attrs)):
            if kind == "AveragePool":
                raise Inexpressible("ONNX has no means of elements that lie apart")
            attrs["dilations"] = _rates(c.attrs)
        padding = _padding(c.attrs, x.dims, window)
        if "dilations" in attrs and "auto_pad" in padding:
            raise Inexpressible("the size of the images is not known: give the model's input a height and width")
        images = permuted(w, x, forth)
        if any(n >= k for n, k in zip(padding.get("pads", ()), window * 2, strict=False)):  # more than ONNX takes
            n = len(window)
            pads = [0, 0, *padding["pads"][:n], 0, 0, *padding["pads"][n:]]
            images, padding = w.node("Pad", images, w.sizes(pads), np.asarray(-np.inf, x.dtype.numpy)), {}
        return permuted(w, w.node(kind, images, **attrs, **padding), back)

    return rule


# Normalisation.


def _local_response(w: Nodes, c: Any) -> Any:
    """ONNX divides alpha by the number of neighbours."""
    size = 2 * c.attrs["depth_radius"] + 1
    attrs = {name: float(c.attrs[name]) for name in ("beta", "bias")}
    x = permuted(w, c.inputs[0], (0, 3, 1, 2))
    return permuted(w, w.node("LRN", x, size=size, alpha=float(c.attrs["alpha"]) * size, **attrs), (0, 2, 3, 1))


def _batch_norm(w: Nodes, c: Any) -> Any:
    if c.attrs["is_training"]:
        raise Inexpressible("it normalises with the moments of the batch, as in training")
    x, *vectors = c.inputs
    forth, back = _turns(c.attrs["data_format"])
    y = w.node("BatchNormalization", permuted(w, x, forth), *vectors, epsilon=float(c.attrs["epsilon"]))
    mean, variance = (w.name(v) for v in vectors[2:])
    return permuted(w, y, back), mean, variance, mean, variance


RULES: dict[str, Callable[[Nodes, Any], Any]] = {
    "AvgPool": in_float32(_pool("AveragePool")),
    "AvgPool3D": in_float32(_pool("AveragePool")),
    "Conv2D": in_float32(_conv),
    "Conv2DBackpropInput": in_float32(_conv_transpose),
    "Conv3D": in_float32(_conv),
    "Conv3DBackpropInputV2": in_float32(_conv_transpose),
    "DepthwiseConv2dNative": in_float32(_depthwise),
    "Einsum": _einsum,
    "FusedBatchNormV3": _batch_norm,
    "LRN": in_float32(_local_response),
    "MatMul": _mat_mul,
    "MaxPool": _pool("MaxPool"),
    "MaxPool3D": _pool("MaxPool"),
}
