"""A recorder: an application around another one that keeps its last exchanges, to be shown when a test fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from time import perf_counter
from typing import Final

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.conformance.check import Mode
from asgikit.conformance.transcript import Transcript
from asgikit.conformance.violations import Blame
from asgikit.testing.noting import Notes, Noting, report
from asgikit.testing.recorded import RecordedExchange, Recording
from asgikit.testing.table import WIDTH

KEPT: Final = 20
"""Exchanges that a recorder keeps: the last ones."""


class Recorder(Noting):
    """An ASGI application around another one: a checker that also keeps the last exchanges, bounded in number and in size.

    Everything is handed on unchanged. `mode`, `ignore` and `blame` as of `Checker`; `keep` is how many exchanges, `clock`
    gives seconds. Raises ValueError as `Checker` does, and for a `keep` below 1.
    """

    def __init__(  # noqa: PLR0913  # all but one by name
        self,
        app: ASGIApp | ForeignApp,
        *,
        mode: Mode = "collect",
        ignore: Collection[str] = (),
        blame: Collection[Blame] = ("app", "middleware"),
        keep: int = KEPT,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        """Records `app` from now on."""
        super().__init__(app, mode=mode, ignore=ignore, blame=blame)
        if keep < 1:
            raise ValueError(f"keep is {keep}: a recorder keeps one exchange at least")
        self._clock = clock
        self._kept: deque[Recording] = deque(maxlen=keep)
        self._notes: Notes | None = report.get()

    def transcript(self) -> Transcript:
        """Where the steps of the next connection go: among those that are kept, and into the report of the test that runs.

        A server's own thread knows no test: what it serves is in the report that this was last made or called for.
        """
        recording = Recording(self._clock)
        self._kept.append(recording)
        notes = report.get()
        self._notes = self._notes if notes is None else notes
        if self._notes is not None:
            self._notes.append(recording)
        return recording

    @property
    def exchanges(self) -> tuple[RecordedExchange, ...]:
        """The last exchanges, those that are going on among them."""
        return tuple(recording.exchange() for recording in tuple(self._kept))

    def clear(self) -> None:
        """Forgets the exchanges, and the violations."""
        self._kept.clear()
        self.violations.clear()

    def table(self, *, width: int = WIDTH, colour: bool = False) -> str:
        """The exchanges as tables, one below the other; at least 80 columns."""
        return "\n\n".join(exchange.table(width=width, colour=colour) for exchange in self.exchanges)

    def __str__(self) -> str:
        """The tables."""
        return self.table() or "(no exchange yet)"


def record(app: ASGIApp | ForeignApp, *, keep: int = KEPT, ignore: Collection[str] = ()) -> Recorder:
    """The application, and a record of its last exchanges: `print` it, or read its `exchanges`.

    With the pytest plugin the report of a test that fails shows those that happened in it.
    """
    return Recorder(app, keep=keep, ignore=ignore)
