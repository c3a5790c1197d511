"""`plot_model`: a model as boxes and arrows, from its inputs to its outputs."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

from kerasflow.io.files import atomic_path, write_text
from kerasflow.layers.symbolic import flatten, map_structure
from kerasflow.models.layering import Box, Layered, arranged
from kerasflow.models.painting import paint
from kerasflow.models.picture import Arrow, Frame, Picture, Point, Word, text_width
from kerasflow.models.settings import suggesting
from kerasflow.models.summary import kind_of

__all__ = ["plot_model"]

_TITLE, _TEXT, _LINE, _PAD = 13.0, 11.0, 16.0, 12.0
_GREY = "#5b6472"
_LOOP = 46.0  # how far an arrow back goes out of its way
# The inside and the outline of boxes.
_INPUT, _WEIGHTS, _PLAIN, _MODEL = (
    ("#e9f5ec", "#3c8a55"),
    ("#e6effa", "#35679f"),
    ("#f7f5ef", "#948a6c"),
    ("#f4f0fa", "#7a5ba6"),
)
_DIRECTIONS = ("TB", "BT", "LR", "RL")


@dataclass(frozen=True)
class _Options:
    """What is shown of a layer."""

    shapes: bool
    dtype: bool
    names: bool
    activations: bool
    trainable: bool
    nested: bool
    direction: str


@suggesting
def plot_model(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Picture:
    """Draw a model: a box for each layer, and arrows from where it takes its inputs.

    Args:
        model: a model that is built.
        to_file: where to write the picture; its name ends in ``.svg``, or in ``.png``, for which matplotlib is needed.
            None writes nothing.
        show_shapes: whether to show the shapes that go into each layer, and those that come out.
        show_dtype: whether to show the type of what comes out.
        show_layer_names: whether to show the names of the layers, not only their classes.
        rankdir: where the arrows lead: "TB" from top to bottom, or "BT", "LR", "RL".
        expand_nested: whether to draw what is in models among the layers.
        dpi: the resolution of a ``.png``.
        show_layer_activations: whether to show the activations of the layers that have one.
        show_trainable: whether to show which layers are trained.

    Returns:
        the picture, which notebooks show; ``picture.svg()`` has it as text.

    Raises:
        ValueError: the model is not built; there is no such direction or kind of file.
        ImportError: matplotlib is missing; the message has the remedy.

    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2, name="out")])
    >>> picture = tf.keras.utils.plot_model(model, to_file=None, show_shapes=True, show_layer_names=True)
    >>> [w.text for w in picture.words if w.bold], "(None, 3) → (None, 2)" in picture.svg()
    (['input_layer', 'out'], True)
    """
    if rankdir not in _DIRECTIONS:
        raise ValueError(f"rankdir must be one of {_DIRECTIONS}, got {rankdir!r}.")
    if getattr(model, "_network", None) is None:
        name = getattr(model, "name", model)
        raise ValueError(f"The model {name!r} is not built yet: give it an input shape, or fit it first.")
    kind = "" if to_file is None else os.path.splitext(os.fspath(to_file))[1].lower()
    if to_file is not None and kind not in (".svg", ".png"):
        raise ValueError(f"Pictures are written as .svg or .png, not as {os.fspath(to_file)!r}.")
    options = _Options(
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable, expand_nested, rankdir
    )
    picture = _drawn(model, options)
    if kind == ".svg":
        write_text(to_file, picture.svg())
    elif kind == ".png":
        with atomic_path(to_file) as temporary:
            paint(picture, temporary, dpi)
    return picture


def _drawn(model: Any, options: _Options) -> Picture:
    """The picture of a model, its top left corner at (0, 0)."""
    layers, edges = _graph(model._network)
    inner = {layer: _drawn(layer, options) for layer in layers if options.nested and _opens(layer, model)}
    words = {layer: _words(layer, options) for layer in layers}
    sizes = {layer: _size(words[layer], inner.get(layer)) for layer in layers}
    across = options.direction in ("LR", "RL")
    found = arranged({k: (h, w) if across else (w, h) for k, (w, h) in sizes.items()}, edges)
    if len(found.paths) < len(edges):
        found.width += _LOOP
    picture = Picture(*((found.height, found.width) if across else (found.width, found.height)))
    turn = _Turn(options.direction, found.height)
    for layer in layers:
        box = found.boxes[layer]
        x, y = turn.point((box.x, box.y))
        _draw_box(picture, (x, y), sizes[layer], layer, words[layer], inner.get(layer))
    for points in _arrows(found, edges):
        picture.arrows.append(Arrow([turn.point(p) for p in points]))
    return picture


def _graph(network: Any) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """The layers of a network, each after those it takes from where it is called first; and who takes from whom."""
    inputs = flatten(network.inputs)
    layers = [t.node.layer for t in inputs]
    edges = []
    for node in network.nodes:
        layers.append(node.layer)
        edges += [(t.node.layer, node.layer) for t in node.inputs]
    return list(dict.fromkeys(layers)), list(dict.fromkeys(edges))


def _opens(layer: Any, model: Any) -> bool:
    network = getattr(layer, "_network", None)
    return network is not None and layer is not model and all(node.layer is not layer for node in network.nodes)


# Boxes.


def _words(layer: Any, options: _Options) -> list[Word]:
    """The lines of text in the box of a layer, from the top; their places are still to come."""
    kind = kind_of(layer)
    lines = [Word(0.0, 0.0, layer.name if options.names else kind, _TITLE, bold=True)]
    plain = Word(0.0, 0.0, "", _TEXT, color=_GREY)
    if options.names:
        lines.append(replace(plain, text=kind))
    activation = getattr(layer, "activation", None)
    if options.activations and activation is not None:
        lines.append(replace(plain, text=getattr(activation, "__name__", type(activation).__name__)))
    if layer.nodes:
        node = layer.nodes[-1]
        given = [_shown(t.dims) for t in node.inputs]
        gives = [_shown(t.dims) for t in flatten(node.outputs) if t is not None]
        if options.shapes:
            lines.append(replace(plain, text=" → ".join(part for part in (_joined(given), _joined(gives)) if part)))
        if options.dtype:
            types = map_structure(lambda t: "None" if t is None else t.dtype.name, node.outputs)
            lines.append(replace(plain, text=", ".join(dict.fromkeys(flatten(types)))))
    if options.trainable and layer.weights:
        state = "trained" if layer.trainable_weights else "frozen"
        lines.append(replace(plain, text=f"{layer.count_params():,} parameters, {state}"))
    return lines


def _shown(dims: Any) -> str:
    return "?" if dims is None else str(dims)


def _joined(shapes: list[str]) -> str:
    """Shapes side by side; many equal ones are counted."""
    counted = [(shape, shapes.count(shape)) for shape in dict.fromkeys(shapes)]
    return ", ".join(shape if count == 1 else f"{count} × {shape}" for shape, count in counted)


def _size(words: list[Word], inner: Picture | None) -> tuple[float, float]:
    width = max(text_width(w.text, w.size, w.bold) for w in words) + 2 * _PAD
    height = len(words) * _LINE + _PAD
    if inner is not None:
        width, height = max(width, inner.width + 2 * _PAD), height + inner.height + _PAD
    return max(width, 76.0), height


def _draw_box(
    picture: Picture, middle: Point, size: tuple[float, float], layer: Any, words: list[Word], inner: Picture | None
) -> None:
    (x, y), (width, height) = middle, size
    top = y - height / 2
    colors = _colors(layer)
    frozen = bool(layer.weights) and not layer.trainable_weights
    picture.frames.append(Frame(x - width / 2, top, width, height, *colors, dashed=frozen))
    for k, word in enumerate(words):
        picture.words.append(replace(word, x=x, y=top + _PAD / 2 + (k + 0.5) * _LINE))
    if inner is not None:
        picture.take(inner, x - inner.width / 2, top + len(words) * _LINE + _PAD)


def _colors(layer: Any) -> tuple[str, str]:
    if not layer.nodes or not layer.nodes[0].inputs:
        return _INPUT
    if hasattr(layer, "_network"):
        return _MODEL
    return _WEIGHTS if layer.weights else _PLAIN


# Arrows.


class _Turn:
    """From an arrangement from top to bottom to one in another direction."""

    def __init__(self, direction: str, length: float) -> None:
        self._direction, self._length = direction, length

    def point(self, point: Point) -> Point:
        """Where a point comes to lie."""
        x, y = point
        if self._direction in ("BT", "RL"):
            y = self._length - y
        return (y, x) if self._direction in ("LR", "RL") else (x, y)


def _arrows(found: Layered, edges: list[tuple[Any, Any]]) -> list[list[Point]]:
    """The curves of all edges, as the points of `Arrow`."""
    boxes, paths = found.boxes, found.paths
    leaving = _ports(boxes, {e: (e[0], path[1]) for e, path in paths.items()})
    arriving = _ports(boxes, {e: (e[1], path[-2]) for e, path in paths.items()})
    curves = []
    for edge in edges:
        if edge not in paths:
            curves.append(_backwards(boxes[edge[0]], boxes[edge[1]]))
            continue
        source, target = boxes[edge[0]], boxes[edge[1]]
        points = [(leaving[edge], source.y + source.height / 2)]
        for key in paths[edge][1:-1]:
            passed = boxes[key]
            top, bottom = passed.y - passed.height / 2, passed.y + passed.height / 2
            points += [*_bend(points[-1], (passed.x, top)), *_bend((passed.x, top), (passed.x, bottom))]
        curves.append([*points, *_bend(points[-1], (arriving[edge], target.y - target.height / 2))])
    return curves


def _ports(boxes: dict[Any, Box], ends: dict[Any, tuple[Any, Any]]) -> dict[Any, float]:
    """Where on the edge of its box each arrow ends: spread out, in the order of where they come from."""
    ports: dict[Any, float] = {}
    by_box: dict[Any, list[Any]] = {}
    for edge, (key, _) in ends.items():
        by_box.setdefault(key, []).append(edge)
    for key, of_box in by_box.items():
        of_box.sort(key=lambda edge: boxes[ends[edge][1]].x)
        step = min(22.0, boxes[key].width / (len(of_box) + 1))
        for k, edge in enumerate(of_box):
            ports[edge] = boxes[key].x + (k - (len(of_box) - 1) / 2) * step
    return ports


def _bend(start: Point, end: Point) -> list[Point]:
    """From one point to another, upright at both ends."""
    middle = (start[1] + end[1]) / 2
    return [(start[0], middle), (end[0], middle), end]


def _backwards(source: Box, target: Box) -> list[Point]:
    """From the side of a box to the side of one above it, or of itself."""
    start = (source.x + source.width / 2, source.y + source.height / 5)
    end = (target.x + target.width / 2, target.y - target.height / 5)
    beyond = max(start[0], end[0]) + _LOOP
    return [start, (beyond, start[1]), (beyond, end[1]), end]
