"""What the report of a test that fails says of it: its exchanges, and what its server has printed."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from traceback import format_exception_only
from typing import Final, Protocol, TypeVar, final

import pytest

from asgikit.conformance.violations import ConformanceError
from asgikit.testing.noting import Notes, report
from asgikit.testing.recorded import RecordedExchange, Recording
from asgikit.testing.tracebacks import hide

T = TypeVar("T")

NOTED: Final = 200
"""Exchanges of one test that are noted."""

SHOWN: Final = 20
"""Exchanges of one test that its report shows: the last ones, and those that broke a rule."""

NARROW, WIDE = 100, 130
"""Columns of the tables in a report, at least and at most."""

NAME: Final = "asgikit_exchanges"


class Speaker(Protocol):
    """A server that says something."""

    name: str

    def output(self) -> str:
        """What it has said."""
        ...


SERVER: Final = pytest.StashKey[Speaker]()
"""The server of a test, whose output its report shows."""

JUDGED: Final = pytest.StashKey[bool]()
"""Whether what a test has broken has been told: it is not told again at its end."""


@final
class Exchanges:
    """A plugin: the exchanges of the test that runs, from when this is made, and what its report says of them."""

    def __init__(self, config: pytest.Config) -> None:
        """Connections that begin from now on are noted here."""
        self._config = config
        self._noted: Notes = deque(maxlen=NOTED)
        self._older: list[tuple[Recording, int]] = []
        self._has_told = False
        self._outer = report.get()
        report.set(self._noted)

    def pytest_unconfigure(self) -> None:
        """The run is over; a run around this one has its own again."""
        report.set(self._outer)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """A test begins: the exchanges of the last one are forgotten, but for those that go on, of which only news is told."""
        report.set(self._noted)  # whatever has run in between
        known = [recording for recording, _ in self._older]
        self._older = [(each, each.count) for each in (*known, *self._noted) if not each.is_over][-NOTED:]
        self._noted.clear()
        self._has_told = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Puts the exchanges into the first report of a test that tells of a failure."""
        if call.excinfo is not None:
            hide(call.excinfo.value)
        made = yield
        if made.failed and not self._has_told:
            self._has_told = True
            known = "" if call.excinfo is None else "".join(format_exception_only(call.excinfo.value))
            exchanges = told_of(self._exchanges())
            item.stash[JUDGED] = any(exchange.broken for exchange in exchanges)
            if exchanges:
                made.sections.append(("ASGI exchanges", self._tables(exchanges, known)))
            server = item.stash.get(SERVER, None)
            if server is not None and (output := server.output()):
                made.sections.append((f"Output of {server.name}", output))
        return made

    def _exchanges(self) -> list[RecordedExchange]:
        """Those that have gone on in this test, and those that began in it."""
        older = [recording for recording, count in self._older if recording.count > count]
        return [recording.exchange() for recording in (*older, *tuple(self._noted))]

    def _tables(self, exchanges: Sequence[RecordedExchange], known: str) -> str:
        """Without the words of rules that the error has already."""
        writer = self._config.get_terminal_writer()
        width = min(max(writer.fullwidth, NARROW), WIDE)
        return "\n\n".join(exchange.table(width=width, colour=writer.hasmarkup, known=known) for exchange in exchanges)


@asynccontextmanager
async def judging(client: AbstractAsyncContextManager[T], item: pytest.Item) -> AsyncGenerator[T]:
    """Runs a client; a broken rule that its end tells of is not told again at the end of the test."""
    with _told_here(item):
        async with client as running:
            yield running


@contextmanager
def judging_at_once(client: AbstractContextManager[T], item: pytest.Item) -> Generator[T]:
    """The same for one that is not async."""
    with _told_here(item), client as running:
        yield running


@contextmanager
def _told_here(item: pytest.Item) -> Generator[None]:
    try:
        yield
    except ConformanceError:
        item.stash[JUDGED] = True
        raise


def told_of(exchanges: Sequence[RecordedExchange]) -> list[RecordedExchange]:
    """What a report shows: without lifespans that went well; of too many, the last ones and those that broke a rule."""
    telling = [exchange for exchange in exchanges if not _is_uneventful(exchange)]
    broken = [exchange for exchange in telling if exchange.broken][-SHOWN:]
    room = SHOWN - len(broken)
    last = [exchange for exchange in telling if not exchange.broken]
    chosen = [*broken, *(last[-room:] if room else ())]
    return [exchange for exchange in telling if any(exchange is each for each in chosen)]


def _is_uneventful(exchange: RecordedExchange) -> bool:
    """Whether it is a lifespan that went well; an application that knows none raises before it receives anything."""
    if exchange.scope.get("type") != "lifespan" or exchange.broken:
        return False
    kinds = {each.step.kind for each in exchange.steps}
    has_failed = any("failed" in str(each.step.message.get("type")) for each in exchange.steps)
    return not has_failed and ("raise" not in kinds or "receive" not in kinds)
