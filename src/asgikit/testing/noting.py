"""Connections are noted for the report of the test that runs, whoever makes them."""

from __future__ import annotations

from collections import deque
from contextvars import ContextVar
from time import perf_counter
from typing import Final, TypeAlias, final

from asgikit.conformance.check import Checker
from asgikit.conformance.exchange import Exchange
from asgikit.conformance.transcript import BODY_KEPT, Message, StepKind, Transcript, shortened
from asgikit.conformance.values import Finding
from asgikit.conformance.violations import Blame, Violation
from asgikit.testing.recorded import Recording

Notes: TypeAlias = deque[Recording]
"""The connections of a test, the last ones: one object for the whole run, which is emptied before each test."""

report: Final[ContextVar[Notes | None]] = ContextVar("asgikit.testing.report", default=None)
"""Where connections are noted; set by the pytest plugin, and looked up as each connection begins."""


def note_in(notes: Notes | None) -> None:
    """In this context connections are noted there, if it knows no place: a thread that a test starts has an empty context."""
    if notes is not None and report.get() is None:
        report.set(notes)


@final
class Noted(Transcript):
    """The steps of a connection, as a checker keeps them, and noted besides: for long, so without objects of the application."""

    __slots__ = ("recording",)

    def __init__(self, recording: Recording) -> None:
        """Nothing has happened yet."""
        super().__init__()
        self.recording: Recording = recording

    @property
    def room(self) -> int:
        """As much as is noted."""
        return self.recording.room

    def add(self, kind: StepKind, message: Message) -> None:
        """One more step, for both; no more of its body is kept than elsewhere."""
        body = message.get("body")
        self.recording.add(kind, message)
        if isinstance(body, bytes) and len(body) > BODY_KEPT:
            message = {**message, "body": shortened(body)}
        super().add(kind, message)


class Noting(Checker):
    """A checker whose connections are in the report of the test that runs, where there is one."""

    def transcript(self) -> Transcript:
        """Where the steps of the next connection go; an application that notes them itself is left to do so."""
        notes = report.get()
        if notes is None or isinstance(self._app, Noting):
            return Transcript()
        recording = Recording(perf_counter)
        notes.append(recording)
        return Noted(recording)

    def record(self, exchange: Exchange, finding: Finding, blame: Blame) -> None:
        """Marks the step that broke a rule; the rest is the checker's."""
        log = exchange.log.recording if isinstance(exchange.log, Noted) else exchange.log
        if finding.rule not in self.quiet and blame in self._blame and isinstance(log, Recording):
            violation = Violation(rule=finding.rule, blame=blame, message=finding.message)
            if violation.level != "note":
                log.mark(finding)
        super().record(exchange, finding, blame)
