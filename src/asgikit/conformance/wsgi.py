"""The rules of adapters from WSGI to ASGI (www, WSGI Compatibility): an honest WSGI application is served through one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import anyio

from asgikit.asgi import ForeignApp
from asgikit.conformance.driver import Drive, drive
from asgikit.conformance.environ import environ_findings
from asgikit.conformance.rules import rule
from asgikit.conformance.scenario import Action, Deliver, Leave, Scenario, Stall
from asgikit.conformance.transcript import Message
from asgikit.conformance.values import Finding, shown
from asgikit.conformance.violations import Violation
from asgikit.conformance.wsgi_site import Plan, WSGIApp, WSGISite, read_fault

Adapter: TypeAlias = Callable[[WSGIApp], ForeignApp]
"""Makes an ASGI application of one for WSGI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request to a WSGI application behind an adapter."""

    scenario: Scenario
    plan: Plan = field(default_factory=Plan)
    body: bytes = b""
    """What the scenario delivers."""
    rule: str = "WSGI-001"
    """What the adapter breaks if it does not serve the request at all."""
    called: bool = True
    """Whether the application has to be called: an adapter may refuse what is odd, or not call for a client that has left."""


def _http(path: str = "/", **more: object) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": b"a=1&b=2",
        "root_path": "",
        "headers": [[b"host", b"example.org"], [b"user-agent", b"asgikit"], [b"x-forwarded-for", b"10.0.0.1"]],
        "client": ["127.0.0.1", 50000],
        "server": ["127.0.0.1", 8000],
        **more,
    }


_MINIMAL: Final[Message] = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.0",
    "method": "GET",
    "path": "/",
    "query_string": b"",
    "headers": [],
}
_WEBSOCKET: Final[Message] = {
    **{key: value for key, value in _http().items() if key != "method"},
    "type": "websocket",
    "scheme": "ws",
    "subprotocols": [],
}


def _get(name: str, plan: Plan | None = None, rule: str = "WSGI-001", *, called: bool = True, **more: object) -> Case:
    scope = _http(**more)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # path is a str
    return Case(scenario=Scenario(name=name, scope=scope), plan=plan or Plan(), rule=rule, called=called)


def _post(name: str, *pieces: bytes, plan: Plan | None = None, then: tuple[Action, ...] = (), sized: bool = True) -> Case:
    """A request with a body in these pieces; without a Content-Length it comes by HTTP/2, which frames it."""
    body, last = b"".join(pieces), len(pieces) - 1
    fields = [[b"host", b"example.org"], [b"content-type", b"text/plain"]]
    fields += [[b"content-length", b"%d" % len(body)]] if sized else []
    scope = _http(method="POST", headers=fields, http_version="1.1" if sized else "2", scheme="http" if sized else "https")
    events = [
        Deliver({"type": "http.request", "body": piece, "more_body": index < last or bool(then)})
        for index, piece in enumerate(pieces)
    ]
    scenario = Scenario(name=name, scope=scope, actions=(*events, *then))
    return Case(scenario=scenario, plan=plan or Plan(), body=body, called=not then)


def _left(name: str, leave: Leave, plan: Plan) -> Case:
    """The client reads nothing, and leaves when the adapter waits for it."""
    actions = (Stall(), Deliver({"type": "http.request"}), leave)
    return Case(scenario=Scenario(name=name, scope=_http(), actions=actions), plan=plan)


_LINES: Final = (b"on", b"e\ntwo tw", b"o\n", b"", b"\nla", b"st")
_LONG: Final = Plan(size=None, pieces=(b"a piece of the body",) * 64)
"""More pieces than the queue of an adapter holds."""
_PAGE: Final = b"an error page"

CASES: Final[tuple[Case, ...]] = (
    _get("get"),
    _get("path with blanks", path="/a b/c%20d", raw_path=b"/a%20b/c%2520d"),
    _get("mounted", path="/mount/a/b", root_path="/mount"),
    _get("mounted, at its root", path="/mount", root_path="/mount"),
    _get("mounted, path without it", path="/elsewhere", root_path="/mount", called=False),
    _get("path beyond ASCII", rule="WSGI-002", path="/日本/é", raw_path=b"/%E6%97%A5%E6%9C%AC/%C3%A9"),
    _get("path beyond ASCII, no raw_path", rule="WSGI-002", path="/日本/é"),
    _get("mounted beyond ASCII", rule="WSGI-002", path="/é/x", root_path="/é"),
    _get("field beyond ASCII", rule="WSGI-002", headers=[[b"host", b"example.org"], [b"x-name", b"caf\xe9 \xe6\x97\xa5"]]),
    _get("response field beyond ASCII", Plan(fields=(("Content-Type", "text/plain"), ("X-Name", "caf\xe9"))), "WSGI-002"),
    _get("no query", query_string=b""),
    _get("odd query", query_string=b"&&=%E6%97%A5;%zz&a=b=c?x/y+z&a"),
    _get(
        "repeated fields",
        rule="WSGI-005",
        http_version="2",
        headers=[
            [b"cookie", b"a=1"],
            [b"x-a", b"1"],
            [b"host", b"a.example"],
            [b"x-a", b"2"],
            [b"cookie", b"b=2"],
            [b"x-a", b"3"],
        ],
    ),
    _get("fields in mixed case", rule="HTTP-SCOPE-017", headers=[[b"Host", b"a.example"], [b"CONTENT-Type", b"text/plain"]]),
    Case(scenario=Scenario(name="minimal scope", scope=_MINIMAL)),
    _get("unix server", server=["/run/asgi.sock", None], client=None),
    _get("head", Plan(pieces=()), method="HEAD"),
    _get("no content", Plan(status="204 No Content", fields=(), size=None, pieces=())),
    _post("post", b"hello"),
    _post("post in pieces", *_LINES),
    _post("post without a length", *_LINES, sized=False),
    _post("large post", b"x" * 70_001, b"y" * 70_001, b"", plan=Plan(reads="large")),
    _post("lines", *_LINES, plan=Plan(reads="lines")),
    _post("short lines", *_LINES, plan=Plan(reads="short lines")),
    _post("all lines", *_LINES, plan=Plan(reads="all lines")),
    _post("iteration", *_LINES, plan=Plan(reads="iteration")),
    _get("no lines", Plan(reads="all lines")),
    _get("stream", Plan(size=None, pieces=(b"one", b"", b"two"))),
    _get("start in the first step", Plan(starts="iterated")),
    _get("write", Plan(written=(b"he", b"l"), pieces=(b"lo",))),
    _get("error before the start", Plan(fails="before")),
    _get("error after the start", Plan(fails="started")),
    _get("error in the middle", Plan(fails="midway")),
    _get("error page", Plan(restarts="before", pieces=(_PAGE,))),
    _get("error page too late", Plan(restarts="after", pieces=(b"he", _PAGE))),
    _left("left half-way", Leave(), _LONG),
    _left("left half-way, silently", Leave("ignore"), _LONG),
    _post("left mid-upload", b"on", then=(Leave(),)),
    Case(scenario=Scenario(name="websocket", scope=_WEBSOCKET), called=False),
    Case(scenario=Scenario(name="lifespan", scope={"type": "lifespan", "asgi": {"version": "3.0"}}), called=False),
)
"""What an adapter has to serve; a WebSocket and a lifespan it may refuse."""


async def check_wsgi(wrap: Adapter, *, ignore: Collection[str] = (), grace: float = 2.0) -> tuple[Violation, ...]:
    """The rules that an adapter from WSGI to ASGI breaks around an honest application: the first violation of each.

    `wrap` takes a WSGI application and gives one for ASGI, `lambda app: WSGIMiddleware(app, workers=1)`; it is called once
    for each case. Rules of the environ, of threads and of closing (WSGI-001 to WSGI-005), and rules that it breaks as an
    application. `grace`: seconds, for an adapter to answer, to end, and to close the iterable. An adapter that runs the
    application in the event loop's thread is served an error there; one that does not serve the first and plainest case is
    not tried further. A thread that never ends cannot be stopped. Raises KeyError for an id to ignore that is in no catalogue.
    """
    for rule_id in ignore:
        rule(rule_id)
    found: dict[str, Violation] = {}
    for case in CASES:
        run = await _run(wrap, case, grace, closing=0.0 if "WSGI-004" in found else grace)
        for finding in run.findings:
            text = f"{case.scenario.name}: {finding.message}"
            violation = Violation(rule=finding.rule, blame="middleware", message=text, exchange=run.done.steps)
            found.setdefault(finding.rule, violation)
        if case is CASES[0] and not (run.done.complete or run.site.in_loop):
            break
    return tuple(violation for violation in found.values() if violation.rule not in ignore)


@dataclass(frozen=True, slots=True)
class _Run:
    """One case through the adapter: what came out, what the application saw, and what is wrong."""

    done: Drive
    site: WSGISite
    findings: tuple[Finding, ...]


async def _run(wrap: Adapter, case: Case, grace: float, closing: float) -> _Run:
    """Drives one case; an iterable that is not closed in the end has `closing` seconds."""
    site = WSGISite(case.plan, threading.get_ident())
    done = await drive(wrap(site), case.scenario, grace=grace, patience=grace)
    with anyio.move_on_after(closing):
        while site.opened and not site.closed:  # noqa: ASYNC110  # a thread closes it, which sets no event here
            await anyio.sleep(0.005)
    passive = [Finding(violation.rule, violation.message) for violation in done.violations if violation.blame == "app"]
    return _Run(done, site, (*passive, *_findings(case, site, done)))


def _findings(case: Case, site: WSGISite, done: Drive) -> list[Finding]:
    scope = case.scenario.scope
    if scope["type"] != "http":
        return []
    left = any(isinstance(action, Leave) for action in case.scenario.actions)
    found: list[Finding] = []
    if site.calls:
        found += environ_findings(scope, site.environ, len(case.body))
    if site.in_loop:
        found.append(Finding("WSGI-003", f"{site.in_loop[0]} runs in the event loop's thread"))
    elif site.calls and not (left and case.body) and (fault := read_fault(site, case.plan.reads, case.body)):
        found.append(Finding("WSGI-001", fault))
    if site.opened and not site.closed:
        found.append(Finding("WSGI-004", f"the iterable is not closed {_when(case, left=left)}"))
    explained = site.in_loop or any(violation.level != "note" for violation in done.violations)
    if not (left or explained):
        found += _unserved(case, site, done)
    return found


def _when(case: Case, *, left: bool) -> str:
    if left:
        return "after the client has left"
    failed = case.plan.fails != "never" or case.plan.restarts == "after"
    return "after an error" if failed else "after the response"


def _unserved(case: Case, site: WSGISite, done: Drive) -> Iterator[Finding]:
    """A legal request to an application that does nothing wrong gets its answer."""
    how = f"the adapter raised {shown(done.error)}" if done.error is not None else f"the answer was {done.status}"
    if not site.calls and (case.called or done.error is not None):
        yield Finding(case.rule, f"the application is not called: {how}")
    elif site.calls > 1:
        yield Finding(case.rule, f"the application is called {site.calls} times for one request")
    elif site.calls and case.plan.fails == "never" and case.plan.restarts != "after" and not done.complete:
        text = how if done.error is not None else "nothing came in time"
        yield Finding(case.rule, f"the application gets no complete answer through: {text}")
