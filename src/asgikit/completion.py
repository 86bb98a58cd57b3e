"""Completion: instances of dataclasses that a decoder has left incomplete are given the defaults of their class."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import NoneType
from typing import Any, Final, TypeGuard

from asgikit.codec import is_mapping


def is_collection(value: object) -> TypeGuard[Collection[object]]:
    """Whether it is one of the collections that models have, of whatever."""
    return isinstance(value, list | tuple | set | frozenset)


def complete(model: object) -> None:
    """Gives every dataclass instance in a decoded value the defaults that its class has for it. No recursion: data is deep."""
    todo = [model]
    while todo:
        value = todo.pop()
        kind: type[Any] = type(value)
        if kind in _LEAVES:
            continue
        names = _names_of(kind)  # type: ignore[arg-type]  # classes are hashable: mypy looks at the hash of their instances
        if names is not None:
            own: dict[str, object] = getattr(value, "__dict__", {})
            for name in names:
                todo.append(own.setdefault(name, getattr(value, name)))
        elif is_mapping(value):
            todo.extend(value.values())
        elif is_collection(value):
            todo.extend(value)


_LEAVES: Final = frozenset({str, int, float, bool, bytes, NoneType})


@lru_cache(maxsize=1024)
def _names_of(kind: type[Any]) -> tuple[str, ...] | None:
    """The names of the fields of a dataclass, None for any other class."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None
