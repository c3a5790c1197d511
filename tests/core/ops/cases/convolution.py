"""Cases for `kerasflow.core.ops.conv_ops` and `depthwise`: references that visit each window on its own."""

import itertools
import math

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import VALUE, Case, seeded

rng = seeded("convolution")


def along_axis(size, window, stride, rate, padding):
    """Where each window's elements are along one axis; those outside of ``range(size)`` are padding."""
    reach = (window - 1) * rate + 1
    if padding == "SAME":
        count = math.ceil(size / stride)
        before = max((count - 1) * stride + reach - size, 0) // 2
    else:
        before, after = (0, 0) if padding == "VALID" else padding
        count = (size + before + after - reach) // stride + 1
    return [[p * stride - before + k * rate for k in range(window)] for p in range(count)]


def windows(sizes, window, strides, rates, padding):
    """For each place of the window: its index, and pairs (index in the window, index in the array)."""
    pads = [padding] * len(sizes) if isinstance(padding, str) else padding
    places = [along_axis(*a) for a in zip(sizes, window, strides, rates, pads, strict=True)]
    for place in itertools.product(*[range(len(p)) for p in places]):
        pairs = []
        for k in itertools.product(*[range(n) for n in window]):
            at = tuple(p[i][j] for p, i, j in zip(places, place, k, strict=True))
            if all(0 <= a < n for a, n in zip(at, sizes, strict=True)):
                pairs.append((k, at))
        yield place, pairs


def full(x, w, strides, rates, padding):
    """The convolution of `x`, channels last."""
    visited = list(windows(x.shape[1:-1], w.shape[:-2], strides, rates, padding))
    y = np.zeros((len(x), *[n + 1 for n in visited[-1][0]], w.shape[-1]))
    for place, pairs in visited:
        for k, at in pairs:
            y[(slice(None), *place)] += x[(slice(None), *at)] @ w[k]
    return y


def full_back(dims, w, g, strides, rates, padding):
    x = np.zeros(dims)
    for place, pairs in windows(dims[1:-1], w.shape[:-2], strides, rates, padding):
        for k, at in pairs:
            x[(slice(None), *at)] += g[(slice(None), *place)] @ w[k].T
    return x


def full_filter(x, shape, g, strides, rates, padding):
    w = np.zeros(shape)
    for place, pairs in windows(x.shape[1:-1], shape[:-2], strides, rates, padding):
        for k, at in pairs:
            w[k] += x[(slice(None), *at)].T @ g[(slice(None), *place)]
    return w


def spread(w):
    """A depthwise filter as a full one: zero between different channels."""
    *window, depth, multiplier = w.shape
    out = np.zeros((*window, depth, depth * multiplier))
    for c, m in itertools.product(range(depth), range(multiplier)):
        out[..., c, c * multiplier + m] = w[..., c, m]
    return out


def gathered(w, multiplier):
    """What belongs to a depthwise filter in a full one."""
    depth = w.shape[-2]
    parts = [[w[..., c, c * multiplier + m] for m in range(multiplier)] for c in range(depth)]
    return np.moveaxis(np.array(parts), (0, 1), (-2, -1))


def first(x):
    """Channels last to channels first."""
    return np.moveaxis(x, -1, 1)


def last(x):
    return np.moveaxis(x, 1, -1)


class How:
    """One way to move windows, as attributes and for the references."""

    def __init__(self, strides, padding, rates=None, form=None):
        self.strides, self.rates = strides, rates or (1,) * len(strides)
        self.padding, self.form = padding, form or {2: "NHWC", 3: "NDHWC"}[len(strides)]
        self.plain = self.strides, self.rates, self.padding

    @property
    def attrs(self):
        def whole(values, other):
            middle = list(values)
            return (other, *middle, other) if self.form[-1] == "C" else (other, other, *middle)

        explicit = not isinstance(self.padding, str)
        return {
            "strides": whole(self.strides, 1),
            "padding": "EXPLICIT" if explicit else self.padding,
            "explicit_paddings": sum(whole(self.padding, (0, 0)), ()) if explicit else (),
            "data_format": self.form,
            "dilations": whole(self.rates, 1),
        }

    def to_last(self, x):
        return x if self.form[-1] == "C" else last(x)

    def back(self, x):
        return x if self.form[-1] == "C" else first(x)


def draw(*shape):
    return rng.normal(size=shape)


def three(kinds, x, w, how, forward=full, backward=full_back, by_filter=full_filter):
    """A case for a convolution and one for each of its adjoints, on an input and a filter of these shapes."""
    x, w = how.back(draw(*x)), draw(*w)
    y = forward(how.to_last(x), w, *how.plain)
    g = how.back(draw(*y.shape))
    sizes = [np.array(t.shape, np.int32) for t in (x, w)]
    yield Case(
        lambda x, w: apply(kinds[0], x, w, **how.attrs),
        (x, w),
        lambda x, w: how.back(forward(how.to_last(x), w, *how.plain)),
        rtol32=2e-5,  # of sums that cancel
    )
    yield Case(
        lambda w, g: apply(kinds[1], sizes[0], w, g, **how.attrs),
        (w, g),
        lambda w, g: how.back(backward(how.to_last(x).shape, w, how.to_last(g), *how.plain)),
        rtol32=2e-5,  # of sums that cancel
    )
    yield Case(
        lambda x, g: apply(kinds[2], x, sizes[1], g, **how.attrs),
        (x, g),
        lambda x, g: by_filter(how.to_last(x), w.shape, how.to_last(g), *how.plain),
        rtol32=2e-5,  # of sums that cancel
    )


CONV2D = ("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter")
CONV3D = ("Conv3D", "Conv3DBackpropInputV2", "Conv3DBackpropFilterV2")
NATIVE = "DepthwiseConv2dNative"
DEPTHWISE = (NATIVE, f"{NATIVE}BackpropInput", f"{NATIVE}BackpropFilter")

WAYS = [
    ((2, 4, 5, 2), (3, 2, 2, 3), How((1, 1), "SAME")),
    ((1, 5, 6, 2), (3, 3, 2, 2), How((2, 2), "SAME")),
    ((1, 6, 7, 1), (2, 3, 1, 2), How((2, 3), "VALID")),
    ((1, 6, 5, 1), (2, 2, 1, 2), How((1, 1), "SAME", (2, 3))),
    ((1, 7, 6, 1), (3, 2, 1, 1), How((2, 1), "VALID", (2, 2))),
    ((1, 4, 3, 2), (2, 3, 2, 1), How((2, 1), ((1, 2), (0, 3)))),
    ((2, 3, 4, 3), (1, 1, 3, 2), How((1, 1), "VALID")),
    ((2, 4, 3, 2), (2, 2, 2, 3), How((1, 2), "SAME", form="NCHW")),
]
DEEP_WAYS = [
    ((1, 3, 4, 3, 2), (2, 2, 3, 2, 2), How((1, 1, 1), "SAME")),
    ((1, 4, 3, 5, 1), (2, 1, 2, 1, 2), How((2, 1, 2), "VALID", form="NCDHW")),
]


def depthwise(x, w, *how):
    return full(x, spread(w), *how)


def depthwise_back(dims, w, g, *how):
    return full_back(dims, spread(w), g, *how)


def depthwise_filter(x, shape, g, *how):
    *window, depth, multiplier = shape
    return gathered(full_filter(x, (*window, depth, depth * multiplier), g, *how), multiplier)


def table(kinds, ways, **rules):
    found = {kind: [] for kind in kinds}
    for way in ways:
        for kind, case in zip(kinds, three(kinds, *way, **rules), strict=True):
            found[kind].append(case)
    return found


CASES = {
    **table(CONV2D, WAYS),
    **table(CONV3D, DEEP_WAYS),
    **table(
        DEPTHWISE,
        [(x, (*w[:3], 2), how) for x, w, how in (*WAYS[:2], *WAYS[3:4], WAYS[5], WAYS[7])],
        forward=depthwise,
        backward=depthwise_back,
        by_filter=depthwise_filter,
    ),
}

# No images at all, half precision, and sizes that are known in the run only.
CASES["Conv2D"] += [
    Case(
        lambda x, w: tf.nn.conv2d(x, w, 1, "SAME"),
        (np.zeros((0, 4, 4, 2)), draw(3, 3, 2, 2)),
        lambda x, w: np.zeros((0, 4, 4, 2)),
        differentiable=False,
    ),
    Case(
        lambda x, w: tf.nn.conv2d(x, w, 1, "SAME"),
        (draw(1, 4, 4, 2), draw(3, 3, 2, 2)),
        lambda x, w: full(x, w, (1, 1), (1, 1), "SAME"),
        differentiable=False,
        dtypes=("float16",),
    ),
]
CASES["Conv2DBackpropInput"].append(
    Case(
        lambda w, g, sizes: apply("Conv2DBackpropInput", sizes, w, g, **How((2, 2), "SAME").attrs),
        (draw(3, 3, 2, 2), draw(1, 2, 2, 2), np.array([1, 4, 3, 2], np.int32)),
        lambda w, g, sizes: full_back(tuple(sizes), w, g, (2, 2), (1, 1), "SAME"),
        differentiable=(0, 1),
        shape_from=VALUE,
    )
)
CASES["Conv2DBackpropFilter"].append(
    Case(
        lambda x, g, sizes: apply("Conv2DBackpropFilter", x, sizes, g, **How((2, 2), "SAME").attrs),
        (draw(1, 4, 3, 2), draw(1, 2, 2, 2), np.array([3, 3, 2, 2], np.int64)),
        lambda x, g, sizes: full_filter(x, tuple(sizes), g, (2, 2), (1, 1), "SAME"),
        differentiable=(0, 1),
        shape_from=VALUE,
    )
)
