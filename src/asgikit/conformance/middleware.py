"""The laws of a middleware: an application under it still conforms, and what it does not know passes through it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from asgikit.asgi import AnyReceive, AnySend
from asgikit.conformance.driver import Drive, drive
from asgikit.conformance.scenario import Deliver, Leave, Scenario
from asgikit.conformance.sides import MiddlewareChecker, Wrap, changes, look
from asgikit.conformance.site import RESOURCE, UNKNOWN, Site
from asgikit.conformance.transcript import Message
from asgikit.conformance.values import is_iterable, is_mapping
from asgikit.conformance.violations import Violation


def _http(method: str, path: str, **more: object) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [[b"host", b"localhost"], [b"accept-encoding", b"gzip"]],
        "client": ["127.0.0.1", 50000],
        "server": ["127.0.0.1", 8000],
        RESOURCE: path,
        **more,
    }


def _websocket(path: str) -> Message:
    scope = {key: value for key, value in _http("GET", path, type="websocket", scheme="ws").items() if key != "method"}
    return {**scope, "subprotocols": []}


def _pieces(*bodies: bytes) -> tuple[Deliver, ...]:
    last = len(bodies) - 1
    return tuple(Deliver({"type": "http.request", "body": body, "more_body": index < last}) for index, body in enumerate(bodies))


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(name="get", scope=_http("GET", "/")),
    Scenario(name="get again", scope=_http("GET", "/")),
    Scenario(name="head", scope=_http("HEAD", "/")),
    Scenario(name="post in pieces", scope=_http("POST", "/"), actions=_pieces(b"on", b"", b"e", b"")),
    Scenario(name="stream", scope=_http("GET", "/stream")),
    Scenario(name="no content", scope=_http("GET", "/empty")),
    Scenario(name="not modified", scope=_http("GET", "/unmodified")),
    Scenario(name="one-shot headers", scope=_http("GET", "/once")),
    Scenario(name="left mid-upload", scope=_http("POST", "/"), actions=(*_pieces(b"on", b"e")[:1], Leave())),
    Scenario(name="left mid-upload, silently", scope=_http("POST", "/"), actions=(*_pieces(b"on", b"e")[:1], Leave("ignore"))),
    Scenario(
        name="websocket",
        scope=_websocket("/"),
        actions=(
            Deliver({"type": "websocket.receive", "text": "one"}),
            Deliver({"type": "websocket.receive", "bytes": b""}),
            Leave(code=1000),
        ),
    ),
    Scenario(name="websocket refused", scope=_websocket("/refused")),
    Scenario(name="lifespan", scope={"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}),
    Scenario(name="lifespan without state", scope={"type": "lifespan", "asgi": {"version": "3.0"}}),
)
"""Whole exchanges that a middleware has to leave conforming."""

_UNKNOWN_TYPE = Scenario(
    name="unknown scope type",
    scope={"type": UNKNOWN, "asgi": {"version": "3.0"}},
    actions=(Deliver({"type": f"{UNKNOWN}.event", "value": 1}),),
)
_UNKNOWN_MESSAGES = Scenario(
    name="unknown messages",
    scope={**_http("GET", "/unknown", extensions={UNKNOWN: {}}), UNKNOWN: 1},
    actions=(*_pieces(b""), Deliver({"type": f"http.{UNKNOWN}", "value": 1})),
)


@dataclass(frozen=True, slots=True)
class _Run:
    """One scenario through the middleware: what came out, what the site saw, and whether the server's scope was changed."""

    drive: Drive
    site: Site
    violations: tuple[Violation, ...]

    def broken(self, rule: str, message: str) -> Violation:
        """A law that the middleware broke."""
        return Violation(rule=rule, blame="middleware", message=message, exchange=self.drive.steps)


async def check_middleware(wrap: Wrap, *, ignore: Collection[str] = (), grace: float = 2.0) -> tuple[Violation, ...]:
    """The rules that a middleware breaks around an honest application: the first violation of each.

    `wrap` takes an application and gives one, `lambda app: Middleware(app, option=1)`; it is called once for each scenario.
    Rules that the wrapped application breaks as a whole, and the laws CORE-MW-001 to CORE-MW-005.
    """
    found: list[Violation] = []
    runs: dict[str, _Run] = {}
    for scenario in SCENARIOS:
        runs[scenario.name] = run = await _run(wrap, scenario, grace)
        found.extend(run.violations)
        if run.site.changed:
            text = f"a scope was changed while the application had it: {', '.join(run.site.changed)}"
            found.append(run.broken("CORE-MW-002", text))
    found.extend(_empty_pieces(runs["stream"]))
    found.extend(_once(runs["get"], runs["one-shot headers"]))
    found.extend(_type_passes(await _run(wrap, _UNKNOWN_TYPE, grace)))
    found.extend(_messages_pass(await _run(wrap, _UNKNOWN_MESSAGES, grace)))
    first = {violation.rule: violation for violation in reversed(found)}
    return tuple(violation for violation in first.values() if violation.rule not in ignore)[::-1]


async def _run(wrap: Wrap, scenario: Scenario, grace: float) -> _Run:
    site = Site()
    checker = MiddlewareChecker(wrap, site, mode="collect")
    scopes: list[tuple[Message, Message]] = []

    async def kept(scope: Mapping[str, object], receive: AnyReceive, send: AnySend) -> None:
        scopes.append((scope, look(scope)))
        await checker(scope, receive, send)

    done = await drive(kept, scenario, grace=grace)
    violations = [violation for violation in checker.violations if violation.blame == "middleware"]
    known = {violation.rule for violation in checker.violations}
    # The driver sees what no checker does, as hanging; the site inside is honest, so that is the middleware's too.
    violations += [
        Violation(rule=violation.rule, blame="middleware", message=violation.message, exchange=violation.exchange)
        for violation in done.violations
        if violation.rule not in known and violation.blame == "app" and violation.rule != "CORE-APP-005"
    ]
    violations += [
        Violation(rule=finding.rule, blame="middleware", message=finding.message, exchange=done.steps)
        for scope, before in scopes
        for finding in changes(before, scope)
        if finding.rule not in known
    ]
    return _Run(done, site, tuple(violations))


def _once(plain: _Run, once: _Run) -> Iterator[Violation]:
    """One-shot headers come out as the same headers given as a list do."""
    if _answer(plain.drive) != _answer(once.drive):
        text = f"headers given as an iterator come out as {_answer(once.drive)!r}, as a list they are {_answer(plain.drive)!r}"
        yield once.broken("CORE-MW-005", text)


def _empty_pieces(run: _Run) -> Iterator[Violation]:
    """An exception where the body has empty pieces: one with content only raises nothing, as the other cases tell."""
    if run.drive.outcome == "raised":
        yield run.broken("HTTP-RESP-025", f"a body with empty pieces in it made the middleware raise {run.drive.error!r}")


def _answer(done: Drive) -> list[tuple[object, ...]]:
    """The names of the fields of the response; their values may differ from one response to the next, as a date does."""
    for message in done.sent:
        if message["type"] == "http.response.start":
            pairs = message.get("headers", ())
            return sorted((tuple(pair)[:1] for pair in pairs if is_iterable(pair)), key=repr) if is_iterable(pairs) else []
    return []


def _type_passes(run: _Run) -> Iterator[Violation]:
    if not run.site.scopes:
        yield run.broken("CORE-MW-004", "a scope of an unknown type does not reach the application")
    elif not run.site.events:
        yield run.broken("CORE-MW-004", "an event in a scope of an unknown type does not reach the application")
    elif not any(message.get("type") == f"{UNKNOWN}.reply" for message in run.drive.sent):
        yield run.broken("CORE-MW-004", "a message in a scope of an unknown type does not reach the server")


def _messages_pass(run: _Run) -> Iterator[Violation]:
    """Unknown keys, events and messages arrive, and so does the offer of the extension that they belong to."""
    if not run.site.scopes:
        return  # the middleware answers by itself
    scope = run.site.scopes[0]
    extensions = scope.get("extensions")
    types = [message.get("type") for message in run.drive.sent]
    if UNKNOWN not in scope:
        yield run.broken("CORE-MW-004", "an unknown key of the scope does not reach the application")
    if not is_mapping(extensions) or UNKNOWN not in extensions:
        yield run.broken("CORE-MW-004", "an unknown extension of the scope does not reach the application")
    if scope.get(RESOURCE, scope.get("path")) != "/unknown":
        return  # the site was not asked for what sends unknown messages
    if not any(event.get("type") == f"http.{UNKNOWN}" for event in run.site.events):
        yield run.broken("CORE-MW-004", "an unknown event does not reach the application")
    elif f"http.{UNKNOWN}" not in types:
        yield run.broken("CORE-MW-004", "an unknown message does not reach the server")
    elif not any(UNKNOWN in message for message in run.drive.sent if message.get("type") == "http.response.start"):
        yield run.broken("CORE-MW-004", "an unknown key of a message does not reach the server")
