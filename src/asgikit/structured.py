"""Structured fields through http-sf: the extra `structured`, imported in this file alone (RFC 9651)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, overload

from asgikit.errors import MissingExtra

if TYPE_CHECKING:
    import http_sf
    from http_sf.types import BareItemType, DictionaryType, InnerListType, ItemType, ListType, ParamsType, StructuredType
else:
    try:
        import http_sf
    except ImportError:
        http_sf = None


@dataclass(frozen=True, slots=True)
class Token:
    """A short word without quotes, no string and never equal to one (RFC 9651, 3.3.4)."""

    text: str

    def __str__(self) -> str:
        """The word."""
        return self.text


@dataclass(frozen=True, slots=True)
class DisplayString:
    """Text in any script, where a string is ASCII (RFC 9651, 3.3.8)."""

    text: str

    def __str__(self) -> str:
        """The text."""
        return self.text


BareItem: TypeAlias = bool | int | Decimal | str | Token | bytes | datetime | DisplayString
"""What an item can be. Integers have 15 digits, decimals 12 and 3 after the point, dates whole seconds in UTC."""

Params: TypeAlias = tuple[tuple[str, BareItem], ...]
"""Parameters, each name once, in lower case; True for one without a value."""


@dataclass(frozen=True, slots=True)
class Item:
    """A value with its parameters (RFC 9651, 3.3). As everywhere in Python, True, 1 and Decimal(1) are equal."""

    value: BareItem
    params: Params = ()

    def param(self, name: str) -> BareItem | None:
        """The value of a parameter; None if there is none."""
        return dict(self.params).get(name)


@dataclass(frozen=True, slots=True)
class InnerList:
    """A list within a list or a dictionary, with parameters of its own (RFC 9651, 3.1.1)."""

    items: tuple[Item, ...]
    params: Params = ()

    def param(self, name: str) -> BareItem | None:
        """The value of a parameter; None if there is none."""
        return dict(self.params).get(name)


Member: TypeAlias = Item | InnerList


def parse_item(text: str) -> Item:
    """The item that a field holds. Raises ValueError for what is none, MissingExtra without http-sf."""
    return _item(_parse(text, "item"))


def parse_list(text: str) -> tuple[Member, ...]:
    """The members of a list, none for an empty field. Raises ValueError for what is no list, MissingExtra without http-sf."""
    return tuple(_member(thing) for thing in _parse(text, "list"))


def parse_dictionary(text: str) -> Mapping[str, Member]:
    """The members of a dictionary by name, in their order; of a name given twice the last counts, in the first place.

    None for an empty field. Raises ValueError for what is no dictionary, MissingExtra without http-sf.
    """
    return MappingProxyType({name: _member(thing) for name, thing in _parse(text, "dictionary").items()})


def serialize_item(item: Item) -> str:
    """The value of a field that is an item; decimals are rounded to 3 digits after the point.

    Raises ValueError for values and names that no field can hold, as a naive datetime or a string beyond ASCII, and
    for a parameter given twice; MissingExtra without http-sf.
    """
    _require()
    return http_sf.ser(_raw_item(item))


def serialize_list(members: Iterable[Member]) -> str:
    """The value of a field that is a list. Raises as serialize_item, and for an empty list: leave out the field."""
    _require()
    return http_sf.ser([_raw(member) for member in members])


def serialize_dictionary(members: Mapping[str, Member]) -> str:
    """The value of a field that is a dictionary. Raises as serialize_item, and for an empty one: leave out the field."""
    _require()
    return http_sf.ser({name: _raw(member) for name, member in members.items()})


def _require() -> None:
    if http_sf is None:
        raise MissingExtra("a structured field", "structured")


@overload
def _parse(text: str, kind: Literal["item"]) -> ItemType: ...
@overload
def _parse(text: str, kind: Literal["list"]) -> ListType: ...
@overload
def _parse(text: str, kind: Literal["dictionary"]) -> DictionaryType: ...
def _parse(text: str, kind: str) -> StructuredType:
    _require()
    try:
        return http_sf.parse(text.encode("ascii"), tltype=kind)
    except UnicodeEncodeError:
        raise ValueError(f"not a structured {kind}: it is not ASCII") from None
    except http_sf.StructuredFieldError as error:
        raise ValueError(f"not a structured {kind}: {error}") from None


def _member(thing: ItemType | InnerListType) -> Member:
    inside, params = thing if isinstance(thing, tuple) else (thing, {})
    if isinstance(inside, list):
        return InnerList(tuple(map(_item, inside)), _params(params))
    return Item(_bare(inside), _params(params))


def _item(thing: ItemType) -> Item:
    return Item(_bare(thing[0]), _params(thing[1])) if isinstance(thing, tuple) else Item(_bare(thing))


def _params(params: ParamsType) -> Params:
    return tuple((name, _bare(value)) for name, value in params.items())


def _bare(value: BareItemType) -> BareItem:
    if isinstance(value, http_sf.Token):
        return Token(str(value))
    if isinstance(value, http_sf.DisplayString):
        return DisplayString(str(value))
    return Decimal(str(value)) if isinstance(value, float) else value


def _raw(member: Member) -> ItemType | InnerListType:
    if isinstance(member, Item):
        return _raw_item(member)
    items: list[ItemType] = [_raw_item(item) for item in member.items]
    return items, _raw_params(member.params)


def _raw_item(item: Item) -> tuple[BareItemType, ParamsType]:
    return _raw_bare(item.value), _raw_params(item.params)


def _raw_params(params: Params) -> ParamsType:
    raw = {name: _raw_bare(value) for name, value in params}
    if len(raw) < len(params):
        raise ValueError(f"a parameter is given twice: {[name for name, _ in params]}")
    return raw


def _raw_bare(value: BareItem) -> BareItemType:
    match value:
        case Token(text):
            return http_sf.Token(text)
        case DisplayString(text):
            return http_sf.DisplayString(text)
        case str() if not value.isascii():
            raise ValueError(f"a string of a structured field is ASCII: make {value!r} a DisplayString")
        case datetime() if value.utcoffset() is not None:
            try:
                return value.astimezone(UTC).replace(microsecond=0)
            except OverflowError:
                raise ValueError(f"{value} in UTC is outside the years that a date can have") from None
        case _:
            return value
