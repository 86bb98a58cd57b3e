"""The honest WSGI application."""

from __future__ import annotations

import io
import threading
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from asgikit.conformance.wsgi import CASES
from asgikit.conformance.wsgi_site import READERS, READS, Plan, SiteError, WSGISite, read_fault


class Server:
    """What a WSGI server does, in a few lines."""

    def __init__(self) -> None:
        self.starts: list[Any] = []
        self.output = b""

    def start_response(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        if exc_info and self.output:
            raise exc_info[1]
        self.starts.append((status, dict(headers)))
        return self.write

    def write(self, data: bytes) -> None:
        self.output += data

    def serve(self, app: Any, body: bytes = b"") -> None:
        environ = {"wsgi.input": io.BytesIO(body), "QUERY_STRING": ""}
        setup_testing_defaults(environ)
        iterable = app(environ, self.start_response)
        try:
            for piece in iterable:
                self.write(piece)
        finally:
            iterable.close()


@pytest.mark.parametrize("plan", list(dict.fromkeys(case.plan for case in CASES)))
def test_the_site_is_honest(plan: Plan) -> None:
    """The validator of the standard library finds nothing; what it promises is what it gives."""
    site, server = WSGISite(plan, loop=0), Server()
    app = validator(site) if plan.fails == "never" and plan.restarts != "after" else site
    try:
        server.serve(app, b"body")
    except SiteError:
        assert plan.fails != "never" or plan.restarts == "after"
    else:
        length = server.starts[-1][1].get("Content-Length")
        assert length is None or int(length) == len(server.output) or plan.pieces == ()
    assert site.body == [b"body"]
    assert site.closed == (1 if site.opened else 0)


def test_an_error_page_replaces_what_was_not_sent() -> None:
    """By start_response with exc_info."""
    server = Server()
    server.serve(WSGISite(Plan(restarts="before", pieces=(b"page",)), loop=0))
    assert [status for status, _ in server.starts] == ["200 OK", "500 Internal Server Error"]
    assert server.output == b"page"


@pytest.mark.parametrize("fails", ["before", "started", "midway"])
def test_the_site_fails_where_it_is_told_to(fails: Any) -> None:
    """Before start_response, after it, in the middle of the body."""
    server = Server()
    with pytest.raises(SiteError):
        server.serve(WSGISite(Plan(fails=fails), loop=0))
    assert (len(server.starts), server.output) == {"before": (0, b""), "started": (1, b""), "midway": (1, b"he")}[fails]


def test_the_thread_of_the_event_loop_is_refused() -> None:
    """Before anything is done there that may wait; and it is noted."""
    site = WSGISite(Plan(), loop=threading.get_ident())
    with pytest.raises(SiteError, match="event loop's thread"):
        site({}, lambda *args: pytest.fail("start_response is called"))
    assert site.in_loop == ["the application"]


def test_a_late_start_in_the_thread_of_the_event_loop_is_refused() -> None:
    """The call was in another thread, the iteration is not."""
    site = WSGISite(Plan(starts="iterated"), loop=threading.get_ident())
    thread_results: list[Any] = []
    thread = threading.Thread(target=lambda: thread_results.append(site({"wsgi.input": io.BytesIO()}, None)))
    thread.start()
    thread.join()
    with pytest.raises(SiteError):
        list(thread_results[0])
    assert site.in_loop == ["the iterable", "start_response"]


class Odd(io.BytesIO):
    """A stream that is wrong in one thing."""

    def __init__(self, body: bytes, kind: str) -> None:
        super().__init__(body)
        self.kind = kind

    def read(self, size: int | None = -1) -> Any:
        if self.kind == "raises":
            raise OSError("no more")
        if self.kind == "endless":
            return b"x"
        data = super().read(3 if self.kind == "short" else size)
        return data.decode() if self.kind == "text" else data


@pytest.mark.parametrize(
    ("stream", "fault"),
    [
        (io.BytesIO(b"one\ntwo"), ""),
        (Odd(b"one\ntwo", "short"), ""),
        (io.BytesIO(b"one"), "wsgi.input (chunks) gave [b'one'] of b'one\\ntwo'"),
        (Odd(b"one\ntwo", "text"), "wsgi.input (chunks) gave 'one\\ntwo', not bytes"),
        (Odd(b"one\ntwo", "raises"), "reading wsgi.input (chunks) raised OSError: 'no more'"),
        (Odd(b"", "endless"), "wsgi.input (chunks) gave [b'x', b'x'"),
    ],
)
def test_a_fault_of_the_input_is_told(stream: Any, fault: str) -> None:
    """In words; what is right, if in smaller pieces than asked for, is none."""
    site = WSGISite(Plan(), loop=0)
    site({"wsgi.input": stream}, lambda *args: None)
    assert read_fault(site, "chunks", b"one\ntwo").startswith(fault)
    assert bool(read_fault(site, "chunks", b"one\ntwo")) == bool(fault)
    assert len(site.body) <= READS


@pytest.mark.parametrize("reads", READERS)
def test_every_way_of_reading_gives_the_whole_body(reads: Any) -> None:
    """Of a right stream; without a stream, the fault is told."""
    site = WSGISite(Plan(reads=reads), loop=0)
    site({"wsgi.input": io.BytesIO(b"one\ntwo two\n\nlast")}, lambda *args: None)
    assert read_fault(site, reads, b"one\ntwo two\n\nlast") == ""
    site({}, lambda *args: None)
    assert "KeyError" in read_fault(site, reads, b"")


def test_lines_have_to_be_whole() -> None:
    """A line in two parts is none, though all bytes are there."""
    site = WSGISite(Plan(reads="lines"), loop=0)
    site.body = [b"o", b"ne\n", b"two"]
    assert read_fault(site, "lines", b"one\ntwo").startswith("wsgi.input (lines) gave")
