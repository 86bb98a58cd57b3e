"""A small honest WSGI application, to put under an adapter: it does as it is told, and keeps what it saw."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from asgikit.conformance.environ import is_environ
from asgikit.conformance.values import is_mapping, shown

WSGIApp: TypeAlias = Callable[[Any, Any], Iterable[bytes]]
"""A WSGI application: whatever an adapter's own types for the environ and start_response are."""

StartResponse: TypeAlias = Callable[..., Callable[[bytes], object]]
"""What an adapter gives to the application; it returns write()."""

READS: Final = 1000
"""Calls of wsgi.input for one body, at most: one that never ends is cut."""

_FIELDS: Final = (("Content-Type", "text/plain; charset=utf-8"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the application does."""

    reads: Literal["chunks", "large", "lines", "short lines", "all lines", "iteration"] = "chunks"
    """How it reads the body; a key of READERS."""
    status: str = "200 OK"
    fields: tuple[tuple[str, str], ...] = _FIELDS
    size: int | None = 5
    """The Content-Length that it promises."""
    written: tuple[bytes, ...] = ()
    """What it gives to write()."""
    pieces: tuple[bytes, ...] = (b"he", b"llo")
    """What its iterable gives."""
    starts: Literal["called", "iterated"] = "called"
    """When it calls start_response: before it returns, or before the first piece."""
    restarts: Literal["never", "before", "after"] = "never"
    """Whether it starts an error page, with exc_info, before the first piece or after it."""
    fails: Literal["never", "before", "started", "midway"] = "never"
    """Whether it raises: before start_response, after it, or before the second piece."""


class SiteError(Exception):
    """The application fails, because it was told to, or because it is run where it would stop the event loop."""


class WSGISite:
    """A WSGI application that carries out a plan, and the record of one request."""

    def __init__(self, plan: Plan, loop: int) -> None:
        """Serves by this plan; `loop` is the identifier of the event loop's thread."""
        self._plan = plan
        self._loop = loop
        self.calls: int = 0
        self.environ: object = None
        """A copy of the environ, if that was a dict."""
        self.body: list[object] = []
        """What wsgi.input gave, in the parts in which it gave it."""
        self.unreadable: str = ""
        """What wsgi.input raised, if it did."""
        self.in_loop: list[str] = []
        """What was called in the event loop's thread."""
        self.opened: bool = False
        """Whether there is an iterable to close."""
        self.closed = 0
        """How often it was closed."""

    def __call__(self, environ: object, start_response: StartResponse) -> Iterable[bytes]:
        """Serves a request. Raises SiteError in the event loop's thread, where waiting for the adapter would never end."""
        self.calls += 1
        self.environ = {**environ} if is_environ(environ) else environ
        self._refuse_loop("the application")
        self._read(environ)
        if self._plan.fails == "before":
            raise SiteError("an error before start_response")
        if self._plan.starts == "called":
            self._start(start_response)
        if self._plan.fails == "started":
            raise SiteError("an error after start_response")
        self.opened = True
        return _Body(self, self._pieces(start_response))

    def seen(self, what: str) -> bool:
        """Notes where this is called: whether that is the event loop's thread."""
        if threading.get_ident() != self._loop:
            return False
        self.in_loop.append(what)
        return True

    def _refuse_loop(self, what: str) -> None:
        if self.seen(what):
            raise SiteError(f"{what} is called in the event loop's thread")

    def _read(self, environ: object) -> None:
        try:
            self.body = READERS[self._plan.reads](environ["wsgi.input"] if is_mapping(environ) else None)
        except Exception as error:  # noqa: BLE001  # whatever the adapter raises
            self.unreadable = f"{type(error).__name__}: {shown(str(error))}"

    def _start(self, start_response: StartResponse) -> None:
        plan = self._plan
        write = start_response(plan.status, _headers(plan.fields, plan.size))
        for piece in plan.written:
            write(piece)
        if plan.restarts == "before":
            self._restart(start_response)

    def _restart(self, start_response: StartResponse) -> None:
        try:
            raise SiteError("an error that gets a page")
        except SiteError:
            length = sum(map(len, self._plan.pieces))
            start_response("500 Internal Server Error", _headers(_FIELDS, length), sys.exc_info())

    def _pieces(self, start_response: StartResponse) -> Generator[bytes, None, None]:
        plan = self._plan
        if plan.starts == "iterated":
            self._refuse_loop("start_response")
            self._start(start_response)
        for index, piece in enumerate(plan.pieces):
            if index == 1 and plan.fails == "midway":
                raise SiteError("an error in the middle of the body")
            if index == 1 and plan.restarts == "after":
                self._refuse_loop("start_response")
                self._restart(start_response)
            yield piece


class _Body:
    """The iterable; its close() notes that it was called, and is called by nobody but the adapter."""

    def __init__(self, site: WSGISite, pieces: Generator[bytes, None, None]) -> None:
        self._site = site
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self._site.seen("the iterable")
        return next(self._pieces)

    def close(self) -> None:
        self._site.seen("close()")
        self._site.closed += 1


def _headers(fields: tuple[tuple[str, str], ...], size: int | None) -> list[tuple[str, str]]:
    return [*fields, *([] if size is None else [("Content-Length", str(size))])]


def _until_empty(read: Callable[[], object]) -> list[object]:
    parts: list[object] = []
    while len(parts) < READS and (part := read()):
        parts.append(part)
    return parts


def _all_lines(stream: Any) -> list[object]:  # noqa: ANN401  # the adapter's
    return [*islice(stream.readlines(), READS)]


def _iteration(stream: Any) -> list[object]:  # noqa: ANN401  # the adapter's
    return [*islice(stream, READS)]


READERS: Final[Mapping[str, Callable[[Any], list[object]]]] = MappingProxyType(
    {
        "chunks": lambda stream: _until_empty(lambda: stream.read(7)),
        "large": lambda stream: _until_empty(lambda: stream.read(4096)),
        "lines": lambda stream: _until_empty(stream.readline),
        "short lines": lambda stream: _until_empty(lambda: stream.readline(5)),
        "all lines": _all_lines,
        "iteration": _iteration,
    }
)
"""The ways to read wsgi.input that PEP 3333 has every server offer."""

_WHOLE: Final = frozenset({"lines", "all lines", "iteration"})


def read_fault(site: WSGISite, reads: str, body: bytes) -> str:
    """What is wrong with what wsgi.input gave of this body, in words; "" if nothing is.

    A read of at most so many bytes may give fewer; lines are whole.
    """
    wanted: list[object] = READERS[reads](BytesIO(body))
    if site.unreadable:
        return f"reading wsgi.input ({reads}) raised {site.unreadable}"
    if wrong := [part for part in site.body if not isinstance(part, bytes)]:
        return f"wsgi.input ({reads}) gave {shown(wrong[0])}, not bytes"
    if b"".join(part for part in site.body if isinstance(part, bytes)) != body or (reads in _WHOLE and site.body != wanted):
        return f"wsgi.input ({reads}) gave {shown(site.body)} of {shown(body)}"
    return ""
