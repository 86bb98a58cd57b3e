"""Puts a server through all cases: many beside each other on one process, some on processes of their own."""

from __future__ import annotations

import math
import platform
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from anyio import to_thread

from asgikit.conformance.progress import Progress
from asgikit.conformance.report.model import Case, Finding, Report
from asgikit.conformance.server.case import PASSED_BY, STEPS, Context, Look, ServerCase, Skipped, as_step
from asgikit.conformance.server.cases.all import CASES
from asgikit.conformance.server.health import LINGERING, answers, is_well, serves, survives
from asgikit.conformance.server.launch import Fleet, LaunchError, Options, Running, ServerTarget, launched
from asgikit.conformance.server.patience import FIRST, SECOND
from asgikit.conformance.server.probelog import Record
from asgikit.conformance.server.watched import watched
from asgikit.conformance.violations import Violation

BESIDE = 8
"""Cases that run at a time on the shared server."""

DEADLY = "CORE-ERR-007"
"""No output of an application ends the server."""

ALONE = 4
"""Cases that run at a time with servers of their own, beside those on the shared one."""

LOOKS = (FIRST, SECOND)
"""A finding is one that each look has seen: on a busy machine the first may take for missing what is only late."""


async def check_server(
    target: ServerTarget,
    *,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    cases: Sequence[ServerCase] = CASES,
    progress: Progress | None = None,
) -> Report:
    """What the server does that ASGI does not allow, case by case.

    With `select`, only cases that can find one of these rules broken run, and only these rules are reported; those
    in `ignore` are not. Raises LaunchError if the server does not start at all.
    """
    return await to_thread.run_sync(partial(check_now, target, select, ignore, cases, progress))


def check_now(
    target: ServerTarget, select: Collection[str], ignore: Collection[str], cases: Sequence[ServerCase], progress: Progress | None
) -> Report:
    """check_server() for callers without an event loop."""
    began = time.monotonic()
    chosen = [case for case in cases if not select or set(case.rules) & set(select)]
    run = _Run(target, chosen, progress)
    done = run.uninterrupted()
    found = [*done, *watched(run.records)]
    kept = tuple(_only(case, select, ignore) for case in found)
    return Report(
        target=f"{target.name} {target.version}".strip(),
        kind="server",
        cases=kept,
        examples=run.exchanges,
        seconds=time.monotonic() - began,
        versions=_versions(target),
    )


def _versions(target: ServerTarget) -> dict[str, str]:
    try:
        own = version("typed-asgikit")
    except PackageNotFoundError:
        own = "unknown"
    checked = {target.name: target.version} if target.version else {}
    return {"asgikit": own, "Python": platform.python_version(), **checked}


def _only(case: Case, select: Collection[str], ignore: Collection[str]) -> Case:
    """The case with the findings that are wanted; one without any left has passed."""
    rules = [finding.violation.rule for finding in case.findings]
    wanted = {rule for rule in rules if (not select or rule in select) and rule not in ignore}
    findings = tuple(finding for finding in case.findings if finding.violation.rule in wanted)
    passed = case.outcome == "failed" and not any(finding.violation.level != "note" for finding in findings)
    return replace(case, findings=findings, outcome="passed" if passed else case.outcome)


class _Run:
    """One run over one server."""

    def __init__(self, target: ServerTarget, cases: Sequence[ServerCase], progress: Progress | None) -> None:
        self._target = target
        self._cases = cases
        self._progress = progress
        self._lock = threading.Lock()
        self._done: dict[str, Case] = {}
        self.records: list[tuple[ServerCase | None, Record]] = []
        self.exchanges = 0
        self._fleet = Fleet()

    def uninterrupted(self) -> list[Case]:
        """Every case, from a thread: an interruption comes here, where it finds no server half started."""
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(self.all)
            try:
                return done.result()
            except BaseException:
                self._fleet.end()
                raise

    def _begin(self) -> None:
        """Raises LaunchError if the server does not serve at all: no case would say anything."""
        with self._launched(PASSED_BY) as server:
            if not serves(server):
                raise LaunchError(f"{self._target.name} listens, and does not answer a plain request:\n{server.output()[-4000:]}")

    def _launched(self, grace: float = 8.0) -> AbstractContextManager[Running]:
        return launched(self._target, Options(), grace=grace, fleet=self._fleet)

    def all(self) -> list[Case]:
        """Every case, in the order in which they were given."""
        shared = [case for case in self._cases if not case.alone]
        deadly = [case for case in shared if DEADLY in case.rules]
        pending = [case for case in shared if DEADLY not in case.rules]
        with ThreadPoolExecutor(ALONE) as pool, ThreadPoolExecutor(ALONE) as again:
            try:
                self._begin()
                beside: list[Future[None]] = [pool.submit(self._one_by_one, deadly)]
                # From the last on, for those that wait until a server has ended take longest.
                beside += [pool.submit(self._by_itself, case) for case in reversed(self._cases) if case.alone]
                while pending:
                    pending, suspects = self._together(pending)
                    beside += [again.submit(self._one_by_one, [case]) for case in suspects]
                for one in beside:
                    one.result()
            except BaseException:
                # What cases wait for comes no more: they end, and nobody has to wait for them.
                pool.shutdown(wait=False, cancel_futures=True)
                again.shutdown(wait=False, cancel_futures=True)
                self._fleet.end()
                raise
        return [self._done[case.name] for case in self._cases]

    def _together(self, cases: list[ServerCase]) -> tuple[list[ServerCase], list[ServerCase]]:
        """Runs cases beside each other until one brings the server down.

        Gives what has not run then, and what ran at that moment: each of these may have done it, or have suffered from it.
        """
        with self._launched() as server:
            down: list[float] = []

            def attempt(case: ServerCase) -> tuple[ServerCase, Case, float] | None:
                if down:
                    return None
                result, ended = self._examined(case, server), time.monotonic()
                if result.outcome == "crashed" or not (answers(server) and is_well(server)):
                    down.append(ended)
                return case, result, ended

            with ThreadPoolExecutor(BESIDE) as pool:
                results = [result for result in pool.map(attempt, cases) if result is not None]
            self._keep(server.log.all())
        unsure = min(down, default=math.inf) - LINGERING
        well = [(case, result) for case, result, ended in results if ended < unsure]
        for case, result in well:
            self._finish(case, result)
        tried, fine = {case.name for case, _, _ in results}, {case.name for case, _ in well}
        return [case for case in cases if case.name not in tried], [case for case, _, _ in results if case.name not in fine]

    def _one_by_one(self, cases: list[ServerCase]) -> None:
        """Runs cases one after the other, on another server where one has brought it down."""
        left = list(cases)
        while left:
            with self._launched(PASSED_BY) as server:
                well = True
                while left and well:
                    case = left.pop(0)
                    result = self._examined(case, server)
                    well = survives(server)
                    self._finish(case, result if well else crashed(result, server))
                self._keep(server.log.all())

    def _by_itself(self, case: ServerCase) -> None:
        self._finish(case, self._examined(case, None))

    def _examined(self, case: ServerCase, server: Running | None) -> Case:
        """The case as all looks agree on it; the second is taken only where the first has found something."""
        results: list[Case] = []
        for number, patience in enumerate(LOOKS):
            context = Context(case, self._target, server, Look(patience, number, self._fleet))
            results.append(run_case(case, context))
            self._keep(context.records)
            if not (results[-1].findings or results[-1].outcome == "crashed") or (server is not None and not is_well(server)):
                break
        return agreed(results)

    def _keep(self, records: Iterable[Record]) -> None:
        by_name = {case.name: case for case in self._cases}
        with self._lock:
            for record in records:
                self.records.append((by_name.get(record.token.rpartition("-")[0]), record))
                self.exchanges += record.what == "call"

    def _finish(self, case: ServerCase, result: Case) -> None:
        with self._lock:
            self._done[case.name] = result
            if self._progress is not None:
                self._progress(len(self._done), len(self._cases), case.name)


def run_case(case: ServerCase, context: Context) -> Case:
    """One case with its outcome. A defect of the case itself is raised."""
    began = time.monotonic()
    outcome: Literal["passed", "failed", "skipped", "crashed"] = "passed"
    detail = ""
    try:
        case.run(context)
    except Skipped as reason:
        outcome, detail = "skipped", str(reason)
    except (OSError, LaunchError) as error:
        outcome, detail = "crashed", f"{type(error).__name__}: {error}"
    if outcome != "crashed" and any(finding.violation.level != "note" for finding in context.findings):
        outcome = "failed"
    return Case(
        name=case.name,
        where=case.transport,
        rules=case.rules,
        outcome=outcome,
        detail=detail,
        findings=counted(context.findings),
        seconds=time.monotonic() - began,
    )


def agreed(looks: Sequence[Case]) -> Case:
    """What the last look says, without what an earlier one has not seen, unless that one could not be taken to its end."""
    last = looks[-1]
    earlier = [{finding.violation.rule for finding in look.findings} for look in looks[:-1] if look.outcome != "crashed"]
    findings = tuple(finding for finding in last.findings if all(finding.violation.rule in rules for rules in earlier))
    passes = last.outcome == "failed" and not any(finding.violation.level != "note" for finding in findings)
    seconds = sum(look.seconds for look in looks)
    return replace(last, findings=findings, outcome="passed" if passes else last.outcome, seconds=seconds)


def counted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The first finding of each rule, with the number of them."""
    first: dict[str, Finding] = {}
    for finding in findings:
        rule = finding.violation.rule
        first[rule] = replace(first[rule], count=first[rule].count + 1) if rule in first else finding
    return tuple(first.values())


def crashed(result: Case, server: Running) -> Case:
    """The case as one that has brought the server down; if it can find that forbidden (CORE-ERR-007), with that finding."""
    how = "no longer answers" if is_well(server) else "has lost its worker" if server.is_alive else "has died"
    detail = f"the server {how}: {server.output()[-2000:]}"
    if DEADLY not in result.rules:
        return replace(result, outcome="crashed", detail=detail)
    calls = [record for record in server.log.all() if record.token.rpartition("-")[0] == result.name]
    last = calls[-1].token if calls else ""
    steps = tuple(as_step(record) for record in server.log.of(last) if record.what in STEPS)
    violation = Violation(rule=DEADLY, blame="server", message=f"after this exchange the server {how}", exchange=steps)
    finding = Finding(violation=violation, where=result.where, case=result.name)
    return replace(result, outcome="crashed", detail=detail, findings=(*result.findings, finding))
