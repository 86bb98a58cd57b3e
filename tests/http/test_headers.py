"""Header fields as a value (RFC 9110, 5)."""

import pytest

from asgikit.http.headers import Headers, encode_field

TWO = Headers([("Accept", "a"), ("host", "h"), ("ACCEPT", "b")])


def test_a_name_is_kept_in_lower_case():
    """Names given as text become lower case, as HTTP/2 and ASGI want them."""
    assert Headers({"Content-Type": "text/html"}).raw == ((b"content-type", b"text/html"),)


@pytest.mark.parametrize("control", ["\r\n", "\r", "\n", "\x00", "\x0b", "\x1b", "\x7f"])
def test_a_value_with_a_control_character_is_refused(control):
    """D26: CR LF, NUL and other control characters never enter a value, by any way of making headers."""
    value = f"a{control}set-cookie: evil=1"
    for make in (lambda v: Headers({"x": v}), lambda v: TWO.with_field("x", v), lambda v: TWO.with_added("x", v)):
        with pytest.raises(ValueError, match="cannot hold"):
            make(value)


@pytest.mark.parametrize("value", ["\r\n", "a\r\n", "a\r\n b", "\na"])
def test_a_folded_or_split_value_is_refused(value):
    """D26: neither a split response nor obs-fold (RFC 9110, 5.2) passes."""
    with pytest.raises(ValueError, match="cannot hold"):
        encode_field("location", value)


@pytest.mark.parametrize("name", ["", " ", "a b", "a:", ":path", "a\r\nb", "a\n", "a\x00", "(x)", '"x"', "a/b"])
def test_a_name_that_is_no_token_is_refused(name):
    """A field name is a token (RFC 9110, 5.1)."""
    with pytest.raises(ValueError, match="is not a header name"):
        Headers([(name, "v")])


@pytest.mark.parametrize("name", ["é", "\u212aey", "\ud800", "ſet-cookie"])
def test_a_name_outside_ascii_is_refused(name):
    """A letter that only lowers to ASCII, as the Kelvin sign does to "k", makes no name."""
    with pytest.raises(ValueError, match="header"):
        encode_field(name, "v")


@pytest.mark.parametrize("value", ["€", "\ud800", "日本"])
def test_a_value_outside_latin_1_is_refused(value):
    """Text that HTTP has no bytes for must be encoded by whoever sets it (RFC 8187)."""
    with pytest.raises(ValueError, match="outside Latin-1"):
        Headers({"x": value})


@pytest.mark.parametrize("value", ["", "a", "a b", "a\tb", "é", "x" * 100_000])
def test_a_legal_value_is_given_back(value):
    """What a field can hold comes back as it was."""
    assert Headers({"x": value}).get("X") == value


@pytest.mark.parametrize("value", [" a", "a ", "\ta", " "])
def test_white_space_around_a_value_is_refused(value):
    """Blanks around a value would be lost on the wire (RFC 9110, 5.5)."""
    with pytest.raises(ValueError, match="white space around it"):
        Headers({"x": value})


@pytest.mark.parametrize("name", ["accept", "Accept", "aCCEPT"])
def test_names_are_found_in_any_case(name):
    """Field names are case-insensitive (RFC 9110, 5.1)."""
    assert name in TWO
    assert TWO.get_all(name) == ("a", "b")


def test_lines_of_one_name_are_joined_by_a_comma():
    """Several lines read as one list, in order (RFC 9110, 5.3)."""
    assert TWO.get("accept") == TWO["accept"] == "a, b"


def test_lines_of_cookie_are_joined_by_a_semicolon():
    """As HTTP/2 splits them (RFC 9113, 8.2.3)."""
    assert Headers([("cookie", "a=1"), ("Cookie", "b=2")])["cookie"] == "a=1; b=2"


def test_several_set_cookie_lines_are_never_joined():
    """Set-Cookie is the exception: its commas are text (RFC 9110, 5.3)."""
    headers = Headers([("set-cookie", "a=1"), ("Set-Cookie", "b=2")])
    with pytest.raises(ValueError, match="get_all"):
        headers.get("Set-Cookie")
    assert headers.get_all("set-cookie") == ("a=1", "b=2")


def test_one_set_cookie_line_is_its_value():
    """A single Set-Cookie line needs no joining."""
    assert Headers({"set-cookie": "a=1, b"})["set-cookie"] == "a=1, b"


@pytest.mark.parametrize("name", ["x", "", "é", "€", "\ud800", "\u212aey"])
def test_a_name_that_is_not_there_is_none(name):
    """A missing or impossible name is absent, not an error, to each way of asking."""
    headers = Headers({"key": "v"})
    assert headers.get(name) is None
    assert headers.get_all(name) == ()
    assert name not in headers
    assert headers.without(name) == headers


def test_a_missing_name_is_a_key_error_in_brackets():
    """Brackets raise, as those of a mapping do."""
    with pytest.raises(KeyError, match="host"):
        Headers()["host"]


def test_only_text_is_ever_a_member():
    """Bytes are no name."""
    assert b"host" not in TWO


def test_raw_fields_are_kept_as_they_are():
    """What a server gives keeps its case and bytes, even those that we would refuse."""
    raw = [(b"X-A", b" \x00"), (b"\xe9", b"v"), (b"", b"")]
    assert Headers.from_raw(raw).raw == tuple(raw)


def test_raw_fields_may_be_lists_read_from_an_iterator():
    """ASGI allows any iterable of two-item iterables; it is read once."""
    headers = Headers.from_raw(iter([[b"A", b"1"]]))
    assert list(headers) == list(headers) == [("a", "1")]


def test_a_raw_name_outside_ascii_is_found_and_removed_by_its_text():
    """What iteration shows, lookup finds and removal removes."""
    headers = Headers.from_raw([(b"\xe9", b"v"), (b"?", b"w")])
    assert [headers.get(name) for name, _ in headers] == ["v", "w"]
    assert list(headers.without("é")) == [("?", "w")]
    assert headers.without("€") == headers


def test_with_field_replaces_at_the_first_place():
    """The new line stands where the first old one stood, and the others are gone."""
    assert list(TWO.with_field("Accept", "c")) == [("accept", "c"), ("host", "h")]


def test_with_field_appends_a_new_name():
    """A name that was not there comes last."""
    assert list(Headers({"a": "1"}).with_field("B", "2")) == [("a", "1"), ("b", "2")]


def test_with_added_keeps_the_old_lines():
    """One more line at the end, the same name or not."""
    assert TWO.with_added("Host", "i").get_all("host") == ("h", "i")


def test_without_removes_every_line_of_the_name():
    """No line of that name is left, in any case."""
    assert list(TWO.without("Accept")) == [("host", "h")]


@pytest.mark.parametrize(
    ("before", "elements", "after"),
    [
        ({}, ("Origin",), "Origin"),
        ({"vary": "Origin"}, ("origin",), "Origin"),
        ({"vary": "Accept"}, ("Origin", "ACCEPT"), "Accept, Origin"),
        ({}, ("a", "B", "A", "b"), "a, B"),
        ({"vary": ""}, ("a",), "a"),
        ({"vary": 'x="a, b"'}, ("a",), 'x="a, b", a'),
    ],
)
def test_with_listed_adds_each_element_once(before, elements, after):
    """A list field gets the elements that it lacks, each once, in any case."""
    assert Headers(before).with_listed("Vary", *elements)["vary"] == after


def test_with_listed_joins_the_lines_of_a_field():
    """Several lines become one line with all the elements."""
    headers = Headers([("vary", "a"), ("x", "1"), ("vary", "b")]).with_listed("vary", "c")
    assert list(headers) == [("vary", "a, b, c"), ("x", "1")]


def test_with_listed_is_the_same_value_if_nothing_is_new():
    """Adding what is there changes nothing, not even how it was written."""
    headers = Headers({"vary": "a ,b"})
    assert headers.with_listed("vary", "B", "A") is headers


def test_methods_leave_the_value_alone():
    """Each change is a new value."""
    before = TWO.raw
    for after in (TWO.with_field("a", "1"), TWO.with_added("a", "1"), TWO.without("host"), TWO + TWO):
        assert after != TWO
    assert TWO.raw == before


def test_nothing_can_be_assigned():
    """A value has no attributes to set."""
    with pytest.raises(AttributeError):
        TWO.raw = ()
    with pytest.raises(AttributeError):
        TWO.other = 1
    with pytest.raises(TypeError):
        TWO["host"] = "x"


def test_equality_ignores_the_case_of_names_only():
    """Names are compared without their case, values with it."""
    one = Headers.from_raw([(b"A", b"x")])
    assert one == Headers({"a": "x"})
    assert hash(one) == hash(Headers({"a": "x"}))
    assert one != Headers({"a": "X"})


def test_order_is_part_of_the_value():
    """The same lines in another order are another value."""
    assert Headers([("a", "1"), ("b", "2")]) != Headers([("b", "2"), ("a", "1")])


def test_headers_equal_nothing_else():
    """A list of the same pairs is not equal."""
    assert Headers({"a": "1"}) != [("a", "1")]


def test_the_length_counts_lines():
    """Every line counts, repeated names too."""
    assert len(TWO) == 3
    assert not Headers()


def test_headers_can_be_made_from_headers():
    """Iteration yields what the constructor takes."""
    assert Headers(TWO) == TWO


def test_the_repr_shows_the_pairs():
    """The representation can be read as the call that makes the value."""
    assert repr(Headers({"A": "b"})) == "Headers([('a', 'b')])"


def test_a_mapping_and_its_pairs_are_the_same():
    """One value for each name may come as a mapping."""
    assert Headers({"a": "1", "b": "2"}) == Headers([("a", "1"), ("b", "2")])
