"""Named texts from a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, TypedDict

import msgspec
import pytest

from asgikit.fieldtexts import plain_texts_of, texts_of
from asgikit.schema import FieldsCodec
from asgikit.uploads import Upload


class Mood(Enum):
    FOUR = 4
    THREE = 3


@dataclass(frozen=True)
class Search:
    q: str
    limit: int | None = None
    exact: bool = False
    tags: Sequence[str] = ()


def test_every_field_is_told() -> None:
    """Its default as well, so that a server with another default does as it is told; None is left out."""
    codec = FieldsCodec(Search)
    assert texts_of(codec, Search("a")) == [("q", "a"), ("exact", "false")]
    full = Search("", 3, True, ["x", "y"])
    assert plain_texts_of(codec, full) == [("q", ""), ("limit", "3"), ("exact", "true"), ("tags", "x"), ("tags", "y")]
    assert texts_of(codec, Search("a", tags=("x",)))[-1] == ("tags", "x")


@dataclass
class Kinds:
    mood: Mood = Mood.THREE
    price: Decimal = Decimal("1.0")
    ratio: float = 1e300
    when: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    took: timedelta = timedelta(seconds=1)
    data: bytes = b"\xff"
    ids: set[int] = field(default_factory=lambda: {1, 2})
    pair: tuple[int, str] = (1, "a")


def test_text_is_what_the_reader_takes_for_the_value() -> None:
    """Members of an Enum, numbers, dates, bytes, sets."""
    found = dict(plain_texts_of(FieldsCodec(Kinds), Kinds()))
    assert (found["mood"], found["price"]) == ("3", "1.0")
    assert (found["ratio"], found["when"], found["data"]) == ("1e+300", "2026-01-01T00:00:00Z", "/w==")


def test_equal_models_are_told_alike() -> None:
    """The values of a set in their order as text, whatever order this process has for them."""

    @dataclass
    class Marked:
        marks: set[str]

    given = [f"m{n}" for n in range(50)]
    assert [text for _, text in plain_texts_of(FieldsCodec(Marked), Marked(set(given)))] == sorted(given)


class Filter(TypedDict, total=False):
    tag: list[str]
    page: int


class Renamed(msgspec.Struct, rename="camel"):
    user_name: str
    page_size: int | msgspec.UnsetType = msgspec.UNSET


def test_other_models_are_told_by_their_names() -> None:
    """Absent keys stay absent, fields have the names that the reader knows."""
    assert texts_of(FieldsCodec(Filter), {"page": 2}) == [("page", "2")]
    assert texts_of(FieldsCodec(Filter), {}) == []
    assert texts_of(FieldsCodec(Renamed), Renamed("ada")) == [("userName", "ada")]


@dataclass
class Perhaps:
    text: str | None = "x"
    number: int | None = 5
    several: list[int] = field(default_factory=lambda: [1])


def test_none_is_told_where_it_can_be() -> None:
    """As empty text for a number; for a text there is no way to tell it, unless it is the default."""
    codec = FieldsCodec(Perhaps)
    assert ("number", "") in texts_of(codec, Perhaps(number=None))
    with pytest.raises(ValueError, match="text would be read as something else"):
        texts_of(codec, Perhaps(text=None))
    with pytest.raises(ValueError, match="several would be read as something else"):
        texts_of(codec, Perhaps(several=[]))


@dataclass
class Nested:
    inner: Search


@dataclass
class Lists:
    rows: list[list[int]]


@dataclass
class Loose:
    value: object


MISFITS: list[tuple[Any, Any, str]] = [
    (Nested, Nested(Search("a")), "values inside of values"),
    (Lists, Lists([[1]]), "values inside of values"),
    (Search, Search(3), "q would be read as something else"),  # type: ignore[arg-type]  # what it is about
    (Search, Search("a", "3"), "limit would be read"),  # type: ignore[arg-type]  # what it is about
    (Search, Search("a", 3, "yes"), "Expected"),  # type: ignore[arg-type]  # what it is about
    (Search, Search("a", tags="xy"), "tags would be read"),
    (Search, Filter(page=1), "missing required field `q`"),
    (Search, {"q": "a"}, "a dict is no Search"),
    (Search, None, "no such model"),
    (Filter, Search("a"), "no such model"),
    (Kinds, Kinds(ratio=float("nan")), "not a finite number"),
    (Kinds, Kinds(price=Decimal("sNaN")), "no such model"),
    (Kinds, Kinds(when=datetime(2026, 1, 1, tzinfo=timezone(timedelta(seconds=3208)))), "when would be read"),
    (Kinds, Kinds(ids=[1, 2]), "ids would be read"),  # type: ignore[arg-type]  # what it is about
    (Loose, Loose(3), "value would be read"),
    (Renamed, Renamed("a", 10**5000), "Exceeds the limit"),
]


@pytest.mark.parametrize(("form", "model", "text"), MISFITS)
def test_what_texts_cannot_tell_is_refused(form: Any, model: Any, text: str) -> None:
    """Nested values, values of another type, what would arrive as something else."""
    codec: FieldsCodec[Any] = FieldsCodec(form)
    with pytest.raises(ValueError, match=text):
        plain_texts_of(codec, model)


@dataclass
class Profile:
    avatar: Upload
    more: list[Upload] = field(default_factory=list[Upload])


def test_files_stay_what_they_are() -> None:
    """For a form; where only texts can be they are refused."""
    one, two = Upload.of("a", b""), Upload.of("b", b"")
    codec = FieldsCodec(Profile, "form")
    assert texts_of(codec, Profile(one, [two])) == [("avatar", one), ("more", two)]
    with pytest.raises(ValueError, match="avatar is a Upload, not text"):
        plain_texts_of(codec, Profile(one))
