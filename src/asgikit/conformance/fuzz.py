"""Fuzzes one place of an application with scenarios that are legal, and unusual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Final, final

from anyio import from_thread, to_thread

from asgikit.asgi import ForeignApp
from asgikit.conformance.battery import TIMED, Explored, Options
from asgikit.conformance.driver import Drive, drive
from asgikit.conformance.fuzzing import Budget, Hit, search
from asgikit.conformance.hypotheses import SearchStrategy
from asgikit.conformance.judging import failure
from asgikit.conformance.report.model import Case, Finding
from asgikit.conformance.scenario import Cancel, Scenario
from asgikit.conformance.transcript import BODY_KEPT
from asgikit.conformance.violations import Violation

CRASH: Final = "crash"
"""What a failure is called until it is known which rule it breaks."""

WARNINGS: Final = 5
"""Failures that break no rule, of which a report tells for each place."""

PATIENCE: Final = 0.1
"""Seconds without a sign of the application after which the client of a made-up scenario leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to look for, where, and how long."""

    where: str
    scenarios: SearchStrategy[Scenario]
    budget: Budget
    plain: Scenario | None = None
    """The request with which a failure is compared; None: failures are not looked for."""
    known: frozenset[str] = frozenset()
    """The rules that are known to be broken."""


async def fuzz(
    app: ForeignApp, task: Task, options: Options | None = None, progress: Callable[[int], None] = lambda _: None
) -> Explored:
    """Looks for scenarios that break a rule which is not known to be broken.

    A failure, an exception or a 5xx where the plain scenario has none, is blamed on the rule whose unusual case the
    smallest scenario holds; where it holds none, it breaks no rule of ASGI, and is a warning.
    """
    began = monotonic()
    options, known = options or Options(), task.known
    eye = _Eye(app, options)
    eye.judges = task.plain is not None and failure(await eye.drive(task.plain)) is None
    hits = await to_thread.run_sync(partial(search, task.scenarios, eye.look, task.budget, known=known, progress=progress))
    named = [(hit, _blamed(hit)) for hit in hits]
    findings: list[Finding] = []
    for hit, violation in named:
        if violation is not None and options.counts(violation.rule) and violation.rule not in known:
            known |= {violation.rule}
            findings.append(Finding(violation=violation, where=task.where, case="fuzz", scenario=hit.scenario))
    unexplained = [hit for hit, violation in named if violation is None and known.isdisjoint(hit.scenario.marks)]
    warnings = tuple(f"{task.where}: {hit.violation.message}" for hit in unexplained)
    failed = any(finding.violation.level != "note" for finding in findings)
    case = Case(
        name="fuzz",
        where=task.where,
        rules=(),
        outcome="failed" if failed else "passed",
        findings=tuple(findings),
        seconds=monotonic() - began,
    )
    options.listener.found(case)
    return Explored(cases=(case,), warnings=warnings[:WARNINGS], exchanges=eye.exchanges)


@final
class _Eye:
    """Drives scenarios and tells what is wrong; from a thread, in which Hypothesis runs."""

    def __init__(self, app: ForeignApp, options: Options) -> None:
        self.exchanges = 0
        self.judges = False
        """Whether a failure says anything: not where the plain request fails."""
        self._app = app
        self._options = options

    async def drive(self, scenario: Scenario) -> Drive:
        """One exchange."""
        self.exchanges += 1
        options = self._options
        options.listener.tries(scenario)
        return await drive(
            self._app, scenario, ignore=options.ignore, grace=options.grace, patience=PATIENCE, state=options.state
        )

    def look(self, scenario: Scenario) -> list[Violation]:
        """What is wrong with how the application takes a scenario; what is a matter of time is looked at twice."""
        found = self._look(scenario)
        if any(each.rule in TIMED for each in found):
            again = {each.rule for each in self._look(scenario)}
            found = [each for each in found if each.rule in again]
        return found

    def _look(self, scenario: Scenario) -> list[Violation]:
        tried: Drive = from_thread.run(self.drive, scenario)
        found = [each for each in tried.violations if each.blame != "server" and self._options.counts(each.rule)]
        if scenario.scope.get("type") == "lifespan" and any(isinstance(action, Cancel) for action in scenario.actions):
            found = [each for each in found if each.rule.startswith("CANCEL-")]  # of who is cancelled the text says nothing
        failed = failure(tried) if self.judges and tried.stopped_by in {"itself", "disconnect"} else None
        if failed is not None and not _says_so(scenario, tried):
            kind = f"{CRASH} {type(tried.error).__name__ if tried.error is not None else tried.status}"
            message = f"the application {failed[:BODY_KEPT]} for a legal exchange"
            found.append(Violation(rule=kind, blame="app", message=message, exchange=tried.steps))
        return found


def _says_so(scenario: Scenario, tried: Drive) -> bool:
    """Whether a lifespan failed because it needs state, which it may (lifespan, Lifespan State)."""
    return "state" not in scenario.scope and any(message.get("type") == "lifespan.startup.failed" for message in tried.sent)


def _blamed(hit: Hit) -> Violation | None:
    """The violation, of a rule; None for a failure that no single rule explains."""
    if not hit.violation.rule.startswith(CRASH):
        return hit.violation
    marks = hit.scenario.marks
    return replace(hit.violation, rule=marks[0]) if len(marks) == 1 else None
