"""Laws of query strings (WHATWG URL, 5)."""

from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st

from asgikit.http.query import Query
from property_tests.strategies import any_text, hostile, markup, pair_lists, queries, scalar_text, work

query_bytes = st.one_of(st.binary(max_size=40), st.text("&=+%;aF0é\x00 ", max_size=40).map(str.encode))


def whatwg(raw: bytes) -> list[tuple[str, str]]:
    """The urlencoded parser as its standard tells it, step by step (WHATWG URL, 5.1)."""
    output = []
    for sequence in raw.split(b"&"):
        if sequence:
            name, _, value = sequence.partition(b"=")
            output.append((whatwg_text(name), whatwg_text(value)))
    return output


def whatwg_text(raw: bytes) -> str:
    """Plus signs replaced, triples decoded, and UTF-8 read without a byte order mark (WHATWG URL, 1.3)."""
    raw = raw.replace(b"+", b" ")
    out, at = bytearray(), 0
    while at < len(raw):
        digits = raw[at + 1 : at + 3]
        if raw[at] == ord("%") and len(digits) == 2 and all(d in b"0123456789abcdefABCDEF" for d in digits):
            out.append(int(digits, 16))
            at += 3
        else:
            out.append(raw[at])
            at += 1
    return out.decode("utf-8", "replace")


@given(query_bytes)
def test_parsing_follows_the_standard(raw):
    """Any bytes are read as the steps of the standard read them."""
    assert list(Query.parse(raw)) == whatwg(raw)


@given(queries)
def test_a_printed_query_is_parsed_back(query):
    """Nothing is lost on the way through text or bytes."""
    assert Query.parse(str(query)) == Query.parse(str(query).encode()) == query


@given(hostile)
def test_printing_what_was_parsed_changes_no_meaning(text):
    """A query has one spelling, reached after one round."""
    query = Query.parse(text)
    assert Query.parse(str(query)) == query


@given(any_text, any_text)
def test_a_printed_query_is_safe_in_a_url(name, value):
    """Whatever is in it, it is printed in alphanumerics and a few marks."""
    printed = str(Query([(name, value)]))
    assert printed.isascii()
    assert all(character.isalnum() or character in "*-._%+=" for character in printed)
    assert len(Query.parse(printed)) == 1


@given(pair_lists)
def test_the_standard_library_agrees(pairs):
    """What urlencode prints we read, and what we print parse_qsl reads."""
    assert Query.parse(urlencode(pairs)) == Query(pairs)
    assert parse_qsl(str(Query(pairs)), keep_blank_values=True) == pairs


@given(queries, queries, queries)
def test_queries_form_a_monoid(a, b, c):
    """Addition is associative, and no pairs are its neutral element."""
    assert (a + b) + c == a + (b + c)
    assert Query() + a == a == a + Query()


@given(queries, queries)
def test_printing_a_sum_is_joining_what_is_printed(a, b):
    """Print is a homomorphism, the ampersand its operation."""
    assert str(a + b) == "&".join(text for text in (str(a), str(b)) if text)


@given(queries, scalar_text, scalar_text)
def test_with_value_is_what_get_finds(query, name, value):
    """The one value that was set is there, and no other name has changed."""
    after = query.with_value(name, value)
    assert after.get_all(name) == (value,)
    assert after.without(name) == query.without(name)
    assert after.with_value(name, value) == after


@given(queries)
def test_grouping_keeps_every_value(query):
    """The groups hold as many values as there are pairs, each under its name."""
    groups = query.grouped()
    assert sum(map(len, groups.values())) == len(query)
    assert all(query.get_all(name) == values and query[name] == values[0] for name, values in groups.items())


@given(markup)
def test_parsing_is_linear(text):
    """Ten times the text is about ten times the work."""
    assert work(Query.parse, text * 200) <= 11 * work(Query.parse, text * 20) + 100
