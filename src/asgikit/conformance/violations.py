"""A broken rule as a value, and the exception that carries one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from asgikit.conformance.rules import Level, Party, rule
from asgikit.conformance.transcript import Step

Blame: TypeAlias = Party
"""Whose fault it is: of the application, the server, or a middleware between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One rule of the ASGI specification that was broken, by whom, and the exchange up to there."""

    rule: str
    """The id in the catalogue, "HTTP-RESP-005"."""
    blame: Blame
    message: str
    """What happened, in one sentence with the offending value."""
    exchange: tuple[Step, ...] = ()
    """What happened on the connection so far; the last step is the one that broke the rule."""

    @property
    def level(self) -> Level:
        """How bad it is: "must", "should" or "note"; a note never fails a run."""
        return rule(self.rule).level

    @property
    def spec(self) -> str:
        """The sentence of the specification, quoted."""
        return rule(self.rule).quote

    @property
    def section(self) -> str:
        """Where that sentence is: "www, Response Start - send event"."""
        return rule(self.rule).section

    @property
    def url(self) -> str:
        """The rule in the documentation of asgikit."""
        return rule(self.rule).url

    @property
    def where(self) -> str:
        """Where one reads on, the text of the specification and the command that explains the rule."""
        return f"{rule(self.rule).spec_url}, or: python -m asgikit rules {self.rule}"

    def __str__(self) -> str:
        """One line: id, blame and message."""
        return f"{self.rule} ({self.level}, {self.blame}): {self.message}"


class ConformanceError(AssertionError):
    """A rule was broken: raised at the `await` that broke it."""

    def __init__(self, violation: Violation) -> None:
        """The text is the violation's line, the quoted sentence, where that stands, and the command that explains the rule."""
        super().__init__(f"{violation}\n  spec: {violation.spec!r} ({violation.section})\n  {violation.where}")
        self.violation = violation
