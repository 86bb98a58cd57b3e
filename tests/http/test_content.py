"""The fields that describe content (RFC 9110, 8.3 and 8.6)."""

import pytest

from asgikit.http.content import BODILESS, check_status, content_fields, measured


def test_content_fields_are_type_and_length():
    """Every length gives its own pair of fields."""
    fields = content_fields("text/plain")
    assert fields(0) == ((b"content-type", b"text/plain"), (b"content-length", b"0"))
    assert fields(123) == ((b"content-type", b"text/plain"), (b"content-length", b"123"))


def test_content_fields_of_one_length_are_kept():
    """A common length costs nothing the second time."""
    fields = content_fields("text/plain")
    assert fields(5) is fields(5)


def test_only_so_many_lengths_are_kept():
    """A client that asks for every length fills no memory."""
    fields = content_fields("text/plain")
    for length in range(5_000):
        assert fields(length)[1][1] == str(length).encode()
    assert fields.cache_info().currsize <= 1024


@pytest.mark.parametrize("content_type", ["a\r\nb", "a\x00", " a", "€"])
def test_a_content_type_is_checked_once(content_type):
    """What no header can hold is refused before any response is made."""
    with pytest.raises(ValueError, match="content-type"):
        content_fields(content_type)


@pytest.mark.parametrize("status", [200, 204, 304, 404, 599])
def test_a_final_status_is_from_200_to_599(status):
    """These statuses pass."""
    assert check_status(status) is None


@pytest.mark.parametrize("status", [-1, 0, 99, 100, 101, 199, 600, 999, 10**9])
def test_other_statuses_are_refused(status):
    """Interim responses and numbers outside the classes are no final response (RFC 9110, 15)."""
    with pytest.raises(ValueError, match=str(status)):
        check_status(status)


def test_names_are_lowered():
    """ASGI wants names in lower case, values as they are."""
    assert measured(((b"X-A", b"B"),), None, 200) == ((b"x-a", b"B"),)


def test_a_known_length_is_added():
    """A body of known length says so, and an empty one too."""
    assert measured((), 5, 200) == ((b"content-length", b"5"),)
    assert measured((), 0, 404) == ((b"content-length", b"0"),)


def test_an_unknown_length_is_not_added():
    """A stream has the length that its maker gives, if any."""
    assert measured((), None, 200) == ()
    assert measured(((b"Content-Length", b"9"),), None, 200) == ((b"content-length", b"9"),)


def test_a_true_length_stays_where_it_is():
    """A content-length that is right is neither moved nor repeated."""
    raw = ((b"Content-Length", b"5"), (b"x", b"y"))
    assert measured(raw, 5, 200) == ((b"content-length", b"5"), (b"x", b"y"))


@pytest.mark.parametrize("lengths", [[b"4"], [b"05"], [b"+5"], [b"5, 5"], [b"5", b"5"], [b"5", b"6"], [b""], [b"\xb5"]])
def test_a_false_length_is_refused(lengths):
    """A content-length that the body does not keep would split the connection's messages (RFC 9112, 6.3)."""
    with pytest.raises(ValueError, match="leave it out"):
        measured(tuple((b"content-length", value) for value in lengths), 5, 200)


def test_204_has_no_length():
    """A response without content may not say how long it is (RFC 9110, 8.6)."""
    assert measured(((b"Content-Length", b"0"), (b"x", b"y")), 0, 204) == ((b"x", b"y"),)


def test_304_may_tell_the_length_of_what_is_not_sent():
    """It describes the content that a 200 would have (RFC 9110, 8.6); none is added."""
    assert measured(((b"Content-Length", b"9"),), 0, 304) == ((b"content-length", b"9"),)
    assert measured((), 0, 304) == ()


def test_two_statuses_have_no_content():
    """204 and 304 (RFC 9110, 15.3.5 and 15.4.5), in a set that cannot be changed."""
    assert {204, 205, 304} == BODILESS
    assert isinstance(BODILESS, frozenset)
