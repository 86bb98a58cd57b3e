"""Laws of structured fields (RFC 9651)."""

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgikit.http.headers import Headers
from asgikit.structured import (
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
from property_tests.strategies import hostile, work

KEY = string.ascii_lowercase + string.digits + "_-.*"
TOKEN = string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~:/"

keys = st.builds(str.__add__, st.sampled_from(string.ascii_lowercase + "*"), st.text(KEY, max_size=8))
bare_items = st.one_of(
    st.booleans(),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.decimals(-(10**12) + 1, 10**12 - 1, allow_nan=False, allow_infinity=False, places=3),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12),
    st.builds(Token, st.builds(str.__add__, st.sampled_from(string.ascii_letters + "*"), st.text(TOKEN, max_size=8))),
    st.binary(max_size=12),
    st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)),
    st.text(max_size=12).map(DisplayString),
)
params = st.dictionaries(keys, bare_items, max_size=3).map(lambda pairs: tuple(pairs.items()))
items = st.builds(Item, bare_items, params)
members = items | st.builds(InnerList, st.lists(items, max_size=3).map(tuple), params)
lists = st.lists(members, min_size=1, max_size=4).map(tuple)
dictionaries = st.dictionaries(keys, members, min_size=1, max_size=4)
markup = st.text(' \t,;=()"\\?:@%-.*a1C\x00é', max_size=30)
fields = st.one_of(hostile, markup, lists.map(serialize_list), dictionaries.map(serialize_dictionary))
PARSERS = ((parse_item, serialize_item), (parse_list, serialize_list), (parse_dictionary, serialize_dictionary))


@given(items, lists, dictionaries)
def test_what_is_written_is_read(item, some, named):
    """With its type: True, 1 and Decimal(1) stay apart, though Python has them equal."""
    assert parse_item(serialize_item(item)) == item
    assert parse_list(serialize_list(some)) == some
    assert list(parse_dictionary(serialize_dictionary(named)).items()) == list(named.items())
    (read,) = parse_list(serialize_list([item]))
    assert [type(value) for _, value in read.params] == [type(value) for _, value in item.params]
    assert type(read.value) is type(item.value)


@given(lists, dictionaries)
def test_what_is_written_fits_in_a_header(some, named):
    """It needs no second check."""
    for text in (serialize_list(some), serialize_dictionary(named)):
        assert Headers({"x": text})["x"] == text


@given(fields)
def test_reading_gives_what_can_be_written_or_a_value_error(text):
    """Whatever comes: what is read prints to its like."""
    for parse, serialize in PARSERS:
        try:
            value = parse(text)
        except ValueError:
            continue
        if value:
            assert parse(serialize(value)) == value


@given(lists, lists, st.sampled_from([",", ", ", " ,\t"]))
def test_lines_are_one_list(first, second, comma):
    """Fields of one name are joined with commas (RFC 9651, 4.2)."""
    assert parse_list(comma.join((serialize_list(first), serialize_list(second)))) == first + second


@given(dictionaries, dictionaries)
def test_the_last_of_a_name_counts(first, second):
    """In the place of the first."""
    both = parse_dictionary(f"{serialize_dictionary(first)}, {serialize_dictionary(second)}")
    assert list(both.items()) == list({**first, **second}.items())


@given(st.datetimes(timezones=st.timezones()))
def test_a_date_is_a_moment_in_whole_seconds(moment):
    """Wherever it was made."""
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        with pytest.raises(ValueError, match="outside the years"):
            serialize_item(Item(moment))
        return
    read = parse_item(serialize_item(Item(moment))).value
    assert isinstance(read, datetime)
    assert 0 <= (utc - read).total_seconds() < 1


@given(
    markup | st.sampled_from(["a,", "a;b;c=1,", '"', '"x",', "(a b),", ":YQ==:,", '%"%c3%a9",', "(", ":", ";", '%"%c3', "a=("])
)
def test_parsing_is_linear(text):
    """Ten times the text is about ten times the work."""
    for parse, _ in PARSERS:
        assert work(parse, text * 200) <= 11 * work(parse, text * 20) + 300
