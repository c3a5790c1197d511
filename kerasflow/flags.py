"""Options of a program, `tf.flags`: defined anywhere, read from the command line when they are first needed.

A line may say ``--name=value``, ``--name value``, and for truth values ``--name`` or ``--noname``; ``--`` ends the
options.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kerasflow.core.naming import did_you_mean

__all__ = [
    "DEFINE_bool",
    "DEFINE_boolean",
    "DEFINE_enum",
    "DEFINE_float",
    "DEFINE_integer",
    "DEFINE_list",
    "DEFINE_string",
    "FLAGS",
    "Flags",
    "mark_flag_as_required",
]


class _Flag:
    def __init__(self, parse: Callable[[str], Any], default: Any, text: str, kind: str) -> None:
        self.parse, self.default, self.text, self.kind = parse, default, text, kind
        self.value = default
        self.required = False


class Flags:
    """The options of a program, as attributes: ``FLAGS.rate`` is the value of ``--rate``.

    >>> flags = tf.flags.Flags()
    >>> flags.define("rate", float, 0.1, "the learning rate", "a number")
    >>> flags(["program", "--rate=0.5", "data.csv"]), flags.rate
    (['program', 'data.csv'], 0.5)
    """

    def __init__(self) -> None:
        self.__dict__["_flags"] = {}
        self.__dict__["_parsed"] = False

    def define(self, name: str, parse: Callable[[str], Any], default: Any, help: str, kind: str) -> None:
        """Add an option: `parse` makes its value of text, and `kind` says in messages what it takes."""
        if name in self._flags:
            raise ValueError(f"The flag --{name} is defined twice.")
        self._flags[name] = _Flag(parse, default, help, kind)

    def __call__(self, argv: Sequence[str], known_only: bool = False) -> list[str]:
        """Read the options in `argv`, whose first entry is the program's name.

        Returns:
            The program's name and what is no option.

        Raises:
            ValueError: an option that is not defined, or a value that it cannot take.
        """
        rest, left = [argv[0]] if argv else [], list(argv[1:])
        while left:
            word = left.pop(0)
            if word == "--":
                rest += left
                break
            if not word.startswith("-") or word == "-" or not self._read(word, left, known_only):
                rest.append(word)
        self.__dict__["_parsed"] = True
        missing = [name for name, f in self._flags.items() if f.required and f.value is None]
        if missing:
            raise ValueError(f"The flag --{missing[0]} must be given.")
        return rest

    def _read(self, word: str, left: list[str], known_only: bool) -> bool:
        name, has_value, text = word.lstrip("-").partition("=")
        flag = self._flags.get(name)
        if flag is None and name.startswith("no") and not has_value:
            flag = self._flags.get(name[2:])
            if flag is not None and flag.kind == _TRUTH:
                flag.value = False
                return True
            flag = None
        if flag is None:
            if known_only:
                return False
            raise ValueError(f"There is no flag --{name}.{did_you_mean(name, self._flags)}")
        if not has_value:
            if flag.kind == _TRUTH:
                flag.value = True
                return True
            if not left:
                raise ValueError(f"The flag --{name} needs {flag.kind} after it.")
            text = left.pop(0)
        self._assign(name, flag, text)
        return True

    def _assign(self, name: str, flag: _Flag, text: str) -> None:
        try:
            flag.value = flag.parse(text)
        except ValueError:
            raise ValueError(f"The flag --{name} takes {flag.kind}, got {text!r}.") from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._flags:
            raise AttributeError(f"There is no flag {name!r}.{did_you_mean(name, self._flags)}")
        if not self._parsed:
            self(sys.argv, known_only=True)
        return self._flags[name].value

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._flags:
            raise AttributeError(f"There is no flag {name!r}.{did_you_mean(name, self._flags)}")
        self._flags[name].value = value

    def __contains__(self, name: str) -> bool:
        return name in self._flags

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._flags))

    def __dir__(self) -> list[str]:
        return sorted(self._flags)

    def flag_values_dict(self) -> dict[str, Any]:
        """All options and their values."""
        return {name: flag.value for name, flag in self._flags.items()}

    def is_parsed(self) -> bool:
        """Whether the command line has been read."""
        return bool(self._parsed)

    def mark_as_parsed(self) -> None:
        """Take the options as they are, without reading the command line."""
        self.__dict__["_parsed"] = True

    def require(self, name: str) -> None:
        """Make it an error not to give the option."""
        self._flags[name].required = True

    def describe(self) -> str:
        """What options there are, one a line."""
        return "\n".join(f"  --{n}: {f.text} (default: {f.default!r})" for n, f in sorted(self._flags.items()))


FLAGS = Flags()
_TRUTH = "a truth value, true or false"


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "t", "1", "yes", "y", "false", "f", "0", "no", "n"):
        raise ValueError(text)
    return text.lower() in ("true", "t", "1", "yes", "y")


def DEFINE_string(name: str, default: str | None, help: str, flag_values: Flags = FLAGS) -> None:
    """Define an option that takes text.

    >>> flags = tf.flags.Flags()
    >>> tf.flags.DEFINE_string("folder", "/tmp", "where to write", flags)
    >>> flags(["program"]), flags.folder
    (['program'], '/tmp')
    """
    flag_values.define(name, str, default, help, "text")


def DEFINE_integer(name: str, default: int | None, help: str, flag_values: Flags = FLAGS) -> None:
    """Define an option that takes an integer.

    >>> flags = tf.flags.Flags()
    >>> tf.flags.DEFINE_integer("steps", 10, "how many steps", flags)
    >>> flags(["program", "--steps", "20"]), flags.steps
    (['program'], 20)
    """
    flag_values.define(name, lambda text: int(text, 0), default, help, "an integer")


def DEFINE_float(name: str, default: float | None, help: str, flag_values: Flags = FLAGS) -> None:
    """Define an option that takes a number.

    >>> flags = tf.flags.Flags()
    >>> tf.flags.DEFINE_float("rate", 0.1, "the learning rate", flags)
    >>> flags(["program", "--rate=1e-3"]), flags.rate
    (['program'], 0.001)
    """
    flag_values.define(name, float, default, help, "a number")


def DEFINE_boolean(name: str, default: bool | None, help: str, flag_values: Flags = FLAGS) -> None:
    """Define an option that is on or off: ``--name``, ``--noname`` or ``--name=true``.

    >>> flags = tf.flags.Flags()
    >>> tf.flags.DEFINE_boolean("fast", True, "whether to hurry", flags)
    >>> flags(["program", "--nofast"]), flags.fast
    (['program'], False)
    """
    flag_values.define(name, _truth, default, help, _TRUTH)


DEFINE_bool = DEFINE_boolean


def DEFINE_enum(
    name: str, default: str | None, enum_values: Sequence[str], help: str, flag_values: Flags = FLAGS
) -> None:
    """Define an option that takes one of some words.

    >>> flags = tf.flags.Flags()
    >>> tf.flags.DEFINE_enum("mode", "train", ["train", "test"], "what to do", flags)
    >>> flags(["program", "--mode=test"]), flags.mode
    (['program'], 'test')
    """

    def one_of(text: str) -> str:
        if text not in enum_values:
            raise ValueError(text)
        return text

    flag_values.define(name, one_of, default, help, f"one of {', '.join(enum_values)}")


def DEFINE_list(name: str, default: Any, help: str, flag_values: Flags = FLAGS) -> None:
    """Define an option that takes words with commas between them.

    >>> flags = tf.flags.Flags()
    >>> tf.flags.DEFINE_list("files", [], "what to read", flags)
    >>> flags(["program", "--files=a,b"]), flags.files
    (['program'], ['a', 'b'])
    """

    def parts(text: str) -> list[str]:
        return [p.strip() for p in text.split(",")] if text else []

    flag_values.define(name, parts, parts(default) if isinstance(default, str) else default, help, "words")


def mark_flag_as_required(flag_name: str, flag_values: Flags = FLAGS) -> None:
    """Make it an error not to give an option.

    >>> flags = tf.flags.Flags()
    >>> tf.flags.DEFINE_string("folder", None, "where to write", flags)
    >>> tf.flags.mark_flag_as_required("folder", flags)
    >>> flags(["program"])
    Traceback (most recent call last):
    ValueError: The flag --folder must be given.
    """
    flag_values.require(flag_name)
