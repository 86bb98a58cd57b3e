"""Entries of an access log: what became of a request, as a value and as a line of text or JSON."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias, final

from asgikit.errors import ClientDisconnected, ResponseTimeout
from asgikit.http.redaction import REDACTED, encoded, escaped, is_secret, redacted_query, redacted_url
from asgikit.http.url import encode_path
from asgikit.request import Request
from asgikit.watching import Sent

Ending: TypeAlias = Literal["complete", "incomplete", "left", "cancelled", "failed"]
"""How it ended: sent completely; cut off, as the client left, the server stopped or the time was over; the client had left
before there was an answer; the server cancelled it; the body or the session failed."""

LONGEST: Final = 2048
"""Characters of a value that are shown: a client can send any number."""

_ALWAYS: Final = ("referer", "user-agent")
_WORD: Final = re.compile(r"[A-Za-z0-9.:/_-]{0,128}")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # whatever the locale


class Entry(NamedTuple):
    """What a line says. Everything that a client has sent is redacted, printable ASCII on one line, and of limited length.

    `size` counts the bytes of the body, or of the messages of a session; `duration` is in seconds; `route` is the pattern,
    None for a miss; `status` is None where there was no answer; `code` is that of a WebSocket's close; `time` is when the
    request began, in seconds since 1970.
    """

    time: float
    request_id: str
    client: str | None
    method: str
    path: str
    query: str
    protocol: str
    route: str | None
    status: int | None
    size: int
    duration: float
    ending: Ending
    code: int | None = None
    error: str | None = None
    referer: str | None = None
    user_agent: str | None = None
    headers: Mapping[str, str] = MappingProxyType({})


@final
@dataclass(frozen=True, slots=True)
class End:
    """How a request has ended: what was sent, after how long, and what its handler has raised."""

    sent: Sent
    seconds: float
    error: BaseException | None

    @property
    def cause(self) -> BaseException | None:
        """What has ended it before its time: what the handler has raised is none, if it was answered."""
        return self.sent.error or (self.error if self.sent.status is None else None)

    @property
    def ending(self) -> Ending:
        """How it has ended."""
        return ending_of(self.sent, self.cause)


def ending_of(sent: Sent, error: BaseException | None) -> Ending:
    """How a request has ended; the error is that of its handler, if there is no answer, or of its body or session."""
    if sent.complete and sent.error is None:
        return "complete"
    if error is not None and not isinstance(error, Exception):
        return "cancelled"
    if error is None or isinstance(error, ClientDisconnected | ResponseTimeout):
        return "left" if sent.status is None else "incomplete"
    return "failed"


def target_of(request: Request[object], redact: frozenset[str]) -> tuple[str, str]:
    """The path and the query as the client has sent them, percent-encoded and redacted."""
    scope = request.scope
    raw = scope.get("raw_path")
    path = encode_path(scope["path"]) if raw is None else encoded(raw.partition(b"?")[0])
    query = scope.get("query_string") or b""
    return path[:LONGEST], redacted_query(encoded(query), redact)[:LONGEST] if query else ""


def fields_to_show(headers: frozenset[str], redact: frozenset[str]) -> dict[bytes, tuple[str, bool]]:
    """The header fields that a line has, and whether their values are redacted."""
    names = {*_ALWAYS, *headers}
    return {name.encode("latin-1"): (name, is_secret(name) or name in redact) for name in names}


def shown(wanted: Mapping[bytes, tuple[str, bool]], request: Request[object], redact: frozenset[str]) -> dict[str, str]:
    """The first value of each of these fields, as a line has it."""
    found: dict[str, str] = {}
    for raw, value in request.raw_headers:
        field = wanted.get(raw.lower())
        if field is not None and field[0] not in found:
            found[field[0]] = REDACTED if field[1] else _shown(field[0], value.decode("latin-1"), redact)
    return found


def _shown(name: str, value: str, redact: frozenset[str]) -> str:
    text = escaped(redacted_url(value, redact) if name == "referer" else value)
    cut = text[:LONGEST]
    # Not within an escape: a backslash that is left alone would escape the quote that ends the value.
    return cut[:-1] if len(text) > LONGEST and (len(cut) - len(cut.rstrip("\\"))) % 2 else cut


def _word(text: str) -> str:
    """Text that ends with the next space in a line of text: nobody can write the fields behind it."""
    return text if _WORD.fullmatch(text) else encoded(text.encode("utf-8", "replace"))[:LONGEST]


def _host(client: object) -> str | None:
    match client:
        case [str(host), int() | str()]:  # granian 2.8 tells the port as text
            return _word(host)
        case _:
            return None


def entry_of(request: Request[object], target: tuple[str, str], time: float, end: End, fields: Mapping[str, str]) -> Entry:
    """What there is to say of a request that has ended."""
    sent, matched = end.sent, request.route
    cause = end.cause or (end.error if (sent.status or 0) >= 500 else None)
    return Entry(
        time=time,
        request_id=_word(request.id),
        client=_host(request.scope.get("client")),
        method=_word(request.method)[:32],
        path=target[0],
        query=target[1],
        protocol=f"HTTP/{_word(request.scope.get('http_version', ''))}",
        route=matched.pattern or None if matched is not None else None,
        status=sent.status,
        size=sent.size,
        duration=end.seconds,
        ending=end.ending,
        code=sent.code,
        error=None if cause is None else type(cause).__qualname__,
        referer=fields.get("referer"),
        user_agent=fields.get("user-agent"),
        headers={name: value for name, value in fields.items() if name not in _ALWAYS},
    )


def fields_of(entry: Entry) -> dict[str, object]:
    """The entry as the fields of a log record, or of a JSON object; what there is none of is left out."""
    found: dict[str, object] = {name: value for name, value in zip(Entry._fields, entry, strict=True) if value or value == 0}
    found["time"] = f"{_moment(int(entry.time))[0]}.{int(entry.time % 1 * 1000):03d}+00:00"
    found["duration"] = round(entry.duration, 6)
    return found


@lru_cache(maxsize=16)
def _moment(second: int) -> tuple[str, str]:
    """A second in UTC, as ISO 8601 and as the combined format have it: requests come by the thousands in one."""
    at = datetime.fromtimestamp(second, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}", f"{at:%d}/{_MONTHS[at.month - 1]}/{at:%Y:%H:%M:%S} +0000"


def as_json(fields: Mapping[str, object]) -> str:
    """The fields as one JSON object, in ASCII, on one line."""
    return json.dumps(fields)


def as_text(entry: Entry) -> str:
    """The combined format, then seconds, how it ended if not well, the route and the request id."""
    target = f"{entry.path}?{entry.query}" if entry.query else entry.path
    more = [f"{entry.duration:.6f}"]
    more += [] if entry.ending == "complete" else [entry.ending]
    more += [] if entry.code is None else [f"code={entry.code}"]
    more += [] if entry.error is None else [f"error={entry.error}"]
    more += [f"{name}={_quoted(value)}" for name, value in entry.headers.items()]
    line = _quoted(f"{entry.method} {target} {entry.protocol}")
    return (
        f"{entry.client or '-'} - - [{_moment(int(entry.time))[1]}] {line} {entry.status or '-'} {entry.size} "
        f"{_quoted(entry.referer)} {_quoted(entry.user_agent)} {' '.join(more)} {entry.route or '-'} {entry.request_id}"
    )


def _quoted(text: str | None) -> str:
    return '"-"' if text is None else '"' + text.replace('"', '\\"') + '"'


def level_of(status: int | None, ending: Ending) -> int:
    """ERROR for 5xx and for what failed, WARNING for 4xx and for what was cancelled, else INFO."""
    if ending == "failed" or (status or 0) >= 500:
        return logging.ERROR
    return logging.WARNING if ending == "cancelled" or (status or 0) >= 400 else logging.INFO
