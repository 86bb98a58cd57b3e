"""The request that a client is about to make."""

from __future__ import annotations

from uuid import UUID

import pytest

from asgikit import get, host, param, rest, root
from asgikit.calls import Call
from asgikit.converters import AnyText, Day, Identifier, Integer
from asgikit.drafts import Draft, call_of, require_scalars, text_of
from asgikit.errors import CompositionError
from asgikit.inputs import cookie, header


def test_a_draft_is_finished_as_a_call() -> None:
    """The query behind the path, cookies in one field, everything encoded."""
    draft = Draft().with_query("q", ["a b", "&"]).with_query("none", []).with_cookie("a", "1").with_cookie("b", "x y")
    draft = draft.with_header("X-A", "é").with_header("x-b", None).with_content(b"{}", "application/json")
    fields = ((b"x-a", b"\xe9"), (b"content-type", b"application/json"), (b"cookie", b"a=1; b=x y"))
    assert draft.finish("POST", "/x") == Call("POST", "/x?q=a+b&q=%26", fields, b"{}")
    assert Draft().finish("GET", "//a.example.com/") == Call("GET", "//a.example.com/")


def test_a_draft_is_never_changed() -> None:
    """Whatever is written on it makes another one."""
    draft = Draft()
    draft.with_query("a", ["1"]).with_header("a", "1").with_cookie("a", "1").with_content(b"", "a/b")
    assert draft.finish("GET", "/") == Call("GET", "/")


SMUGGLED = ["a\r\nb: c", "a\nb", "a\x00", "\x7f", " a", "a\t", "名", "\ud800"]


@pytest.mark.parametrize("text", SMUGGLED)
def test_what_no_field_can_hold_is_refused(text: str) -> None:
    """Rather than sent as two fields, or as another value; the error does not repeat it."""
    with pytest.raises(ValueError, match="the header 'x-a' cannot hold what was given") as header_error:
        Draft().with_header("x-a", text)
    with pytest.raises(ValueError, match="the cookie 'c' cannot hold what was given") as cookie_error:
        Draft().with_cookie("c", text)
    assert text.strip() not in str(header_error.value).replace("a cookie", "") or len(text.strip()) == 1
    assert "b: c" not in f"{header_error.value} {cookie_error.value}"


@pytest.mark.parametrize("text", ["a;b=c", '"a"', "a; "])
def test_what_would_be_another_cookie_is_refused(text: str) -> None:
    """Semicolons separate cookies, and quotes around a value are dropped by who reads it."""
    with pytest.raises(ValueError, match="semicolons"):
        Draft().with_cookie("c", text)


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "connection", "upgrade", "sec-websocket-key"])
def test_what_frames_a_request_is_for_the_client_to_write(name: str) -> None:
    """With these from elsewhere, one request could be read as two."""
    with pytest.raises(ValueError, match="the client's own to write"):
        Draft().with_header(name, "5")
    assert Draft().with_header(name, None).finish("GET", "/") == Call("GET", "/")


def test_two_inputs_that_read_the_same_are_given_the_same() -> None:
    """Else one of them would arrive as the other, or one that was left out as one that was not."""
    twice = get(root).takes(header("x-a", str, default=None)).takes(header("X-A", str, default=None))
    assert twice.call("a", "a").headers == ((b"x-a", b"a"),)
    for one, other in (("a", "b"), ("a", None), (None, "a")):
        with pytest.raises(ValueError, match=r"two inputs read the header 'x-a'"):
            twice.call(one, other)
    with pytest.raises(ValueError, match="the cookie 'c'"):
        get(root).takes(cookie("c", int)).takes(cookie("c", int)).call(1, 2)
    with pytest.raises(ValueError, match="'q'"):
        Draft().with_query("q", ["1"]).with_query("q", [])
    with pytest.raises(ValueError, match="the header 'cookie'"):
        get(root).takes(header("cookie", str)).takes(cookie("c", int)).call("c=1; d=2", 1)
    assert get(root).takes(header("cookie", str)).takes(cookie("c", int)).call("c=1", 1).headers == ((b"cookie", b"c=1"),)
    with pytest.raises(ValueError, match="twice"):
        Draft().with_content(b"", "a/b").with_content(b"", "a/b")


def test_the_path_has_its_values_first() -> None:
    """Of the host, then of the path; the number of all of them has to be right."""
    path = (host(param("team", str), "example.com") / param("id", int) / rest("tail")).pattern
    assert call_of("GET", path, (), ("acme", 3, "a/b c")) == Call("GET", "//acme.example.com/3/a/b%20c")
    for values in ((), ("acme", 3), ("acme", 3, "a", "b")):
        with pytest.raises(TypeError, match=rf"takes 3 arguments, not {len(values)}"):
            call_of("GET", path, (), values)
    with pytest.raises(ValueError, match="'tail' takes text, not a int"):
        call_of("GET", path, (), ("acme", 3, 4))
    with pytest.raises(ValueError, match="label"):
        call_of("GET", path, (), ("evil.com/", 3, "a"))


WRONG = [
    (Integer(), "3"),
    (Integer(), 3.5),
    (Integer(1, 5), 6),
    (Identifier(), "x"),
    (Day(), 3),
    (AnyText(), 3),
    (AnyText(), None),
]


@pytest.mark.parametrize(("converter", "value"), WRONG)
def test_a_value_that_would_be_read_as_another_is_refused(converter: object, value: object) -> None:
    """Of the wrong type as well, whatever the converter makes of it."""
    with pytest.raises(ValueError, match=f"the cookie 'c' cannot hold a {type(value).__name__} like this"):
        text_of(converter, value, "the cookie 'c'")


def test_a_text_is_what_reads_back() -> None:
    """As the converter prints it."""
    assert text_of(Integer(), 3, "x") == "3"
    assert text_of(Identifier(), UUID(int=0), "x") == str(UUID(int=0))


def test_what_cannot_be_written_says_what_to_add() -> None:
    """An input of one's own that only reads, a converter that only parses."""

    class Reads:
        async def read(self, request: object, /) -> int:
            return 3

    class Parses:
        def parse(self, text: str, /) -> str:
            return text

    with pytest.raises(CompositionError, match=r"write_to\(draft, value\), as asgikit.drafts.WritableInput"):
        get(root).takes(Reads()).call(3)
    with pytest.raises(CompositionError, match=r"the header 'x': .* has no method print\(value\)"):
        text_of(Parses(), "a", "the header 'x'")


def test_half_a_character_is_no_text() -> None:
    """UTF-8 cannot encode it, and what reads it would see U+FFFD."""
    require_scalars("é😀", "this")
    with pytest.raises(ValueError, match="this cannot hold a lone surrogate"):
        require_scalars("\ud800", "this")
    with pytest.raises(ValueError, match="'q' of the query cannot hold"):
        Draft().with_query("q", ["\ud800"])
