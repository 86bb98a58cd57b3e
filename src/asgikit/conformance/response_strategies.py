"""What applications send: whole legal answers as lists of messages, plain and unusual."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from asgikit.conformance.client_strategies import Event, pieces_of, sparse, with_more
from asgikit.conformance.conversation_strategies import REASONS, TEXTS
from asgikit.conformance.drafts import Field, Target
from asgikit.conformance.drawing import Choose
from asgikit.conformance.scenario import Once

STATUSES: Final = (200, 404, 201, 202, 203, 204, 205, 301, 304, 400, 418, 451, 499, 500, 503, 599)
BODILESS: Final = frozenset({204, 205, 304})
"""Statuses whose responses have no body (RFC 9110, 15.3.5, 15.3.6 and 15.4.5)."""

FIELDS: Final[tuple[Field, ...]] = (
    (b"content-type", b"text/plain"),
    (b"x-empty", b""),
    (b"x-name", b"caf\xe9"),
    (b"set-cookie", b"a=1; path=/; expires=Wed, 21 Oct 2026 07:28:00 GMT"),
    (b"set-cookie", b"b=2"),
    (b"etag", b'W/"a, b"'),
    (b"!#$%&'*+-.^_`|~", b"1"),
    (b"date", b"Wed, 21 Oct 2026 07:28:00 GMT"),
    (b"x-long", b"a" * 4000),
)
CLOSE_CODES: Final = (1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999)


def answer(choose: Choose, target: Target, extensions: Collection[str] = ()) -> list[Event]:
    """A legal answer to a request, a connection or a lifespan for this target."""
    if target.type == "http":
        return _response(choose, "http.response", target.method == "HEAD", extensions)
    return _conversation(choose, extensions) if target.type == "websocket" else _lifespan(choose)


def _response(choose: Choose, prefix: str, is_head: bool, extensions: Collection[str]) -> list[Event]:  # of one caller
    status = choose.one_of(STATUSES)
    body = b"" if status in BODILESS or is_head else choose.octets(60)
    fields: list[Field] = choose.several(FIELDS, 4)
    if choose.below(2) and status not in BODILESS:
        fields.append((b"content-length", b"%d" % (choose.below(100) if is_head else len(body))))
    start: Event = {"type": f"{prefix}.start", "status": status, "headers": contained(choose, fields)}
    if not fields and choose.below(2):
        del start["headers"]
    trailers = f"{prefix}.trailers" in extensions and choose.below(2) == 1
    if trailers:
        start["trailers"] = True
    hints = _hints(choose) if f"{prefix}.early_hint" in extensions else []
    pushed = _pushed(choose) if f"{prefix}.push" in extensions else []
    return [
        *hints,
        _varied(choose, start),
        *pushed,
        *_body(choose, f"{prefix}.body", body),
        *(_trailers(choose) if trailers else ()),
    ]


def contained(choose: Choose, fields: Sequence[Field]) -> object:
    """The fields as one of the iterables that applications send."""
    way = choose.below(6)
    if way == 1:
        return tuple(fields)
    if way == 2:
        return [tuple(field) for field in fields]
    if way == 3:
        return Once(tuple(fields))
    return Once(tuple([name, value] for name, value in fields)) if way == 4 else [[name, value] for name, value in fields]


def _varied(choose: Choose, message: Event) -> Event:
    return with_more(choose, message) if choose.once_in(10) else message


def _body(choose: Choose, type_: str, body: bytes) -> list[Event]:
    pieces = [body] if choose.below(2) == 0 else pieces_of(choose, body)
    last = len(pieces) - 1
    events: list[Event] = [{"type": type_, "body": piece, "more_body": index < last} for index, piece in enumerate(pieces)]
    return [sparse(event) for event in events] if choose.once_in(3) else events


def _hints(choose: Choose) -> list[Event]:
    links = (b"</a.css>; rel=preload; as=style", b"</b.js>; rel=preload")
    made: list[object] = [list(links), [], tuple(links), Once(links)]
    return [{"type": "http.response.early_hint", "links": choose.one_of(made)} for _ in range(choose.below(3))]


def _pushed(choose: Choose) -> list[Event]:
    return [{"type": "http.response.push", "path": "/é", "headers": [[b"x-a", b"1"]]} for _ in range(choose.below(2))]


def _trailers(choose: Choose) -> list[Event]:
    count = choose.below(2)
    more: list[Event] = [{"type": "http.response.trailers", "headers": [[b"x-a", b"1"]], "more_trailers": True}] * count
    return [*more, {"type": "http.response.trailers", "headers": contained(choose, [(b"x-sum", b"1")])}]


def _conversation(choose: Choose, extensions: Collection[str]) -> list[Event]:
    way = choose.below(6)
    if way == 5 and "websocket.http.response" in extensions:
        return _response(choose, "websocket.http.response", False, ())
    if way == 4:
        return [_close(choose)]
    accept: Event = {"type": "websocket.accept"}
    if choose.below(2):
        accept |= {"subprotocol": None, "headers": contained(choose, [(b"x-name", b"a"), (b"set-cookie", b"a=1")])}
    return [_varied(choose, accept), *(_sent(choose) for _ in range(choose.below(4))), _close(choose)]


def _sent(choose: Choose) -> Event:
    message: Event = {"type": "websocket.send"}
    if choose.below(2):
        message |= {"bytes": choose.octets(40)} | ({"text": None} if choose.below(2) else {})
    else:
        message |= {"text": choose.one_of(("", *TEXTS))} | ({"bytes": None} if choose.below(2) else {})
    return _varied(choose, message)


def _close(choose: Choose) -> Event:
    message: Event = {"type": "websocket.close"}
    if choose.below(2):
        message["code"] = choose.one_of(CLOSE_CODES)
    if choose.below(2):
        message["reason"] = choose.one_of((*REASONS, None))
    return _varied(choose, message)


def _lifespan(choose: Choose) -> list[Event]:
    if choose.once_in(4):
        return [_failed(choose, "lifespan.startup.failed")]
    complete = _varied(choose, {"type": "lifespan.shutdown.complete"})
    last = _failed(choose, "lifespan.shutdown.failed") if choose.once_in(4) else complete
    return [_varied(choose, {"type": "lifespan.startup.complete"}), last]


def _failed(choose: Choose, type_: str) -> Event:
    return _varied(choose, {"type": type_, "message": choose.one_of(("", "no database"))} if choose.below(2) else {"type": type_})
