"""What an application says beside the body of its response."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.http.headers import Headers
from asgikit.testing.failures import Refused
from asgikit.testing.heard import Heard
from tests.testing.apps import body, start

pytestmark = pytest.mark.virtual_time


def told(*events: Any, offered: list[str] | None = None) -> Heard:
    heard = Heard(offered or [])
    for event in events:
        heard.take(event)
    return heard


def test_the_start_is_kept() -> None:
    """The first one: a second is another rule's."""
    heard = told(start(201, (b"x-a", b"1")), start(500))
    assert (heard.status, heard.fields) == (201, [(b"x-a", b"1")])
    assert heard.start == start(201, (b"x-a", b"1"))


def test_each_message_tells_its_type() -> None:
    """One that nobody knows, too."""
    heard = Heard()
    assert [heard.take(event) for event in (start(), body(), {"type": "x"})] == ["http.response.start", "http.response.body", "x"]


def test_hints_and_pushes_are_kept_in_their_order() -> None:
    """Each as it came."""
    heard = told(
        {"type": "http.response.early_hint", "links": [b"</a>", b"</b>"]},
        {"type": "http.response.early_hint"},
        {"type": "http.response.push", "path": "/a.css", "headers": [(b"x-a", b"1")]},
    )
    assert heard.early_hints == [["</a>", "</b>"], []]
    assert [(push.path, push.headers["x-a"]) for push in heard.pushes] == [("/a.css", "1")]


def test_trailers_and_debugging_information_add_up() -> None:
    """Whatever many messages bring them."""
    heard = told(
        {"type": "http.response.trailers", "headers": [(b"a", b"1")], "more_trailers": True},
        {"type": "http.response.trailers", "headers": [(b"b", b"2")]},
        {"type": "http.response.debug", "info": {"a": 1}},
        {"type": "http.response.debug", "info": {"b": 2}},
    )
    assert heard.raw_trailers == [(b"a", b"1"), (b"b", b"2")]
    assert heard.debug == {"a": 1, "b": 2}


def test_trailers_are_fields_as_all_others() -> None:
    """One that comes twice is there twice, in order."""
    pairs = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]
    heard = told({"type": "http.response.trailers", "headers": pairs})
    assert heard.trailers == Headers([("a", "1"), ("b", "2"), ("a", "3")])
    assert heard.trailers.get_all("a") == ("1", "3")


@pytest.mark.parametrize(
    ("offered", "announced", "expects"), [(True, True, True), (True, False, False), (False, True, False), (False, False, False)]
)
def test_trailers_are_expected_where_both_sides_know_of_them(offered: bool, announced: bool, expects: bool) -> None:
    """The server by offering, the application by announcing them."""
    heard = told(start(trailers=announced), offered=["http.response.trailers"] if offered else [])
    assert heard.expects_trailers is expects


def test_before_the_start_no_trailers_are_expected() -> None:
    """Whatever is offered."""
    assert Heard(["http.response.trailers"]).expects_trailers is False


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": "http.response.start"},
        {"type": "http.response.start", "status": "many"},
        {"type": "http.response.start", "status": 200, "headers": [(b"a",)]},
        {"type": "http.response.body", "body": "text"},
        {"type": "http.response.pathsend", "path": "/etc/passwd"},
        {"type": "http.response.zerocopysend", "file": None},
        {"type": "http.response.push"},
        {"type": "http.response.trailers", "headers": [5]},
        5,
        None,
    ],
)
def test_what_no_server_can_read_is_refused(event: Any) -> None:
    """Also what was not offered."""
    with pytest.raises(Refused):
        told(event)
