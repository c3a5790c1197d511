"""Tensors as text: `strings.format` and `print`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import default_graph, graph_of
from kerasflow.core.opdef import blocked, op
from kerasflow.core.ops.debugging import number_text
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__ = ["print", "string_format"]


def _element(value: Any) -> str:
    if isinstance(value, bytes):
        return json.dumps(value.decode("utf-8", "replace"), ensure_ascii=False)
    if isinstance(value, np.floating):
        return number_text(value)
    return str(value) if isinstance(value, np.complexfloating) else str(int(value))


def _shown(array: Any, summarize: int, indent: str = " ") -> str:
    """An array in brackets, with the first and last `summarize` parts along each axis; all if it is negative."""
    if not isinstance(array, np.ndarray) or array.ndim == 0:
        return _element(array[()] if isinstance(array, np.ndarray) else array)
    edge = len(array) if summarize < 0 else summarize
    has_gap = len(array) > 2 * edge
    first, last = (array[:edge], array[len(array) - edge :]) if has_gap else (array, array[:0])
    before, after = ([_shown(a, summarize, indent + " ") for a in part] for part in (first, last))
    between = " " if array.ndim == 1 else "\n" * (array.ndim - 1) + indent
    return f"[{between.join([*before, *['...'] * has_gap, *after])}]"


@op("StringFormat", infer=lambda *inputs, **attrs: Spec(types.string, ()), vjp=blocked)
def _format(*inputs: Any, template: str, placeholder: str, summarize: int) -> Any:
    pieces = template.split(placeholder) if inputs else [template]
    shown = [_shown(np.asarray(x, object if isinstance(x, bytes) else None), summarize) for x in inputs]
    text = pieces[0] + "".join([s + p for s, p in zip(shown, pieces[1:], strict=True)])
    return np.array(text.encode("utf-8", "surrogateescape"), object)


def string_format(
    template: str, inputs: Any, placeholder: str = "{}", summarize: int = 3, name: str | None = None
) -> Tensor:
    """A template with tensors shown in the places of its placeholders.

    Args:
        template: the text around them.
        inputs: a tensor, or a list of tensors, one for each placeholder.
        placeholder: what stands for a tensor.
        summarize: how many elements to show at each end of an axis; all if it is negative.

    Raises:
        ValueError: there are more placeholders than tensors, or fewer.

    >>> tf.Session().run(tf.strings.format("{} and {}", [tf.range(10), tf.constant("words")]))
    b'[0 1 2 ... 7 8 9] and "words"'
    """
    given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    count = template.count(placeholder)
    if count != len(given):
        raise ValueError(f"{count} placeholder(s) in template does not match {len(given)} tensor(s) provided as input")
    attrs = {"template": template, "placeholder": placeholder, "summarize": summarize}
    made: Tensor = graph_of(given).apply("StringFormat", *given, **attrs, name=name)
    return made


_STREAMS: dict[str, Callable[[], Any]] = {"stdout": lambda: sys.stdout, "stderr": lambda: sys.stderr}


@op("PrintV2", infer=lambda text, **attrs: (), vjp=None, stateful=True)
def _print(runtime: Any, operation: Any, text: Any, output_stream: str, end: str) -> Any:
    line = (text if isinstance(text, bytes) else text[()]).decode("utf-8", "replace") + end
    if output_stream in _STREAMS:
        stream = _STREAMS[output_stream]()
        stream.write(line)
        stream.flush()
    else:
        with open(output_stream.removeprefix("file://"), "a", encoding="utf-8") as file:
            file.write(line)
    return ()


def print(*inputs: Any, **kwargs: Any) -> Operation:
    """An operation that prints when it is run.

    It runs only if it is fetched, or something waits for it: use it in `control_dependencies`.

    Args:
        inputs: tensors, sparse tensors, other objects, or lists, tuples and dicts of these.
        output_stream: `sys.stderr`, the default; `sys.stdout`; or ``"file://path"`` for a file to be extended.
        summarize: how many elements to show at each end of an axis, 3 by default; all if it is negative.
        sep: what is between the inputs, a space by default.
        end: what is after them, the end of the line by default.
        name: the operation's name.

    Raises:
        ValueError: another stream. TypeError: another keyword.

    >>> import sys
    >>> shown = tf.print("values:", tf.range(10), {"half": tf.constant(0.5)}, output_stream=sys.stdout)
    >>> tf.Session().run(shown)
    values: [0 1 2 ... 7 8 9] {'half': 0.5}
    """
    known = {"output_stream": sys.stderr, "summarize": 3, "sep": " ", "end": "\n", "name": None}
    if unknown := kwargs.keys() - known.keys():
        raise TypeError(f"print takes {', '.join(known)} by keyword, got {', '.join(sorted(unknown))}.")
    output_stream, summarize, sep, end, name = ({**known, **kwargs}[k] for k in known)
    stream = _stream_name(output_stream)
    tensors: list[Any] = []
    mark = "\N{OBJECT REPLACEMENT CHARACTER}"
    template = str(sep).join([_template(x, tensors, mark) for x in inputs])
    with (graph_of(tensors) if tensors else default_graph()).as_default():
        text = string_format(template, tensors, mark, summarize)
        made: Operation = text.graph.apply("PrintV2", text, output_stream=stream, end=end, name=name)
    return made


def _stream_name(stream: Any) -> str:
    if isinstance(stream, str) and stream.startswith("file://"):
        return stream
    found = "stdout" if stream is sys.stdout else "stderr" if stream is sys.stderr else None
    if found is None:
        raise ValueError(f"The output stream must be sys.stdout, sys.stderr or 'file://<path>', got {stream!r}.")
    return found


def _template(value: Any, tensors: list[Any], mark: str, inside: bool = False) -> str:
    """The text of an input, with marks for the tensors in it, which join `tensors`."""
    if isinstance(value, SparseTensor):
        tensors.extend(value.parts)
        return f"'SparseTensor(indices={mark}, values={mark}, shape={mark})'"
    if isinstance(value, Tensor) or hasattr(value, "__tensor__"):
        tensors.append(value)
        return mark
    if isinstance(value, dict):
        return f"{{{', '.join([f'{k!r}: {_template(v, tensors, mark, True)}' for k, v in value.items()])}}}"
    if isinstance(value, (list, tuple)):
        items = ", ".join([_template(v, tensors, mark, True) for v in value])
        one = "," * (isinstance(value, tuple) and len(value) == 1)
        return f"[{items}]" if isinstance(value, list) else f"({items}{one})"
    return value if isinstance(value, str) and not inside else repr(value)
