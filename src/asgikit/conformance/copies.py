"""Copies of scopes and events: fresh ones for the application, bounded ones to keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeGuard

from asgikit.conformance.scenario import Once
from asgikit.conformance.transcript import BODY_KEPT, Message, Step, shortened
from asgikit.conformance.values import shown

ITEMS_KEPT: Final = 200
"""Entries of one list, tuple or dict that a kept copy has."""

DEPTH_KEPT: Final = 8
"""Levels of nesting that are copied; what lies deeper is taken as it is."""


def _is_dict(value: object) -> TypeGuard[dict[object, object]]:
    return type(value) is dict


def _is_list(value: object) -> TypeGuard[list[object]]:
    return type(value) is list


def _is_tuple(value: object) -> TypeGuard[tuple[object, ...]]:
    return type(value) is tuple


def is_message(value: object) -> TypeGuard[Message]:
    """Whether it is a mapping at all: whose keys are str is checked elsewhere."""
    return isinstance(value, Mapping)


def fresh(value: object, depth: int = 0) -> object:
    """A copy that shares no container with the original; each `Once` in it becomes a new iterator.

    Only plain dicts, lists and tuples are copied; anything else, subclasses too, is handed on as it is.
    """
    if isinstance(value, Once):
        return iter([fresh(item, depth + 1) for item in value.items])
    if depth > DEPTH_KEPT:
        return value
    if _is_dict(value):
        return {key: fresh(item, depth + 1) for key, item in value.items()}
    if _is_list(value):
        return [fresh(item, depth + 1) for item in value]
    if _is_tuple(value):
        return tuple(fresh(item, depth + 1) for item in value)
    return value


def fresh_message(message: Message) -> Message:
    """The same for a whole scope or event; a mapping that is no dict is handed on as it is."""
    copy = fresh(message)
    return copy if is_message(copy) else message


def kept(message: object, room: int = BODY_KEPT) -> Message:
    """A copy for a transcript: long values shortened, long containers cut; {"value": ...} for what is no mapping."""
    if not is_message(message):
        return {"value": _bounded(message, 1, room)}
    return {key: _bounded(value, 1, room) for key, value in list(message.items())[:ITEMS_KEPT]}


def evidence(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Steps to keep for long: without the live objects of a state, files and the like, of which the text is kept."""
    return tuple(Step(step.kind, {_name(key): _lasting(value, 1) for key, value in kept(step.message).items()}) for step in steps)


_LASTING = frozenset({bytes, str, int, float, bool, type(None)})
"""No subclasses: they are objects of the application's, whatever they look like."""


def _name(key: object) -> str:
    return key if type(key) is str else shown(key)


def _lasting(value: object, depth: int) -> object:
    if depth > DEPTH_KEPT:
        return "..."
    if _is_dict(value):
        return {_lasting(key, depth + 1): _lasting(item, depth + 1) for key, item in value.items()}
    if _is_list(value):
        return [_lasting(item, depth + 1) for item in value]
    if _is_tuple(value):
        return tuple(_lasting(item, depth + 1) for item in value)
    return value if type(value) in _LASTING else shown(value)


def _bounded(value: object, depth: int, room: int) -> object:
    if depth > DEPTH_KEPT:
        return value
    if _is_dict(value):
        return {key: _bounded(item, depth + 1, room) for key, item in list(value.items())[:ITEMS_KEPT]}
    if _is_list(value):
        return [_bounded(item, depth + 1, room) for item in value[:ITEMS_KEPT]]
    if _is_tuple(value):
        return tuple(_bounded(item, depth + 1, room) for item in value[:ITEMS_KEPT])
    return shortened(value, room)
