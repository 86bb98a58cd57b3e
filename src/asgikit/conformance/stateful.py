"""A state machine of Hypothesis, of the extra `conformance`, that leads an application through whole exchanges, step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import ClassVar, Final, TypeAlias, final

import anyio

from asgikit.asgi import ForeignApp
from asgikit.conformance.connection import Connection
from asgikit.conformance.conversation_strategies import CODES, message
from asgikit.conformance.drafts import Draft, parse_target
from asgikit.conformance.drawing import drawn
from asgikit.conformance.driver import Drive, finished
from asgikit.conformance.hypotheses import RuleBasedStateMachine, initialize, invariant, precondition, rule, st
from asgikit.conformance.replay import to_word
from asgikit.conformance.reproduce import exchange_table
from asgikit.conformance.scenario import Action, Cancel, Deliver, Leave, Resume, Scenario, Stall
from asgikit.conformance.scope_strategies import draft_scope
from asgikit.conformance.transcript import Message
from asgikit.conformance.violations import ConformanceError, Violation

Job: TypeAlias = Callable[[], Awaitable[None]]

_LONGEST: Final = 64


class ExchangeFailed(ConformanceError):
    """An exchange in which the application broke a rule: the text has its table, and the word that replays it."""

    def __init__(self, violation: Violation, scenario: Scenario) -> None:
        """The violation, and the exchange so far as a scenario."""
        super().__init__(violation)
        self.scenario = scenario
        for note in _notes(violation, scenario):
            self.add_note(note)


def _notes(violation: Violation, scenario: Scenario) -> list[str]:
    word = to_word(scenario)
    return [exchange_table(violation.exchange), *([f"--replay {word}"] if word else [])]


@final
class _Stage:
    """An event loop that goes on only while it is asked to, with one connection on it."""

    def __init__(self, app: ForeignApp, scope: Message, ignore: Collection[str]) -> None:
        self._loop = asyncio.new_event_loop()
        self._jobs: asyncio.Queue[tuple[Job, asyncio.Future[None]] | None] = asyncio.Queue()
        self._ready: asyncio.Future[Connection] = self._loop.create_future()
        self._host = self._loop.create_task(self._hosts(app, scope, ignore))
        self.connection = self._loop.run_until_complete(self._ready)

    async def _hosts(self, app: ForeignApp, scope: Message, ignore: Collection[str]) -> None:
        opening = () if scope.get("type") == "http" else None
        connection = Connection(app, scope, opening=opening, ignore=ignore)
        async with anyio.create_task_group() as group:
            connection.start(group)
            self._ready.set_result(connection)
            while (job := await self._jobs.get()) is not None:
                await job[0]()
                job[1].set_result(None)

    def do(self, job: Job) -> None:
        """Runs the loop until the job is done; no task more is on it than a server would have."""
        done = self._loop.create_future()
        self._jobs.put_nowait((job, done))
        self._loop.run_until_complete(done)

    def close(self) -> None:
        """Ends the loop; the connection is finished before."""
        self._jobs.put_nowait(None)
        self._loop.run_until_complete(self._host)
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


class ExchangeMachine(RuleBasedStateMachine):
    """One exchange: Hypothesis chooses the scope and every step, and each is performed at once. See `exchange_machine`."""

    ignore: ClassVar[Collection[str]] = ()
    crashes: ClassVar[bool] = True
    patience: ClassVar[float] = 0.1
    grace: ClassVar[float] = 2.0

    def __init__(self) -> None:
        """Nothing is connected yet."""
        super().__init__()
        self._stage: _Stage | None = None
        self._scenario = Scenario(scope={})
        self._actions: list[Action] = []
        self._has_failed = False
        self._is_complete = False
        self._is_stalled = False
        self._is_over = False

    @property
    def scenario(self) -> Scenario:
        """The exchange so far."""
        old = self._scenario
        return Scenario(scope=old.scope, actions=tuple(self._actions), marks=old.marks, name=old.name)

    def begin(self, app: ForeignApp, scenario: Scenario) -> None:
        """Calls the application with the scope of a scenario."""
        self._scenario = scenario
        self._stage = _Stage(app, scenario.scope, self.ignore)

    @property
    def connection(self) -> Connection:
        """The connection; RuntimeError before there is one."""
        if self._stage is None:
            raise RuntimeError("the machine has not begun")
        return self._stage.connection

    def _is(self, type_: str) -> bool:
        return self._scenario.scope.get("type") == type_ and not self._is_over

    def _perform(self, *actions: Action) -> None:
        connection, stage = self.connection, self._stage

        async def job() -> None:
            for action in actions:
                await connection.perform(action, self.patience)
            await connection.settle(self.patience)

        self._actions.extend(actions)
        if stage is not None:
            stage.do(job)

    @precondition(lambda self: self._is("http") and not self._is_complete and len(self._actions) < _LONGEST)
    @rule(body=st.binary(max_size=30))
    def deliver_piece(self, body: bytes) -> None:
        """A piece of the request's body, perhaps an empty one, with more to come."""
        self._perform(Deliver({"type": "http.request", "body": body, "more_body": True}))

    @precondition(lambda self: self._is("http") and not self._is_complete)
    @rule(body=st.binary(max_size=30), sparse=st.booleans())
    def finish_body(self, body: bytes, *, sparse: bool) -> None:
        """The last piece of the body; `sparse`: without the keys that have a default."""
        self._is_complete = True
        keys: dict[str, object] = {} if sparse and not body else {"body": body}
        self._perform(Deliver({"type": "http.request", **keys, **({} if sparse else {"more_body": False})}))

    @precondition(lambda self: self._is("websocket") and self.connection.peer.answer.accepted and len(self._actions) < _LONGEST)
    @rule(event=drawn(lambda choose: message(choose)[0]))
    def deliver_message(self, event: Message) -> None:
        """A message of the client, in any legal form."""
        self._perform(Deliver(event))

    @precondition(lambda self: self._is("lifespan") and self.connection.peer.answer.ready)
    @rule()
    def shut_down(self) -> None:
        """The server stops the application."""
        self._is_over = True
        self._perform(Deliver({"type": "lifespan.shutdown"}))

    @precondition(lambda self: self._is("websocket") or (self._is("http") and self._has_begun()))
    @rule(sends=st.sampled_from(("raise", "ignore")), code=st.sampled_from(CODES))
    def leave(self, sends: str, code: int) -> None:
        """The client goes away; `send()` raises from now on, or does nothing."""
        self._is_over = True
        self._perform(Leave("raise" if sends == "raise" else "ignore", code))

    def _has_begun(self) -> bool:
        return any(isinstance(action, Deliver) for action in self._actions)

    @precondition(lambda self: not self._is_stalled and not self._is("lifespan") and not self._is_over)
    @rule()
    def stall(self) -> None:
        """The client stops reading."""
        self._is_stalled = True
        self._perform(Stall())

    @precondition(lambda self: self._is_stalled and not self._is_over)
    @rule()
    def resume(self) -> None:
        """The client reads again."""
        self._is_stalled = False
        self._perform(Resume())

    @precondition(lambda self: not self._is_over and not self.connection.has_ended)
    @rule()
    def cancel(self) -> None:
        """The server cancels the application's task."""
        self._is_over = True
        self._perform(Cancel())

    @rule()
    def settle(self) -> None:
        """Nothing happens until the application waits."""
        self._perform()

    @invariant()
    def no_rule_is_broken(self) -> None:
        """Whatever has been sent so far is legal."""
        if self._stage is not None:
            self._judge(self.connection.checker.violations)

    def _judge(self, violations: Collection[Violation]) -> None:
        broken = [violation for violation in violations if violation.level != "note" and violation.blame != "server"]
        if broken and not self._has_failed:
            self._has_failed = True
            raise ExchangeFailed(broken[0], self.scenario)

    def teardown(self) -> None:
        """Lets the exchange end as a server would, and looks at it as a whole."""
        stage = self._stage
        if stage is None:
            return
        try:
            self._come_to_an_end()
            stage.do(lambda: stage.connection.finish(self.grace, self.patience))
            drive = finished(stage.connection, ignore=self.ignore)
        finally:
            self._stage = None
            stage.close()
        if not self._has_failed:
            self._judge(drive.violations)
            self._judge_crash(drive)

    def _come_to_an_end(self) -> None:
        """What the client still has to do, so that nobody waits for it."""
        if self._is_stalled and not self._is_over:
            self._perform(Resume())
        if self._is("http") and not self._has_begun():
            self._perform(Deliver({"type": "http.request", "body": b"", "more_body": False}))
        elif (self._is("http") and not self._is_complete) or self._is("websocket"):
            self._perform(Leave("raise", 1000))

    def _judge_crash(self, drive: Drive) -> None:
        """An exception, though the client stayed and nobody cancelled: due to what is unusual in the scope, if anything is."""
        lifespan = self._scenario.scope.get("type") == "lifespan"
        if not self.crashes or lifespan or drive.error is None or drive.outcome != "raised" or drive.stopped_by != "itself":
            return
        if not self._scenario.marks:
            for note in (exchange_table(drive.steps), f"--replay {to_word(self.scenario)}"):
                drive.error.add_note(note)
            raise drive.error
        text = f"the application raised {type(drive.error).__name__}: {drive.error}"
        violation = Violation(rule=self._scenario.marks[0], blame="app", message=text, exchange=drive.steps)
        raise ExchangeFailed(violation, self.scenario) from drive.error


def _opening(draft: Draft, where: str) -> Scenario:
    return Scenario(scope=draft.finished(), marks=tuple(draft.marks), name=where)


def exchange_machine(
    app: ForeignApp, where: str = "GET /", *, ignore: Collection[str] = (), crashes: bool = True
) -> type[ExchangeMachine]:
    """A state machine for one place of an application, "POST /items", "WS /chat" or "lifespan": `.TestCase` of it runs.

    Every exchange fails with ExchangeFailed, which has the scenario, when the application has broken a rule that is no
    note; and, with `crashes`, with the application's own exception on a plain exchange. Failures shrink to
    the smallest exchange. `ignore` are ids of rules. asyncio only. Raises ValueError for a place that is none.
    """
    target = parse_target(where)

    class PlaceMachine(ExchangeMachine):
        """The exchanges of this place."""

        @initialize(scenario=drawn(lambda choose: _opening(draft_scope(choose, target), where)))
        def connect(self, scenario: Scenario) -> None:
            """The server calls the application."""
            self.begin(app, scenario)

    PlaceMachine.ignore = frozenset(ignore)
    PlaceMachine.crashes = crashes
    PlaceMachine.__name__ = PlaceMachine.__qualname__ = "ExchangeMachine"
    return PlaceMachine
