"""The variants of an HTTP request."""

from __future__ import annotations

from collections.abc import Iterator

from asgikit.conformance.place import Place
from asgikit.conformance.scenario import Action, Cancel, Deliver, Leave, Resume, Scenario, Stall
from asgikit.conformance.transcript import Message
from asgikit.conformance.variant import UNKNOWN, Maker, Variant, delivered, scope_variants

PIECES = 64
"""Pieces that a body is cut into at most."""


def plain_actions(place: Place) -> tuple[Action, ...]:
    """The plain request: its body in one event."""
    return delivered(request(place.body or b""))


def request(body: bytes = b"", *, more: bool = False) -> Message:
    """An event with a piece of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


def http_variants(place: Place) -> Iterator[Variant]:
    """All variants of a request to this place."""
    make = Maker(place, plain_actions(place))
    yield from scope_variants(make)
    yield make.variant("behind-a-root-path", "HTTP-SCOPE-014", "same status", **_mounted(place))
    yield from _event_variants(make)
    if place.has_body:
        yield from _body_variants(make)
    yield from _disconnects(make)
    yield from _cancellations(make)


def _mounted(place: Place) -> Message:
    raw = place.scope()["raw_path"]
    return {"root_path": "/mnt", "path": f"/mnt{place.path}", "raw_path": b"/mnt%b" % raw if isinstance(raw, bytes) else None}


def _event_variants(make: Maker) -> Iterator[Variant]:
    body = make.place.body or b""
    yield make.acting("unknown-key-in-request", "CORE-MSG-010", "same status", *delivered({**request(body), UNKNOWN: 1}))
    yield make.acting("no-more-body", "HTTP-REQ-004", "same answer", *delivered({"type": "http.request", "body": body}))
    first = (request(body, more=True),) if body else ()
    yield make.acting("no-body-no-more-body", "HTTP-REQ-004", "same answer", *delivered(*first, {"type": "http.request"}))
    yield make.acting("unknown-event", "CORE-ERR-002", "refusal", *delivered({"type": f"http.{UNKNOWN}"}, request(body)))
    text = {"type": "http.request", "body": "x", "more_body": False}
    yield make.acting("body-is-text", "CORE-ERR-002", "refusal", *delivered(text))


def _body_variants(make: Maker) -> Iterator[Variant]:
    body = make.place.body or b""
    half = len(body) // 2
    two = delivered(request(body[:half], more=True), request(body[half:]))
    yield make.acting("body-in-two", "HTTP-REQ-006", "same answer", *two)
    yield make.acting("body-in-many", "HTTP-REQ-006", "same answer", *delivered(*_cut(body)))
    empty = request(more=True)
    around = (empty, request(body[:half], more=True), empty, empty, request(body[half:], more=True), request())
    yield make.acting("empty-pieces", "HTTP-REQ-007", "same answer", *delivered(*around))
    absent: Message = {"type": "http.request", "more_body": True}
    yield make.acting("piece-without-body", "HTTP-REQ-004", "same answer", *delivered(absent, request(body)))
    rest = [list(pair) for pair in make.place.fields() if pair[0].lower() != b"content-length"]
    for name, version, headers in (
        ("no-content-length", "2", rest),
        ("chunked", "1.1", [*rest, [b"transfer-encoding", b"chunked"]]),
    ):
        scope = {**make.place.scope(), "http_version": version, "headers": headers}
        scenario = Scenario(scope=scope, actions=two, marks=("HTTP-REQ-009",), name=name)
        yield Variant(name=name, rule="HTTP-REQ-009", scenario=scenario, expects="same answer")


def _cut(body: bytes) -> Iterator[Message]:
    size = max(1, -(-len(body) // PIECES))
    for start in range(0, len(body), size):
        yield request(body[start : start + size], more=start + size < len(body))
    if not body:
        yield request()


_SENDS: tuple[Leave, ...] = (Leave("raise"), Leave("ignore"))


def _disconnects(make: Maker) -> Iterator[Variant]:
    body = make.place.body or b""
    whole = Deliver(request(body))
    part = Deliver(request(body[: len(body) // 2], more=True))
    for leave in _SENDS:
        for version in (None, "2.3", "2.5"):
            of = f"{leave.sends}-{version or 'none'}"
            yield _leaving(make, f"disconnect-while-sending-{of}", "HTTP-DISC-007", version, (Stall(), whole, leave))
            yield _leaving(make, f"disconnect-after-request-{of}", "HTTP-DISC-007", version, (whole, leave))
        if not body:
            yield make.acting(f"disconnect-at-once-{leave.sends}", "CORE-APP-007", "nothing", leave)
        yield make.acting(
            f"disconnect-before-body-{leave.sends}", "HTTP-REQ-013", "no success", Deliver(request(more=True)), leave
        )
        if make.place.has_body:
            yield make.acting(f"disconnect-in-body-{leave.sends}", "HTTP-REQ-013", "no success", part, leave)
    yield make.acting("slow-reader", "HTTP-DISC-007", "same status", Stall(), whole, Resume())


def _leaving(make: Maker, name: str, rule: str, version: str | None, actions: tuple[Action, ...]) -> Variant:
    asgi = {"version": "3.0"} | ({"spec_version": version} if version else {})
    scope = {**make.place.scope(), "asgi": asgi}
    return Variant(
        name=name, rule=rule, scenario=Scenario(scope=scope, actions=actions, marks=(rule,), name=name), expects="nothing"
    )


def _cancellations(make: Maker) -> Iterator[Variant]:
    whole = Deliver(request(make.place.body or b""))
    yield make.acting("cancel-before-body", "CANCEL-001", "nothing", Deliver(request(more=True)), Cancel())
    yield make.acting("cancel-while-sending", "CANCEL-001", "nothing", Stall(), whole, Cancel())
    yield make.acting("cancel-after-disconnect", "CANCEL-001", "nothing", Stall(), whole, Leave("ignore"), Cancel())
