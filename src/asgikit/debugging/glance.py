"""A value in a few words: bounded in length, depth and number, without secrets, and whatever its repr does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import Final, TypeGuard, final

from asgikit.config import Secret
from asgikit.debugging.secrecy import HIDDEN, Secrets, is_secret, is_surely_secret

MAX_TEXT: Final = 200
"""Characters of a text that are shown."""

MAX_ITEMS: Final = 12
"""Elements of a collection that are shown."""

MAX_DEPTH: Final = 3
"""How deep collections are looked into."""

MAX_VALUE: Final = 1_000
"""Characters of a value, whatever it is."""

MAX_PARTS: Final = 100
"""Values within a value that are looked at."""

_LOOKED_AT: Final = 10_000  # characters of a text in which secrets are looked for, before it is cut
_LONG: Final = 1_000  # elements from which a collection of an unknown kind is not asked for its repr
_BITS: Final = 2_000  # Python refuses to print much larger integers, and takes long over large ones
_PLAIN: Final = frozenset({type(None), bool, float, complex, type(...)})
_BRACKETS: Final[Mapping[type[object], str]] = {list: "[]", tuple: "()", set: "{}", frozenset: "{}", dict: "{}"}
_SIZED: Final[frozenset[type[object]]] = frozenset({*_BRACKETS, str, bytes, bytearray})


def kind_of(value: object) -> str:
    """The name of its type, with its module; a metaclass may object."""
    try:
        kind = type(value)
        module, name = f"{kind.__module__}", f"{kind.__qualname__}"
    except BaseException:  # noqa: BLE001  # of a metaclass: it says what it says of any name
        return "object"
    return (name if module == "builtins" else f"{module}.{name}")[:MAX_TEXT]


def _some(values: Iterable[object]) -> list[object]:
    try:
        return list(islice(values, MAX_ITEMS))
    except RuntimeError:  # another thread changes it
        return []


def _name_in(key: object) -> str:
    return key if type(key) is str else key.decode("latin-1") if type(key) is bytes else ""


def _is_model(value: object) -> bool:
    """A dataclass that prints as dataclasses do: with a repr of its own it knows better what to show."""
    return is_dataclass(value) and not isinstance(value, type) and hasattr(type(value).__repr__, "__wrapped__")


def _is_dict(value: object) -> TypeGuard[dict[object, object]]:
    return type(value) is dict


def _is_collection(value: object) -> TypeGuard[Collection[object]]:
    return type(value) in _BRACKETS


def parts_of(value: object) -> Iterator[tuple[str, object, object]]:
    """What is in a collection or a dataclass, as far as it is shown: under which name, with which key, the value."""
    if _is_dict(value):
        for key in _some(value):
            yield _name_in(key), key, value.get(key)
    elif _is_collection(value):
        items = _some(value)
        # A pair is a name and a value, as header fields are.
        name = _name_in(items[0]) if len(items) == 2 and isinstance(value, list | tuple) else ""
        for index, item in enumerate(items):
            yield name if index == 1 else "", None, item
    elif is_dataclass(value) and _is_model(value):
        for field in islice(fields(value), MAX_ITEMS):
            if field.repr:
                yield field.name, None, getattr(value, field.name, ...)


@final
class Glances:
    """Shows values, and remembers what it has met of secrets."""

    __slots__ = ("_left", "_secrets")

    def __init__(self, secrets: Secrets) -> None:
        """What is met is added to the secrets."""
        self._secrets: Secrets = secrets
        self._left: int = 0

    def learn(self, name: str, value: object) -> None:
        """Looks for secrets in a value, so that they are known before anything is shown."""
        self._left = MAX_PARTS
        try:
            self._learn(name, value, 0)
        except BaseException:  # noqa: BLE001  # a value may do anything when it is looked at, and stops nothing here
            return

    def _learn(self, name: str, value: object, depth: int) -> None:
        self._left -= 1
        if type(value) is Secret:
            self._secrets.add(value.reveal())
        elif type(value) in {str, bytes}:
            if is_surely_secret(name):
                self._secrets.add(value if isinstance(value, str) else _name_in(value))
        elif depth <= MAX_DEPTH:
            for inner, _, part in parts_of(value):
                if self._left > 0:
                    self._learn(inner or name, part, depth + 1)

    def show(self, name: str, value: object) -> str:
        """The value in a few words; nothing of it under a name that says that it is secret."""
        self._left = MAX_PARTS
        try:
            text = self._show(name, value, 0)
        except BaseException as error:  # noqa: BLE001  # a repr may raise anything, and stops nothing here
            return f"<{kind_of(value)} whose repr raises {kind_of(error)}>"
        return text if len(text) <= MAX_VALUE else text[:MAX_VALUE] + "…"

    def _show(self, name: str, value: object, depth: int) -> str:
        self._left -= 1
        kind = type(value)
        if is_secret(name) and kind not in {type(None), bool} and not (kind in {str, bytes} and not value):
            return HIDDEN
        if kind in _PLAIN:
            return repr(value)
        if kind is int and isinstance(value, int):
            return repr(value) if value.bit_length() < _BITS else f"<int of {value.bit_length()} bits>"
        if isinstance(value, str | bytes) and kind in {str, bytes}:
            text = self._secrets.mask_named(repr(value[:_LOOKED_AT]))
            return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… ({len(value)} in all)"
        if kind in _BRACKETS or _is_model(value):
            return self._collection(value, depth)
        return self._foreign(value)

    def _collection(self, value: object, depth: int) -> str:
        opening, closing = _around(value)
        shown: list[str] = []
        size = len(value) if _is_collection(value) else 0
        for name, key, part in parts_of(value) if depth < MAX_DEPTH else ():
            if self._left <= 0:
                break
            text = self._show(name, part, depth + 1)
            if _is_dict(value):
                text = f"{self._show('', key, depth + 1)}: {text}"
            elif not _is_collection(value):
                text = f"{name}={text}"
            shown.append(text)
        if len(shown) < size:
            shown.append("…")
        return f"{opening}{', '.join(shown)}{',' if opening == '(' and len(shown) == 1 else ''}{closing}"

    def _foreign(self, value: object) -> str:
        for base in type(value).__mro__:
            # Not by the __len__ of a subclass, which could say anything.
            if base in _SIZED and (size := base.__dict__["__len__"](value)) > _LONG:
                return f"<{kind_of(value)} of {size} elements>"
        # By the slice of str itself: what a repr gives may be of a class that has another.
        text = self._secrets.mask_named(str.__getitem__(repr(value), slice(0, _LOOKED_AT)))
        return text if len(text) <= 2 * MAX_TEXT else text[: 2 * MAX_TEXT] + "…"


def _around(value: object) -> tuple[str, str]:
    kind = type(value)
    if kind is frozenset:
        return ("frozenset({", "})") if value else ("frozenset(", ")")
    if kind is set and not value:
        return "set(", ")"
    brackets = _BRACKETS.get(kind)
    return (f"{kind.__qualname__}(", ")") if brackets is None else (brackets[0], brackets[1])
