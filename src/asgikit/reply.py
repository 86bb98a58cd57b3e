"""Reply: what a response is apart from its constructors, and every change that gives another one."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Self, TypeVarTuple

from asgikit.background import Task
from asgikit.body import Body, File, Stream, Upgrade
from asgikit.http.cache import CacheControl
from asgikit.http.conditional import ETag
from asgikit.http.content import check_status, measured
from asgikit.http.cookies import SetCookie
from asgikit.http.headers import Fields, Headers, encode_field
from asgikit.http.pairs import PairItems
from asgikit.problems import Problem

Ts = TypeVarTuple("Ts")

_new: Final = object.__new__


@dataclass(frozen=True, slots=True)
class Trailers:
    """Fields after the body: their names as far as they are known before, and who makes them once it is sent."""

    names: tuple[str, ...]
    make: Callable[[], PairItems]

    def fields(self) -> Headers:
        """The fields. Raises ValueError for one that cannot come after the body."""
        made = Headers(self.make())
        _refuse_early(name for name, _ in made)
        return made


@dataclass(frozen=True, slots=True)
class Push:
    """A resource to send along: its path, and the header fields of the request for it (RFC 9113, 8.4)."""

    path: str
    headers: Headers


@dataclass(frozen=True, slots=True)
class Extras:
    """What few responses have besides status, fields and body."""

    tasks: tuple[Task, ...] = ()
    pushes: tuple[Push, ...] = ()
    trailers: Trailers | None = None
    debug: Mapping[str, object] | None = None
    problem: Problem | None = None
    """What the body says of an error, as a value: for who writes it in another form."""
    in_time: bool = False
    """Whether a body of bytes, too, has to be taken by the server by the deadline of the request."""


# RFC 3986, 3.3 and 3.4: a path and its query; a second slash would make it a host.
_ON_SITE: Final = re.compile(r"/(?!/)(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*")
_NONE: Final = Extras()


@lru_cache(maxsize=256)
def _varied(value: bytes, names: tuple[str, ...]) -> bytes:
    """A value of Vary with these names, the same one if it has them: programs have few of them."""
    return Headers.of(((b"vary", value),)).with_listed("vary", *names).raw[0][1]


class Reply:
    """Status, header fields and a body as one immutable value; make one with the constructors of Response."""

    __slots__ = ("_body", "_extras", "_raw", "_status")

    def __init__(self, body: Body = b"", *, status: int = 200, headers: PairItems = ()) -> None:
        """A body with no content-type but the one in `headers`; prefer the constructors by class methods."""
        check_status(status)
        _require_body(body)
        self._status: int = status
        self._body: Body = body
        self._extras: Extras | None = None
        self._raw: Fields = measured(Headers(headers).raw, length_of(body), status)

    @classmethod
    def _of(cls, status: int, raw: Fields, body: Body, extras: Extras | None = None) -> Self:
        reply = _new(cls)
        reply._status = status
        reply._raw = raw  # names in lower case, a content-length that is true: whoever calls this sees to it
        reply._body = body
        reply._extras = extras
        return reply

    @property
    def status(self) -> int:
        """The status code."""
        return self._status

    @property
    def headers(self) -> Headers:
        """The header fields."""
        return Headers.of(self._raw)

    @property
    def raw_headers(self) -> Fields:
        """The header fields as they go on the wire."""
        return self._raw

    @property
    def body(self) -> Body:
        """Bytes, a stream, a file or an upgrade."""
        return self._body

    @property
    def extras(self) -> Extras:
        """What is sent or run besides: tasks, trailers, pushes, and what a test client may look at."""
        return self._extras or _NONE

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing besides status, fields and body."""
        return self._extras is None

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What runs after the response is sent."""
        return self.extras.tasks

    def with_status(self, status: int) -> Self:
        """With this status."""
        check_status(status)
        return self._of(status, measured(self._raw, length_of(self._body), status), self._body, self._extras)

    def with_headers(self, headers: Headers) -> Self:
        """With these header fields in place of all others."""
        return self._of(self._status, measured(headers.raw, length_of(self._body), self._status), self._body, self._extras)

    def with_header(self, name: str, value: str) -> Self:
        """With this one line for the name."""
        field = encode_field(name, value)
        key = field[0]
        for line in self._raw:
            if line[0] == key:
                headers = self.headers.with_field(name, value)
                if key == b"content-length":
                    return self.with_headers(headers)
                return self._of(self._status, headers.raw, self._body, self._extras)
        return self._with_line(field)

    def with_added_header(self, name: str, value: str) -> Self:
        """With one more line."""
        return self._with_line(encode_field(name, value))

    def with_added_headers(self, headers: Headers) -> Self:
        """With all of these lines as well: the quick way for middleware that has them ready."""
        if "content-length" in headers:
            return self.with_headers(self.headers + headers)
        lines = tuple([(name.lower(), value) for name, value in headers.raw])
        return self._of(self._status, self._raw + lines, self._body, self._extras)

    def _with_line(self, field: tuple[bytes, bytes]) -> Self:
        if field[0] == b"content-length":
            return self.with_headers(Headers.of((*self._raw, field)))
        return self._of(self._status, (*self._raw, field), self._body, self._extras)

    def without_header(self, name: str) -> Self:
        """Without any line of that name."""
        return self.with_headers(self.headers.without(name))

    def with_cookie(self, cookie: SetCookie) -> Self:
        """With one more cookie to set."""
        return self.with_added_header("set-cookie", str(cookie))

    def with_body(self, body: Body) -> Self:
        """With another body; its content-length follows, every other field stays: also a tag, which says what the old one was.

        A stream that is replaced is not closed, for the new body may read from it.
        """
        _require_body(body)
        raw = self.headers.without("content-length").raw
        return self._of(self._status, measured(raw, length_of(body), self._status), body, self._extras)

    def with_etag(self, etag: ETag | None = None) -> Self:
        """With this entity tag; with a strong one made from the body if none is given (RFC 9110, 8.8.3).

        Raises ValueError for a body that is not bytes, which cannot be known beforehand.
        """
        if etag is None:
            if not isinstance(self._body, bytes):
                raise ValueError("only a body of bytes has a tag of its own: give one, with_etag(ETag(…))")
            etag = ETag.of(self._body)
        return self.with_header("etag", str(etag))

    def with_cache_control(self, policy: CacheControl) -> Self:
        """With this policy for caches (RFC 9111, 5.2)."""
        return self.with_header("cache-control", str(policy))

    def with_vary(self, *names: str) -> Self:
        """With these request fields among those that the response depends on (RFC 9110, 12.5.5)."""
        if not names:
            return self
        values = [value for name, value in self._raw if name == b"vary"]
        if len(values) > 1:
            return self.with_headers(self.headers.with_listed("vary", *names))
        before = values[0] if values else b""
        varied = _varied(before, names)
        if not values:
            return self._with_line((b"vary", varied))
        if varied == before:
            return self
        raw = tuple([(b"vary", varied) if line[0] == b"vary" else line for line in self._raw])
        return self._of(self._status, raw, self._body, self._extras)

    def then(self, function: Callable[[*Ts], Awaitable[object]], /, *args: *Ts) -> Self:
        """With one more task to run after the response is sent."""
        return self.with_tasks((*self.tasks, Task.of(function, *args)))

    def with_tasks(self, tasks: tuple[Task, ...]) -> Self:
        """With these tasks in place of all others."""
        return self.with_extras(replace(self.extras, tasks=tasks))

    def with_trailers(self, make: Callable[[], PairItems], /, *names: str) -> Self:
        """With fields after the body, made once it is sent; those that are named are announced (RFC 9110, 6.5 and 6.6.2).

        Left out where the server has no such extension, or the response no body. Raises ValueError for the name of a
        field that has to be known before the body: content-length, cache-control, set-cookie and the like.
        """
        Headers((name, "") for name in names)
        _refuse_early(names)
        return self.with_extras(replace(self.extras, trailers=Trailers(names, make)))

    def with_push(self, path: str, headers: PairItems = ()) -> Self:
        """With a resource that the server may send along; without its extension, nothing (RFC 9113, 8.4).

        Raises ValueError for what is no path on this site.
        """
        if _ON_SITE.fullmatch(path) is None:
            raise ValueError(f"{path!r} is no path on this site: one slash first, and what URLs cannot hold percent-encoded")
        return self.with_extras(replace(self.extras, pushes=(*self.extras.pushes, Push(path, Headers(headers)))))

    def with_debug(self, info: Mapping[str, object]) -> Self:
        """With what a test client may look at, no other (extensions, Debug)."""
        return self.with_extras(replace(self.extras, debug=info))

    def with_extras(self, extras: Extras) -> Self:
        """With these extras in place of all others, for middleware that makes a new response."""
        return self._of(self._status, self._raw, self._body, None if extras == _NONE else extras)

    def __repr__(self) -> str:
        """Status and content type."""
        return f"<Response {self._status} {self.headers.get('content-type') or 'without content-type'}>"


# What frames, routes, describes or authenticates a message, or is needed before its content (RFC 9110, 6.5.1).
_EARLY: Final = frozenset(
    {
        *("authorization", "connection", "content-encoding", "content-length", "content-range", "content-type"),
        *("age", "cache-control", "date", "expires", "host", "keep-alive", "location", "max-forwards", "proxy-authenticate"),
        *("retry-after", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "vary", "www-authenticate"),
    }
)


def _refuse_early(names: Iterable[str]) -> None:
    for name in names:
        if name.lower() in _EARLY:
            raise ValueError(f"{name!r} cannot come after the body: send it as a header field")


def _require_body(given: object) -> None:
    if not isinstance(given, bytes | Stream | File | Upgrade):
        raise TypeError(f"{given!r} is no body: use Response.text, html, json or stream")


def length_of(body: Body) -> int | None:
    """How many bytes are sent, None if that is not known before."""
    return len(body) if isinstance(body, bytes | File) else None
