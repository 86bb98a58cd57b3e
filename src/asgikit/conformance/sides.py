"""A middleware checked from both sides at once, so that each violation is blamed on who broke the rule."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeAlias

from asgikit.asgi import AnyReceive, AnySend, ASGIApp, ForeignApp
from asgikit.conformance.check import Checker, Mode
from asgikit.conformance.exchange import Exchange
from asgikit.conformance.tables import HTTP_APP, HTTP_SERVER, WEBSOCKET_APP, WEBSOCKET_SERVER
from asgikit.conformance.values import Finding, is_event, is_mapping, is_sequence
from asgikit.conformance.violations import Blame, Violation

Wrap: TypeAlias = Callable[[ASGIApp], ASGIApp] | Callable[[ForeignApp], ForeignApp]
"""A middleware: from an application to one, whichever way the two are typed."""


class MiddlewareChecker:
    """An ASGI application: a middleware around an application, with a checker on either side.

    What the application breaks is blamed on it, what the server breaks on the server, and what is right on one side of the
    middleware and wrong on the other on the middleware. `violations`, `mode` and `ignore` as of `Checker`.
    """

    def __init__(
        self,
        middleware: Wrap,
        app: ASGIApp | ForeignApp,
        *,
        mode: Mode = "raise",
        ignore: Collection[str] = (),
    ) -> None:
        """Checks the middleware around `app`."""
        self._inner = _Inner(app, mode=mode, ignore=ignore)
        wrap: Callable[[ForeignApp], ForeignApp] = middleware  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # what takes the one takes the other
        self._outer = _Outer(wrap(self._inner), mode=mode, ignore=ignore)
        # One list and one set of ignored rules for both sides.
        self._inner.violations = self._outer.violations
        self._inner.quiet = self._outer.quiet

    @property
    def violations(self) -> list[Violation]:
        """The broken rules, in order; a note is kept once."""
        return self._outer.violations

    async def __call__(self, scope: Mapping[str, object], receive: AnyReceive, send: AnySend) -> None:
        """Serves one connection through the middleware."""
        await self._outer(scope, receive, send)


def checked_middleware(
    middleware: Wrap,
    *,
    mode: Mode = "raise",
    ignore: Collection[str] = (),
) -> Callable[[ASGIApp | ForeignApp], MiddlewareChecker]:
    """The middleware, checked from both sides around whatever application it is given."""

    def wrap(app: ASGIApp | ForeignApp) -> MiddlewareChecker:
        return MiddlewareChecker(middleware, app, mode=mode, ignore=ignore)

    return wrap


class _Outer(Checker):
    """Between the server and the middleware: what the middleware does wrong as an application."""

    def watch(self, exchange: Exchange, scope: Mapping[str, object]) -> None:
        """Keeps how the scope looks, for comparison."""
        exchange.look = look(scope)

    def record(self, exchange: Exchange, finding: Finding, blame: Blame) -> None:
        """What the application inside is to blame for has been found inside: garbage in, garbage out."""
        if blame != "app":
            super().record(exchange, finding, blame)
        elif not _is_excused(finding.rule, exchange.excused):
            super().record(exchange, finding, "middleware")


class _Inner(Checker):
    """Between the middleware and the application: what the middleware does wrong as a server."""

    def watch(self, exchange: Exchange, scope: Mapping[str, object]) -> None:
        """A scope that has been changed in place on its way is the middleware's fault."""
        outer = outer_of(exchange)
        if outer is None or outer.look is None:
            return
        for finding in changes(outer.look, outer.scope):
            super().record(outer, finding, "middleware")

    def record(self, exchange: Exchange, finding: Finding, blame: Blame) -> None:
        """What the server is to blame for has been found outside."""
        outer = outer_of(exchange)
        if blame == "app":
            if outer is not None:
                outer.excused.add(finding.rule)
            super().record(exchange, finding, "app")
        elif finding.rule == "LIFE-STATE-001":
            pass  # the namespace is there for middleware, too (lifespan, Lifespan State)
        elif outer is None or not _is_excused(finding.rule, outer.blamed.get("server", ())):
            super().record(exchange, finding, "middleware")


def _is_excused(rule: str, broken: Collection[str]) -> bool:
    """Whether a rule is broken because it, or another one of order, was broken on the other side: garbage in, garbage out."""
    return rule in broken or (rule in ORDER and not ORDER.isdisjoint(broken))


ORDER: frozenset[str] = frozenset(
    {move.rule for table in (HTTP_APP, HTTP_SERVER, WEBSOCKET_APP, WEBSOCKET_SERVER) for move in table.values() if move.rule}
    | {"HTTP-RESP-010", "HTTP-RESP-019", "HTTP-RESP-020", "HTTP-SEM-008", "HTTP-REQ-011"}
    | {"EXT-TRAIL-002", "EXT-DENY-005", "WS-CONN-005"}
)
"""Rules of what comes when, and how much: to break one is often to break another further out."""


def outer_of(exchange: Exchange) -> Exchange | None:
    """The exchange between the server and the middleware that this one, inside, is a part of."""
    outer = exchange.outer
    while outer is not None and not isinstance(outer.owner, _Outer):
        outer = outer.outer
    return outer


def look(scope: Mapping[str, object]) -> dict[str, object]:
    """The scope with copies of its lists and dicts; its state is meant to be changed."""
    if not is_event(scope):
        return {}
    return {key: value for key, value in map(_copied, scope.items()) if key != "state"}


def changes(before: Mapping[str, object], scope: Mapping[str, object]) -> Iterator[Finding]:
    """Whether a scope has changed since that look at it."""
    now = look(scope)
    if changed := [key for key in {**before, **now} if before.get(key) != now.get(key)]:
        yield Finding("CORE-MW-001", f"the middleware changed the scope of its server: {', '.join(changed)}")


def _copied(item: tuple[str, object]) -> tuple[str, object]:
    key, value = item
    if is_mapping(value):
        return key, {**value}
    return key, tuple(value) if is_sequence(value) else value
