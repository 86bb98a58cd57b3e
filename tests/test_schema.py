"""Typed models through msgspec."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import msgspec
import pytest

from asgikit.errors import BadRequest, CompositionError, MissingExtra, UnprocessableContent
from asgikit.faults import Fault
from asgikit.schema import FieldsCodec, JSONCodec


@dataclass(frozen=True)
class Inner:
    x: int = 1


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner = Inner(2)
    many: dict[str, list[Inner]] = field(default_factory=dict[str, list[Inner]])
    next: Outer | None = None


class Record(msgspec.Struct):
    name: str
    size: int = 3


@pytest.mark.parametrize(
    ("form", "data", "encoded"),
    [
        (Inner, b"{}", b'{"x":1}'),
        (Outer, b'{"name":"a"}', b'{"name":"a","many":{},"inner":{"x":2},"next":null}'),
        (Outer, b'{"name":"a","many":{"k":[{}]}}', b'{"name":"a","many":{"k":[{"x":1}]},"inner":{"x":2},"next":null}'),
        (list[Inner | None], b"[{},null]", b'[{"x":1},null]'),
        (Record, b'{"name":"r"}', b'{"name":"r","size":3}'),
        (int | str, b'"x"', b'"x"'),
    ],
)
def test_what_is_read_is_written_whole(form: Any, data: bytes, encoded: bytes) -> None:
    """Defaults included, however deep: msgspec alone leaves those of dataclasses out."""
    codec: JSONCodec[Any] = JSONCodec(form)
    assert json.loads(codec.encode(codec.decode(data))) == json.loads(encoded)


def test_deep_data_is_completed_without_recursion() -> None:
    """A chain of 300 models, each missing its default."""
    codec = JSONCodec(Outer)
    data = b'{"name":"a","next":' * 300 + b"null" + b"}" * 300
    assert codec.encode(codec.decode(data)).count(b'"inner":{"x":2}') == 300


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b'"\xff"', b"nan", b'{"x":1}}'])
def test_malformed_json_is_a_bad_request(data: bytes) -> None:
    """Also where it is nested endlessly or not UTF-8."""
    codec: JSONCodec[Any] = JSONCodec(Any)  # type: ignore[arg-type]  # whatever JSON holds
    with pytest.raises(BadRequest):
        codec.decode(data)


def test_json_that_does_not_fit_is_unprocessable() -> None:
    """The text names the place."""
    with pytest.raises(UnprocessableContent, match=r"\$\.x"):
        JSONCodec(Inner).decode(b'{"x":"1"}')


def test_fields_become_a_model_and_its_defaults() -> None:
    """Whole, as from JSON."""
    assert vars(FieldsCodec(Inner).convert({})) == {"x": 1}
    assert FieldsCodec(Inner).convert({"x": ("5",), "other": ("1",)}) == Inner(5)


@dataclass(frozen=True)
class Dated:
    when: datetime
    tags: Annotated[list[int], msgspec.Meta(description="numbers")] = field(default_factory=list[int])


@dataclass
class Unhashable:
    x: int


def test_values_out_of_range_are_unprocessable() -> None:
    """A year past 9999, a set of what has no hash: msgspec raises errors of its own there."""
    with pytest.raises(UnprocessableContent):
        FieldsCodec(Dated).convert({"when": ("253402300800",)})
    codec: JSONCodec[Any] = JSONCodec(set[Unhashable])
    with pytest.raises(UnprocessableContent):
        codec.decode(b'[{"x":1}]')


def test_an_annotated_list_takes_repeated_fields() -> None:
    """What an annotation adds plays no part."""
    assert FieldsCodec(Dated).convert({"when": ("2026-01-01T00:00:00",), "tags": ("1", "2")}).tags == [1, 2]


@dataclass
class Other:
    x: int


def test_types_without_a_codec_are_refused_at_composition() -> None:
    """With the reason."""
    wrong: Any = dict[int, int] | dict[str, str]
    with pytest.raises(CompositionError):
        JSONCodec(wrong)
    several: Any = Dated | Other
    with pytest.raises(CompositionError, match=r"several models need msgspec.Struct with a tag"):
        JSONCodec(several)
    with pytest.raises(CompositionError, match="no named fields"):
        FieldsCodec(list[int])


def test_without_msgspec_the_extra_is_named() -> None:
    """Importing asgikit works; asking for a model says what to install."""
    program = (
        "import sys; sys.modules['msgspec'] = None\n"
        "import asgikit\n"
        "asgikit.Response.json({'a': 1})\n"
        "for make in (lambda: asgikit.json(int), lambda: asgikit.query(int)):\n"
        "    try: make()\n"
        "    except asgikit.errors.MissingExtra as error: print(error, error.extra, isinstance(error, ImportError))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.count("typed-asgikit[schema] schema True") == 2
    assert issubclass(MissingExtra, ImportError)


@dataclass
class Measured:
    ratio: float = 0.5
    ratios: list[float] = field(default_factory=list[float])
    note: str = ""


@pytest.mark.parametrize("text", ["nan", "NaN", "-inf", "Infinity", " +inf "])
def test_a_number_from_text_is_finite(text: str) -> None:
    """As it would be in JSON; text may say what it likes."""
    codec = FieldsCodec(Measured)
    for fields in ({"ratio": [text]}, {"ratios": ["1", text]}):
        with pytest.raises(UnprocessableContent, match="is not a finite number"):
            codec.convert(fields)
    assert codec.convert({"note": [text], "ratio": ["1.5"]}) == Measured(1.5, note=text)


@dataclass
class Ticked:
    ok: bool = False
    age: int | None = 7
    note: str | None = "x"
    flag: bool | str = False


def test_what_browsers_send_for_checkboxes_and_empty_fields_fits() -> None:
    """A tick is true, and what was left empty is None where text could not be."""
    codec = FieldsCodec(Ticked)
    assert codec.convert({"ok": ["on"], "age": [""], "note": [""], "flag": ["on"]}) == Ticked(True, None, "", "on")
    with pytest.raises(UnprocessableContent):
        codec.convert({"ok": ["yes"]})


@dataclass(frozen=True, slots=True)
class Placed:
    names: list[Inner]
    by: dict[str, list[int]]


@pytest.mark.parametrize(
    ("data", "detail", "path"),
    [
        (b"3", "Expected `object`, got `int`", ()),
        (b'{"by":{}}', "Object missing required field `names`", ("names",)),
        (b'{"by":{},"names":[{"x":1},{"x":"1"}]}', "Expected `int`, got `str`", ("names", "1", "x")),
        (b'{"by":{"a":[1,"x"]},"names":[]}', "Expected `int`, got `str`", ("by",)),
    ],
)
def test_what_does_not_fit_has_its_place(data: bytes, detail: str, path: tuple[str, ...]) -> None:
    """As far as it has a name: a mapping may have any key."""
    with pytest.raises(UnprocessableContent) as caught:
        JSONCodec(Placed).decode(data)
    assert caught.value.faults == (Fault(detail, "body", path),)


def test_a_field_that_does_not_fit_is_named() -> None:
    """With the part of the request that it is in."""
    given: list[tuple[Any, dict[str, tuple[str, ...]], Fault]] = [
        (Inner, {"x": ("a",)}, Fault("Expected `int`, got `str`", "form", ("x",))),
        (Inner, {"x": ("1", "2")}, Fault("is given 2 times", "form", ("x",))),
        (Measured, {"ratio": ("nan",)}, Fault("is not a finite number", "form", ("ratio",))),
    ]
    for form, fields, fault in given:
        with pytest.raises(UnprocessableContent) as caught:
            FieldsCodec(form, "form").convert(fields)
        assert caught.value.faults == (fault,)
