"""One call of an application in a task of its own, checked against the rules of the specification."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, NoReturn, Protocol, TypeAlias, TypeGuard, final

import anyio
from anyio.lowlevel import cancel_shielded_checkpoint

from asgikit.asgi import AnyReceive, AnySend, ASGIApp, ForeignApp
from asgikit.conformance.exchange import Exchange
from asgikit.conformance.reproduce import exchange_table
from asgikit.conformance.telling import told
from asgikit.conformance.transcript import Step
from asgikit.conformance.violations import ConformanceError, Violation
from asgikit.detached import spawn
from asgikit.testing.failures import Incomplete, NoAnswer, Refused, comes_of, is_stop
from asgikit.testing.masking import masked
from asgikit.testing.noting import Noting
from asgikit.testing.profile import Profile
from asgikit.testing.signal import Bell, Patience

_CANCELLED: Final = 2.0
"""Seconds that an application has to end when it is cancelled."""

ROUNDS: Final = 10
"""How many times as long as for an idle application is waited for one that is at work, but does not come to an end."""

_SHAPE: Final = "CORE-APP-001"
"""What is called cannot be an application: that tells more than the TypeError that comes of it."""

Told: TypeAlias = str | Callable[[], str]
"""What the application has not done, or what says it when the time is up."""


class Watch(Noting):
    """A checker of one connection, whose steps can be read."""

    def __init__(self, app: ASGIApp | ForeignApp, profile: Profile) -> None:
        """Nothing is raised where the application runs, for it could catch that."""
        super().__init__(app, mode="collect", blame=("app", "middleware"))
        self.quiet: set[str] = {*profile.quiet}
        self._exchange: Exchange | None = None

    def watch(self, exchange: Exchange, scope: Mapping[str, object]) -> None:
        """Keeps the exchange."""
        self._exchange = exchange

    @property
    def steps(self) -> tuple[Step, ...]:
        """What has happened so far."""
        return () if self._exchange is None else self._exchange.log.steps

    def judge(self) -> None:
        """Raises ConformanceError for the rules that were broken: the first, with the exchange and the others as notes."""
        if self.violations:
            first, *others = (replace(each, exchange=masked(each.exchange)) for each in self.violations)
            error = ConformanceError(first)
            error.add_note(exchange_table(first.exchange))
            if others:
                error.add_note(f"\n{told(others, exchanges=False)}")
            raise error


class _Native(Protocol):
    def cancel(self) -> bool: ...


def _is_native(task: object) -> TypeGuard[_Native]:
    return hasattr(task, "cancel")


@final
class Running:
    """The call: it runs from `start()` to its own end, or until it is cancelled."""

    __slots__ = ("_call", "_cancelled", "_patience", "_scope", "_task", "_waited", "_watch", "activity", "ended", "error", "news")

    def __init__(
        self, app: ASGIApp | ForeignApp, scope: Mapping[str, object], receive: AnyReceive, send: AnySend, profile: Profile
    ) -> None:
        """Of this application, with these two callables."""
        self._watch = Watch(app, profile)
        self._call: Callable[[], Any] = lambda: self._watch(scope, receive, send)
        self._patience = profile.timeout
        self._scope = anyio.CancelScope()
        self._task: object = None
        self._cancelled = False  # by us, as asyncio does it, which no scope catches
        self._waited = 0.0
        self.activity: int = 0
        """Grows with each sign of the application."""
        self.ended: bool = False
        self.error: BaseException | None = None
        """What came out of it."""
        self.news: Bell = Bell()
        """Rings when the client has something to look at, and at the end."""

    def start(self) -> None:
        """Begins: the application runs as soon as the caller waits."""
        self._task = spawn(self._run)

    async def _run(self) -> None:
        try:
            with self._scope:
                await self._call()
        except BaseException as error:
            if not (self._cancelled and is_stop(error)):
                self.error = error  # it is the client's to raise
            if is_stop(error):
                raise
        finally:
            self.ended = True
            self.news.ring()

    @property
    def steps(self) -> tuple[Step, ...]:
        """What has happened so far."""
        return self._watch.steps

    @property
    def violations(self) -> list[Violation]:
        """The rules that it has broken, those that fail the test."""
        return self._watch.violations

    async def until(
        self, ready: Callable[[], bool], what: Told, limit: float | None = None, *, whatever_it_does: bool = False
    ) -> None:
        """Returns when the client has what it waits for, or the application has ended.

        Raises NoAnswer when the application does nothing for `limit` seconds, by default those of the profile, or when
        ten times as long was waited in all, and there is still no end to what it does.
        """
        limit = self._patience if limit is None else limit
        most = math.inf if limit is None or self._patience is None else ROUNDS * max(limit, self._patience)
        patience, seen = Patience(limit), self.activity

        def over() -> bool:
            return ready() or self.ended

        while not over():
            has_rung = await self._rings(patience)
            if self._waited >= most and not self.ended:
                self.give_up("is at work without an end" if ready() else what, most)
            if not has_rung and not over():
                if whatever_it_does or seen == self.activity:
                    self.give_up(what, patience.spent)
                patience, seen = Patience(limit), self.activity

    async def _rings(self, patience: Patience) -> bool:
        before = patience.spent
        has_rung = await patience.wait(self.news)
        self._waited += patience.spent - before
        return has_rung

    def refresh(self) -> None:
        """The client does its part: what was waited until now does not count."""
        self._waited = 0.0

    async def end(self, what: Told, limit: float | None = None) -> None:
        """Returns when it has ended. Raises NoAnswer if it does not, and cancels it."""
        try:
            await self.until(lambda: False, what, limit)
        except NoAnswer:
            await self.cancel()
            raise

    def give_up(self, what: Told, limit: float) -> NoReturn:
        """Raises NoAnswer, with what has happened."""
        missing = what if isinstance(what, str) else what()
        error = NoAnswer(f"the application {missing} for {limit:g} seconds; so far:\n{exchange_table(masked(self.steps))}")
        error.add_note("if it needs longer, say so: timeout=30, in seconds, or None for no limit")
        raise error

    async def cancel(self, times: int | None = None) -> None:
        """Cancels it, and sees to its end; one that catches its cancellation is left alone after two seconds.

        With `times` a task of asyncio is cancelled so often and no more, as its servers do: what it awaits from then on, it
        awaits. Without, and on trio, all that it awaits is cancelled.
        """
        task = self._task
        if times is not None and _is_native(task):
            self._cancelled = True
            for _ in range(times):
                task.cancel()
                await cancel_shielded_checkpoint()
        else:
            self._scope.cancel()
        with anyio.CancelScope(shield=True), anyio.move_on_after(_CANCELLED):
            while not self.ended:
                await self.news.wait()

    def judge(self) -> None:
        """Raises ConformanceError for the rules that it has broken: the first, with the others as notes."""
        self._watch.judge()


class Connected:
    """One connection of an application, whatever is spoken on it: it begins, it ends, and it is judged."""

    __slots__ = ("_running", "raises")

    def __init__(self, running: Running) -> None:
        """Not begun yet."""
        self._running = running
        self.raises: bool = True
        """Whether what comes out of the application is raised here, too; else the client has what a server makes of that."""

    @property
    def error(self) -> BaseException | None:
        """What came out of the application, if anything did."""
        return self._running.error

    @property
    def has_ended(self) -> bool:
        """Whether the application has returned, or raised."""
        return self._running.ended

    @property
    def steps(self) -> tuple[Step, ...]:
        """Everything that has happened: the first and the last 24 steps, as they were checked."""
        return self._running.steps

    def start(self) -> None:
        """Calls the application."""
        self._running.start()

    def give_up(self, what: Told, limit: float) -> NoReturn:
        """Raises NoAnswer, with what has happened."""
        self._running.give_up(what, limit)

    def judge(self) -> None:
        """Raises what came out of the application, unless told not to, and ConformanceError for broken rules.

        What comes of the client's leaving is no error.
        """
        error = self.error
        if error is not None and any(violation.rule == _SHAPE for violation in self._running.violations):
            self._running.judge()
        if error is not None and not comes_of(error, self._is_parting) and (self.raises or not isinstance(error, Exception)):
            if is_stop(error):
                raise Incomplete("the application was cancelled, but not by its client") from error
            for violation in self._running.violations:
                error.add_note(f"and it broke {violation}")
            raise error
        self._running.judge()

    def _is_parting(self, error: BaseException) -> bool:
        """Whether it comes of the client's leaving, or of a message that broke a rule, which tells more."""
        return isinstance(error, Refused) and bool(self._running.violations)
