"""Laws of header fields, and of the lists in them (RFC 9110, 5)."""

from hypothesis import given
from hypothesis import strategies as st

from asgikit.http.grammar import is_token, quote, split_list, unquote
from asgikit.http.headers import Headers
from property_tests.strategies import (
    any_text,
    header_lists,
    header_names,
    header_pairs,
    header_values,
    hostile,
    markup,
    raw_headers,
    tokens,
    work,
)

either = header_lists | raw_headers


@given(either, either, either)
def test_addition_is_associative(a, b, c):
    """How sums are bracketed is of no matter."""
    assert (a + b) + c == a + (b + c)


@given(either)
def test_no_headers_are_the_neutral_element(a):
    """Nothing added on either side changes nothing."""
    assert Headers() + a == a == a + Headers()


@given(either, either)
def test_addition_keeps_every_line(a, b):
    """The lines of a sum are those of its parts, for each name too."""
    total = a + b
    assert total.raw == a.raw + b.raw
    assert all(total.get_all(name) == a.get_all(name) + b.get_all(name) for name, _ in total)


@given(header_pairs)
def test_headers_give_back_their_pairs(pairs):
    """Names come back in lower case, values as they were."""
    assert list(Headers(pairs)) == [(name.lower(), value) for name, value in pairs]


@given(either, header_names, header_values)
def test_with_field_is_what_get_finds(headers, name, value):
    """The one line that was set is the value, in any case of the name."""
    after = headers.with_field(name, value)
    assert after.get(name) == after.get(name.swapcase()) == value
    assert after.get_all(name) == (value,)


@given(either, header_names, header_values)
def test_with_field_leaves_the_others_alone(headers, name, value):
    """Setting one field, once or twice, changes no other."""
    after = headers.with_field(name, value)
    assert after.without(name) == headers.without(name)
    assert after.with_field(name, value) == after


@given(either, header_names, header_values)
def test_with_added_is_one_line_more(headers, name, value):
    """Adding a line is adding headers that have just that line."""
    assert headers.with_added(name, value) == headers + Headers([(name, value)])


@given(either)
def test_what_is_removed_is_gone(headers):
    """Each name that iteration shows can be found, and can be removed."""
    for name, _ in headers:
        assert name in headers
        assert name not in headers.without(name)


@given(either, any_text)
def test_asking_for_any_name_never_fails(headers, name):
    """Presence, lines and removal agree about every text."""
    assert (name in headers) == bool(headers.get_all(name)) == (headers.without(name) != headers)


@given(header_lists)
def test_the_case_of_names_is_no_part_of_the_value(headers):
    """Equality and hash are those of the lines, however their names are written."""
    shouted = Headers.from_raw([(name.upper(), value) for name, value in headers.raw])
    assert headers == shouted
    assert hash(headers) == hash(shouted)


@given(header_names | hostile, header_values | hostile)
def test_what_is_accepted_can_split_no_message(name, value):
    """An accepted name is a token; an accepted value has no control character and no blank around it."""
    try:
        ((raw_name, raw_value),) = Headers([(name, value)]).raw
    except ValueError:
        return
    assert raw_name.decode() == name.lower()
    assert is_token(name)
    assert raw_value.decode("latin-1") == value == value.strip(" \t")
    assert all(octet == 9 or (octet >= 32 and octet != 127) for octet in raw_value)


@given(header_names, header_values)
def test_what_is_legal_is_accepted(name, value):
    """The check refuses nothing that RFC 9110 allows."""
    assert Headers({name: value})[name] == value


@given(st.lists(tokens, max_size=5), st.lists(tokens, max_size=5))
def test_with_listed_lists_each_element_once(before, added):
    """All elements are in the list afterwards, none twice that was not, and a second time nothing changes."""
    headers = Headers({"vary": ", ".join(before)}) if before else Headers()
    after = headers.with_listed("vary", *added)
    listed = [element.lower() for element in split_list(after.get("vary") or "")]
    assert listed[: len(before)] == [element.lower() for element in before]
    assert listed[len(before) :] == list(dict.fromkeys(e.lower() for e in added if e.lower() not in listed[: len(before)]))
    assert after.with_listed("vary", *added) is after


@given(st.lists(header_values, max_size=6), st.sampled_from([",", ";"]))
def test_a_list_of_quoted_text_is_read_back(values, separator):
    """Splitting and unquoting invert quoting and joining, whatever separators the text holds."""
    parts = split_list(separator.join(quote(value) for value in values), separator)
    assert [unquote(part[1:-1]) if part.startswith('"') else part for part in parts] == values


@given(hostile)
def test_splitting_loses_nothing_but_blanks_and_commas(text):
    """The elements, put together, are the text without its separators."""
    trimmed = str.maketrans("", "", ", \t")
    assert "".join(split_list(text)).translate(trimmed) == text.translate(trimmed)


@given(hostile.map(lambda text: text.replace('"', "")))
def test_splitting_a_joined_list_changes_nothing(text):
    """A list without quotes that was split once is split the same way again."""
    parts = split_list(text)
    assert split_list(",".join(parts)) == parts


@given(markup)
def test_splitting_is_linear(text):
    """Ten times the text is about ten times the work."""
    assert work(split_list, text * 200) <= 11 * work(split_list, text * 20) + 100
