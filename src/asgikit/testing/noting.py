"""Connections are noted for the report of the test that runs, whoever makes them."""

from __future__ import annotations

from collections import deque
from contextvars import ContextVar
from time import perf_counter
from typing import Final, TypeAlias

from asgikit.conformance.check import Checker
from asgikit.conformance.exchange import Exchange
from asgikit.conformance.transcript import Transcript
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


class Noting(Checker):
    """A checker whose connections are in the report of the test that runs, where there is one."""

    def transcript(self) -> Transcript:
        """Where the steps of the next connection go; an application that notes them itself is left to do so."""
        notes = report.get()
        if notes is None or isinstance(self._app, Noting):
            return Transcript()
        recording = Recording(perf_counter)
        notes.append(recording)
        return recording

    def record(self, exchange: Exchange, finding: Finding, blame: Blame) -> None:
        """Marks the step that broke a rule; the rest is the checker's."""
        if finding.rule not in self.quiet and blame in self._blame and isinstance(exchange.log, Recording):
            violation = Violation(rule=finding.rule, blame=blame, message=finding.message)
            if violation.level != "note":
                exchange.log.mark(finding)
        super().record(exchange, finding, blame)
