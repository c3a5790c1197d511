"""Cases for `kerasflow.core.ops.pooling`: references that visit each window on its own."""

import dataclasses

import numpy as np

from kerasflow import int32, int64
from kerasflow.core.graph import apply
from tests.core.ops.cases.convolution import How, windows
from tests.core.ops.harness import VALUE, Case, seeded

rng = seeded("pooling")


def distinct(*shape):
    """Numbers further from each other than differences reach."""
    return rng.permutation(int(np.prod(shape))).reshape(shape) * 0.1 - 1.0


def places(x, ksize, how):
    """For each window of each channel of each image: its index, and the indices of its elements in `x`."""
    for place, pairs in windows(x.shape[1:-1], ksize, *how.plain):
        for n in range(len(x)):
            for c in range(x.shape[-1]):
                yield (n, *place, c), [(n, *at, c) for _, at in pairs]


def pooled(x, ksize, how, of):
    found = {place: of(x, inside) for place, inside in places(x, ksize, how)}
    y = np.zeros([n + 1 for n in max(found)], np.result_type(*found.values()))
    for place, value in found.items():
        y[place] = value
    return y


def largest(x, inside):
    return max(x[at] for at in inside)


def winner(x, inside):
    """The first of the largest."""
    return inside[int(np.argmax([x[at] for at in inside]))]


def mean(x, inside):
    return sum(x[at] for at in inside) / len(inside)


def to_winner(x, g, ksize, how):
    total = np.zeros_like(g, shape=x.shape)
    for place, inside in places(x, ksize, how):
        total[winner(x, inside)] += g[place]
    return total


def from_winner(x, g, ksize, how):
    return pooled(x, ksize, how, lambda _, inside: g[winner(x, inside)])


def shared(dims, g, ksize, how):
    total = np.zeros(dims)
    for place, inside in places(total, ksize, how):
        for at in inside:
            total[at] += g[place] / len(inside)
    return total


def attrs(ksize, how):
    given = how.attrs
    whole = {"ksize": (1, *ksize, 1) if how.form[-1] == "C" else (1, 1, *ksize), "strides": given["strides"]}
    rates = {"dilations": given["dilations"]} if max(how.rates) > 1 else {}
    return {**whole, "padding": how.padding, "data_format": how.form, **rates}


def max_cases(name, x, ksize, how):
    y = pooled(x, ksize, how, largest)
    x, y, to, last = how.back(x), how.back(y), how.back, how.to_last
    g, h = rng.normal(size=y.shape), rng.normal(size=x.shape)
    given = attrs(ksize, how)
    yield Case(lambda x: apply(name, x, **given), (x,), lambda x: to(pooled(last(x), ksize, how, largest)))
    yield Case(
        lambda x, y, g: apply(f"{name}Grad", x, y, g, **given),
        (x, y, g),
        lambda x, y, g: to(to_winner(last(x), last(g), ksize, how)),
        differentiable=(2,),
    )
    yield Case(
        lambda x, y, h: apply(f"{name}GradGrad", x, y, h, **given),
        (x, y, h),
        lambda x, y, h: to(from_winner(last(x), last(h), ksize, how)),
        differentiable=(2,),
    )


def avg_cases(name, x, ksize, how):
    x, to, last = how.back(x), how.back, how.to_last
    y = pooled(last(x), ksize, how, mean)
    sizes = np.array(x.shape, np.int32)
    given = attrs(ksize, how)
    yield Case(lambda x: apply(name, x, **given), (x,), lambda x: to(pooled(last(x), ksize, how, mean)), rtol32=2e-5)
    yield Case(
        lambda g, sizes: apply(f"{name}Grad", sizes, g, **given),
        (to(rng.normal(size=y.shape)), sizes),
        lambda g, sizes: to(shared(last(x).shape, last(g), ksize, how)),
        differentiable=(0,),
        shape_from=VALUE,
    )


WAYS = [
    ((2, 4, 6, 2), (2, 2), How((2, 2), "VALID")),
    ((1, 5, 4, 2), (2, 3), How((2, 2), "SAME")),
    ((1, 5, 4, 1), (3, 3), How((1, 1), "SAME")),
    ((1, 5, 7, 1), (2, 2), How((3, 2), "VALID")),
    ((1, 5, 4, 2), (3, 2), How((1, 2), "VALID", form="NCHW")),
    ((1, 6, 5, 1), (2, 2), How((1, 1), "SAME", (2, 3))),
]
DEEP_WAYS = [
    ((1, 3, 4, 2, 2), (2, 2, 2), How((1, 2, 1), "SAME")),
    ((1, 4, 3, 5, 1), (2, 1, 2), How((2, 1, 2), "VALID", form="NCDHW")),
]
TIES = np.array([1, 1, 0, 2, 1, 0, 2, 2, 2], np.float64).reshape(1, 3, 3, 1)
WHOLE = np.array([[3, -1, 0, 7], [-5, -9, -9, -2]], np.int32).reshape(1, 2, 4, 1)


def table(name, ways, make, parts):
    kinds = [name + part for part in parts]
    found = {kind: [] for kind in kinds}
    for shape, ksize, how in ways:
        for kind, case in zip(kinds, make(name, distinct(*shape), ksize, how), strict=True):
            found[kind].append(case)
    return found


def argmax_case(x, ksize, how, output_type=int64, per_batch=False):
    def where(x):
        def place(x, inside):
            n, i, j, c = winner(x, inside)
            return np.int64(((n * per_batch * x.shape[1] + i) * x.shape[2] + j) * x.shape[3] + c)

        return pooled(x, ksize, how, place).astype(output_type.numpy)

    return Case(
        lambda x: apply("MaxPoolWithArgmax", x, output_type=output_type, per_batch=per_batch, **attrs(ksize, how)),
        (x,),
        lambda x: [pooled(x, ksize, how, largest), where(x)],
    )


PARTS = ("", "Grad", "GradGrad")
CASES = {
    **table("MaxPool", WAYS, max_cases, PARTS),
    **table("MaxPool3D", DEEP_WAYS, max_cases, PARTS),
    **table("AvgPool", WAYS, avg_cases, PARTS[:2]),
    **table("AvgPool3D", DEEP_WAYS, avg_cases, PARTS[:2]),
    "MaxPoolWithArgmax": [
        argmax_case(distinct(2, 4, 5, 2), (2, 2), How((2, 2), "VALID"), per_batch=True),
        argmax_case(distinct(2, 5, 4, 2), (3, 2), How((2, 1), "SAME"), int32),
    ],
}
_TIED = max_cases("MaxPool", TIES, (2, 2), How((1, 1), "SAME"))
for _kind, _case in zip(("MaxPool", "MaxPoolGrad", "MaxPoolGradGrad"), _TIED, strict=True):
    CASES[_kind].append(dataclasses.replace(_case, differentiable=False))  # differences know no ties
CASES["MaxPool"].append(
    Case(
        lambda x: apply("MaxPool", x, **attrs((2, 3), How((1, 1), "SAME"))),
        (WHOLE,),
        lambda x: pooled(x, (2, 3), How((1, 1), "SAME"), largest),
    )
)
