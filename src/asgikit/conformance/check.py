"""Wraps an application and watches both sides of every connection, changing nothing that either can observe."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from contextvars import ContextVar, Token
from inspect import Parameter, signature
from typing import Any, Final, Literal, TypeAlias

from asgikit.asgi import AnyReceive, AnySend, ASGIApp, ForeignApp
from asgikit.conformance.copies import evidence, kept
from asgikit.conformance.exchange import Exchange
from asgikit.conformance.machine import opened
from asgikit.conformance.quick import plain_scope
from asgikit.conformance.replaying import anew, listed
from asgikit.conformance.rules import PARTIES, select
from asgikit.conformance.transcript import Transcript
from asgikit.conformance.values import Finding, a_kind, is_event, is_mapping, shown, told
from asgikit.conformance.violations import Blame, ConformanceError, Violation

Mode: TypeAlias = Literal["raise", "warn", "collect"]
MODES: tuple[Mode, ...] = ("raise", "warn", "collect")

KEPT = 1000
"""Violations that a checker keeps; more are counted in `dropped`."""

logger: Final = logging.getLogger("asgikit.conformance")


class Checker:
    """An ASGI application around another one: it hands everything on unchanged and records what breaks a rule.

    mode: "raise" raises ConformanceError at the `await` that broke a rule (never for a note), "warn" logs a warning to
    `asgikit.conformance`, "collect" does neither. `violations` has them all in each mode. `ignore` are ids of rules.
    `ignore` are ids of rules or patterns, "HTTP-SCOPE-*"; `blame` chooses whose violations count. Raises ValueError for a mode, a
    party or a pattern that there is not.
    """

    def __init__(
        self,
        app: ASGIApp | ForeignApp,
        *,
        mode: Mode = "raise",
        ignore: Collection[str] = (),
        blame: Collection[Blame] = ("app", "server", "middleware"),
    ) -> None:
        """Checks `app` from now on."""
        if mode not in MODES or not set(blame) <= set(PARTIES):
            raise ValueError(f"the mode is one of {', '.join(MODES)}, and blame some of {', '.join(PARTIES)}")
        self._app: ForeignApp = app
        self._mode = mode
        self._blame = frozenset(blame)
        self.quiet: set[str] = set(select(ignore)) if ignore else set[str]()
        self._live: set[int] = set()
        self._namespace: object = None
        self.violations: list[Violation] = []
        """The broken rules, in order; a note is kept once."""
        self.dropped: int = 0
        """Violations beyond the first 1,000, which are not kept."""

    async def __call__(self, scope: Mapping[str, object], receive: AnyReceive, send: AnySend) -> None:
        """Serves one connection through the application."""
        exchange = Exchange(self, current.get(), receive, send)
        exchange.log = self.transcript()
        kind: object = type(scope)
        plain = kind is dict and plain_scope(scope)
        changed = listed(scope) if not plain and is_event(scope) else None
        seen = scope if changed is None else changed
        exchange.state, findings = opened(seen, plain=plain)
        exchange.log.add("call", _kept_scope(seen, plain=plain))
        if not plain or self._namespace is not None or self._live:
            findings = (*findings, *self._connection_findings(seen, receive, send))
        for finding in findings:
            exchange.found(finding, "server")
        if changed is not None and isinstance(scope, MutableMapping):
            # In place: the scope stays the object that the server has, and is for the application what it was.
            scope.update(anew(scope, changed))
        exchange.scope = scope
        self.watch(exchange, scope)
        token = current.set(exchange)
        live = id(scope)
        self._live.add(live)
        try:
            await self._started(exchange, scope)
        except BaseException as error:
            exchange.finish(error)
            raise
        else:
            exchange.finish(None)
        finally:
            self._live.discard(live)
            exchange.outer = None
            _reset(token)

    def transcript(self) -> Transcript:
        """Where the steps of the next connection go; for checkers that keep them."""
        return Transcript()

    def watch(self, exchange: Exchange, scope: Mapping[str, object]) -> None:
        """Called with each connection before the application is; for checkers that look at more."""

    def _started(self, exchange: Exchange, scope: Mapping[str, object]) -> Awaitable[None]:
        """The call itself; an application of another shape breaks CORE-APP-001."""
        app: Callable[..., object] = self._app
        try:
            running = app(scope, exchange.receive, exchange.send)
        except TypeError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is None:
                text = f"the application takes no (scope, receive, send): {told(error)}{_likely(app)}"
                exchange.found(Finding("CORE-APP-001", text), "app")
            raise
        if not _is_awaitable(running):
            exchange.found(Finding("CORE-APP-001", f"the application gave {a_kind(running)}, which cannot be awaited"), "app")
        return running  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # awaiting what is none raises its own TypeError

    def _connection_findings(self, scope: Mapping[str, object], receive: object, send: object) -> list[Finding]:
        """What only the sequence of connections shows: shared scopes, and the namespace of the lifespan."""
        found = [
            Finding("CORE-APP-003", f"{name} is {a_kind(value)}, which cannot be called")
            for name, value in (("receive", receive), ("send", send))
            if not callable(value)
        ]
        if id(scope) in self._live:
            found.append(Finding("CORE-SCOPE-008", "the scope is the object that another open connection has"))
        state, kind = (scope.get("state"), scope.get("type")) if is_event(scope) else (None, None)
        if kind == "lifespan":
            self._namespace = state
        elif kind in ("http", "websocket") and is_mapping(self._namespace):
            if state is self._namespace:
                found.append(Finding("LIFE-STATE-002", "state is the lifespan's own dict, not a copy"))
            elif state is None:
                found.append(Finding("LIFE-STATE-004", "state is missing, and the lifespan's scope had it"))
        return found

    def record(self, exchange: Exchange, finding: Finding, blame: Blame) -> None:
        """Keeps a finding as a violation, and raises or logs it by the mode."""
        if finding.rule in self.quiet or blame not in self._blame:
            return
        violation = Violation(rule=finding.rule, blame=blame, message=finding.message, exchange=evidence(exchange.log.steps))
        note = violation.level == "note"
        if note:
            self.quiet.add(finding.rule)
        if len(self.violations) < KEPT:
            self.violations.append(violation)
        else:
            self.dropped += 1
        if note:
            return
        if self._mode == "raise":
            raise ConformanceError(violation)
        if self._mode == "warn":
            logger.warning("%s: %s", violation, shown(violation.spec))


def _reset(token: Token[Exchange | None]) -> None:
    try:
        current.reset(token)
    except ValueError:
        return  # a call that is closed in another context than it began in has nothing to reset there


def _kept_scope(scope: Mapping[str, object], *, plain: bool) -> Mapping[str, object]:
    """A copy of the scope to keep: a plain one has one list that could be changed."""
    if not is_event(scope):
        return {"error": f"not a dict: {shown(scope)}"}
    if plain:
        headers: Any = scope["headers"]
        return {**scope, "headers": [*headers]}
    return kept(scope)


def _likely(app: Callable[..., object]) -> str:
    """What it may be instead, by what it takes."""
    try:
        taken = [each for each in signature(app).parameters.values() if each.default is Parameter.empty]
    except (TypeError, ValueError):  # of those written in C
        return ""
    if not taken:
        return "; if it is a factory, give what it returns"
    return "; an application of ASGI 2 takes the scope alone, and needs an adapter" if len(taken) == 1 else ""


def _is_awaitable(value: object) -> bool:
    return isinstance(value, Awaitable)


current: ContextVar[Exchange | None] = ContextVar("asgikit.conformance.exchange", default=None)
"""The exchange that the running task serves: how a checker inside a middleware finds the one outside."""


def checked(app: ASGIApp | ForeignApp, *, mode: Mode = "raise", ignore: Collection[str] = ()) -> Checker:
    """The application that is watched: only what it breaks counts, whatever a test client leaves out of its scopes."""
    return Checker(app, mode=mode, ignore=ignore, blame=_APP)


_APP: tuple[Blame, ...] = ("app", "middleware")
_SERVER: tuple[Blame, ...] = ("server",)


def checked_server(app: ASGIApp | ForeignApp, *, mode: Mode = "raise", ignore: Collection[str] = ()) -> Checker:
    """The application that watches its server: only what the server breaks counts."""
    return Checker(app, mode=mode, ignore=ignore, blame=_SERVER)
