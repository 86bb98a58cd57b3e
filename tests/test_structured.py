"""Structured fields through http-sf (RFC 9651)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from asgikit.structured import (
    BareItem,
    DisplayString,
    InnerList,
    Item,
    Token,
    parse_dictionary,
    parse_item,
    parse_list,
    serialize_dictionary,
    serialize_item,
    serialize_list,
)

MOMENT = datetime(2022, 8, 4, 1, 57, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("?1", True),
        ("?0", False),
        ("42", 42),
        ("-999999999999999", -999999999999999),
        ("4.5", Decimal("4.5")),
        ("1.0", Decimal("1.0")),
        ('"a \\"b\\" \\\\"', 'a "b" \\'),
        ('""', ""),
        ("foo123/456:*", Token("foo123/456:*")),
        ("*", Token("*")),
        (":AAH/:", b"\x00\x01\xff"),
        ("::", b""),
        ("@1659578233", MOMENT),
        ("@-62135596800", datetime(1, 1, 1, tzinfo=UTC)),
        ('%"f%c3%bc %25 %22"', DisplayString('fü % "')),
    ],
)
def test_each_kind_of_item_is_read_and_written(text: str, value: BareItem) -> None:
    """As the type that it has in Python, never as one that only equals it."""
    item = parse_item(text)
    assert item == Item(value)
    assert type(item.value) is type(value)
    assert serialize_item(item) == text


def test_a_token_is_no_string() -> None:
    """Nor a display string; as text it is itself."""
    assert len({Token("a"), DisplayString("a"), "a"}) == 3
    assert (str(Token("a")), str(DisplayString("a"))) == ("a", "a")


def test_parameters_are_pairs_in_their_order() -> None:
    """True without a value; of a name given twice the last value counts, in the first place."""
    item = parse_item(" text; a=1;b; a=tok;c=?0 ")
    assert item == Item(Token("text"), (("a", Token("tok")), ("b", True), ("c", False)))
    assert (item.param("b"), item.param("c"), item.param("d")) == (True, False, None)
    assert serialize_item(item) == "text;a=tok;b;c=?0"


def test_a_list_has_items_and_inner_lists() -> None:
    """Each with parameters."""
    members = parse_list('a;q=0.5 ,\t("b" 2;x);y=:AA==:, ()')
    inner = InnerList((Item("b"), Item(2, (("x", True),))), (("y", b"\0"),))
    assert members == (Item(Token("a"), (("q", Decimal("0.5")),)), inner, InnerList(()))
    assert inner.param("y") == b"\0"
    assert inner.param("x") is None
    assert serialize_list(members) == 'a;q=0.5, ("b" 2;x);y=:AA==:, ()'


def test_a_dictionary_has_members_by_name() -> None:
    """Flags are True; it cannot be changed."""
    priority: Any = parse_dictionary("u=3, i, l=(1);p, u=5;x")
    assert dict(priority) == {"u": Item(5, (("x", True),)), "i": Item(True), "l": InnerList((Item(1),), (("p", True),))}
    assert list(priority) == ["u", "i", "l"]
    assert serialize_dictionary(priority) == "u=5;x, i, l=(1);p"
    with pytest.raises(TypeError):
        priority["u"] = Item(1)


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_field_is_an_empty_list(text: str) -> None:
    """Or dictionary, but no item (RFC 9651, 3.1 and 3.2)."""
    assert parse_list(text) == ()
    assert parse_dictionary(text) == {}
    with pytest.raises(ValueError, match="not a structured item: "):
        parse_item(text)


@pytest.mark.parametrize(
    "text",
    [
        *("a b", "a,", ",a", "A=é", "'a'", "{}", "é", "\ud800", "\t1", "1\x00"),
        *('"a', '"é"', '"\\n"', '%"%C3%BC"', '%"%ff"', ":a", ":a:"),
        *("1.", "1.2345", "1" * 16, "--1", "?2", "@1.5", "@999999999999999"),
        *("(a", "((a))", "(a,b)", "a;B", "a;"),
    ],
)
def test_what_is_malformed_is_a_value_error(text: str) -> None:
    """In each of the three, and nothing else is raised (RFC 9651, 4.2)."""
    kinds: list[tuple[str, Callable[[str], object]]] = [
        ("item", parse_item),
        ("list", parse_list),
        ("dictionary", lambda text: parse_dictionary(f"a={text}")),
    ]
    for kind, parse in kinds:
        with pytest.raises(ValueError, match=f"^not a structured {kind}: ") as caught:
            parse(text)
        assert type(caught.value) is ValueError


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (Item("é"), "make 'é' a DisplayString"),
        (Item("a\n"), "disallowed"),
        (Item(DisplayString("\ud800")), "surrogates"),
        (Item(Token("")), "empty"),
        (Item(Token("a b")), "disallowed"),
        (Item(10**15), "range"),
        (Item(Decimal("NaN")), "not finite"),
        (Item(Decimal(10**12)), "oversize"),
        (Item(datetime(2022, 8, 4)), "timezone-aware"),
        (Item(datetime.max.replace(tzinfo=timezone(-timedelta(hours=1)))), "outside the years"),
        (Item(1, (("A", 1),)), "disallowed|not start"),
        (Item(1, (("", 1),)), "Zero length"),
        (Item(1, (("a", 1), ("a", 1))), "given twice"),
        (Item(1, (("a", "é"),)), "DisplayString"),
    ],
)
def test_what_no_field_can_hold_is_a_value_error(item: Item, reason: str) -> None:
    """Alone and in a list or a dictionary."""
    for write in (
        lambda: serialize_item(item),
        lambda: serialize_list([Item(1), item]),
        lambda: serialize_list([InnerList((item,))]),
        lambda: serialize_dictionary({"a": InnerList((), item.params or (("x", item.value),))}),
    ):
        with pytest.raises(ValueError, match=reason):
            write()


def test_nothing_is_no_field() -> None:
    """An empty list or dictionary is said by leaving the field out (RFC 9651, 4.1)."""
    with pytest.raises(ValueError, match="should not be emitted"):
        serialize_list([])
    with pytest.raises(ValueError, match="should not be emitted"):
        serialize_dictionary({})


def test_decimals_and_dates_are_rounded() -> None:
    """To thousandths, half to even, and down to whole seconds; a date may come from any time zone."""
    assert serialize_item(Item(Decimal("1.0005"))) == "1.0"
    assert serialize_item(Item(Decimal("-0.0015"))) == "-0.002"
    moment = MOMENT.astimezone(timezone(timedelta(hours=2))).replace(microsecond=999_999)
    assert serialize_item(Item(moment)) == "@1659578233"
    assert serialize_item(Item(datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC))) == "@-2"


def test_without_http_sf_the_extra_is_named() -> None:
    """Importing works; asking for a field says what to install."""
    program = (
        "import sys; sys.modules['http_sf'] = None\n"
        "import asgikit.structured as s\n"
        "from asgikit.errors import MissingExtra\n"
        "uses = [lambda: s.parse_item('1'), lambda: s.parse_list('1'), lambda: s.parse_dictionary('a')]\n"
        "uses += [lambda: s.serialize_item(s.Item(1)), lambda: s.serialize_list([s.Item(1)])]\n"
        "for use in [*uses, lambda: s.serialize_dictionary({'a': s.Item(1)})]:\n"
        "    try: use()\n"
        "    except MissingExtra as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.count("install typed-asgikit[structured]") == 6
