"""Named texts from a model, the inverse of what FieldsCodec reads: a query, a form, as a client writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from typing_extensions import TypeVar

from asgikit.codec import is_mapping
from asgikit.completion import is_collection
from asgikit.errors import HTTPError
from asgikit.modelfields import ModelField
from asgikit.schema import FieldsCodec, is_unset, plain_of

T = TypeVar("T")

_WRONG: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError)


def texts_of(codec: FieldsCodec[T], model: T) -> list[tuple[str, object]]:
    """Names with texts, and with what only a form can hold, from which the codec makes an equal model.

    A field that is None or empty is left out where it is read back as that. Raises ValueError for a model that cannot be
    told in this way: nested values, a list without values where that is not the default, values of other types.
    """
    try:
        pairs = [(entry.name, item) for entry in codec.entries for item in _items(entry, codec.value_of(model, entry))]
        found: dict[str, list[object]] = {}
        for name, item in pairs:
            found.setdefault(name, []).append(item)
        back = codec.convert(found)
        if not (is_mapping(model) if is_mapping(back) else isinstance(model, type(back))):
            raise ValueError(f"a {type(model).__name__} is no {type(back).__name__}")
        lost = [entry.name for entry in codec.entries if not _is_same(codec.value_of(model, entry), codec.value_of(back, entry))]
    except HTTPError as error:
        raise ValueError(error.public) from None
    except _WRONG as error:
        raise ValueError(f"no such model: {error}") from error
    if lost:
        raise ValueError(f"{', '.join(lost)} would be read as something else")
    return pairs


def _items(entry: ModelField, value: object) -> Iterator[object]:
    if is_unset(value) or (value is None and (entry.none_by_default or entry.is_text)):
        return iter(())
    if not (entry.is_repeated and is_collection(value)):
        return iter((_item(value),))
    items = map(_item, value)
    return iter(sorted(items, key=str)) if isinstance(value, set | frozenset) else items  # equal models, equal requests


def _item(value: object) -> object:
    match plain_of(value):
        case None:
            return ""
        case bool(flag):
            return "true" if flag else "false"
        case int() | float() as number:
            return repr(number)
        case dict() | list():
            raise ValueError("it has values inside of values, which names with texts cannot tell")
        case other:
            return other


def _is_same(given: object, got: object) -> bool:
    if isinstance(got, set | frozenset):
        return is_collection(given) and not isinstance(given, list | tuple) and set(given) == got
    return _listed(given) == _listed(got)


def _listed(value: object) -> object:
    """A Sequence is read as a list, whatever was given."""
    return list(value) if is_collection(value) and not isinstance(value, set | frozenset) else value


def plain_texts_of(codec: FieldsCodec[T], model: T) -> list[tuple[str, str]]:
    """The same without anything that is no text. Raises ValueError for a model that has any."""
    pairs: list[tuple[str, str]] = []
    for name, item in texts_of(codec, model):
        if not isinstance(item, str):
            raise ValueError(f"{name} is a {type(item).__name__}, not text")  # noqa: TRY004  # it says so
        pairs.append((name, item))
    return pairs
