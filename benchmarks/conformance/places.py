"""The places of the applications: what a plain request to each is, and the answer that shows that they are equivalent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from asgikit.conformance.place import Place

BOUNDARY = b"----conformance"
MULTIPART = (
    b'--%b\r\nContent-Disposition: form-data; name="name"\r\n\r\ntea\r\n'
    b'--%b\r\nContent-Disposition: form-data; name="upload"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    b"some text in a file\r\n--%b--\r\n" % (BOUNDARY, BOUNDARY, BOUNDARY)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One place under a name for the page."""

    name: str
    place: Place
    status: int = 200


def _post(path: str, kind: bytes, body: bytes) -> Place:
    return Place(type="http", method="POST", path=path, headers=((b"content-type", kind),), body=body)


_GZIP = ((b"accept-encoding", b"gzip"),)

STOPS = (
    Stop(name="lifespan", place=Place(type="lifespan")),
    Stop(name="GET /", place=Place(type="http")),
    Stop(name="HEAD /", place=Place(type="http", method="HEAD")),
    Stop(name="GET /nowhere", place=Place(type="http", path="/nowhere"), status=404),
    Stop(name="GET /items/7", place=Place(type="http", path="/items/7")),
    Stop(name="POST /items", place=_post("/items", b"application/json", b'{"name": "tea"}')),
    Stop(name="POST /form", place=_post("/form", b"application/x-www-form-urlencoded", b"name=tea")),
    Stop(name="POST /form, multipart", place=_post("/form", b"multipart/form-data; boundary=" + BOUNDARY, MULTIPART)),
    Stop(name="GET /stream", place=Place(type="http", path="/stream")),
    Stop(name="GET /endless", place=Place(type="http", path="/endless")),
    Stop(name="GET /events", place=Place(type="http", path="/events")),
    Stop(name="GET /file", place=Place(type="http", path="/file")),
    Stop(name="GET /file, gzip", place=Place(type="http", path="/file", headers=_GZIP)),
    Stop(name="WS /ws", place=Place(type="websocket", path="/ws")),
    Stop(name="WS /nowhere", place=Place(type="websocket", path="/nowhere")),
)

LACKS: Mapping[str, frozenset[str]] = {"django": frozenset({"lifespan", "WS /ws", "WS /nowhere"})}
"""What a framework does not have."""


def stops(project: str) -> tuple[Stop, ...]:
    """The places of one application."""
    found = tuple(stop for stop in STOPS if stop.name not in LACKS.get(project, frozenset()))
    if project == "falcon":  # its static routes serve directories
        return tuple(
            replace(stop, place=replace(stop.place, path="/file/page.txt")) if stop.place.path == "/file" else stop
            for stop in found
        )
    return found
